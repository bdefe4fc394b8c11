package org.commonshub.fuzz;

import java.nio.charset.StandardCharsets;
import org.commonshub.metering.api.Endpoint;

/** Text that people type as an address. */
public final class EndpointFuzz {
  private EndpointFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(new String(data, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return;
    }
    if (!Endpoint.parse(endpoint.toString()).equals(endpoint)) {
      throw new AssertionError("does not survive a round trip: " + endpoint);
    }
  }
}
