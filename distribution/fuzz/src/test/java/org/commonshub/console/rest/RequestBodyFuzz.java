package org.commonshub.console.rest;

/** Bodies of requests. */
public final class RequestBodyFuzz {
  private RequestBodyFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Json.parse(data);
    } catch (Problem e) {
      // The declared refusal: 400 with position and reason.
    }
  }
}
