package org.commonshub.apps.host;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.commonshub.apps.api.AppHttp;

/** What a host outside answers to an app. */
public final class AnswerFuzz {
  private AnswerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    AppHttp.Response answer;
    try {
      answer = Answer.read(new ByteArrayInputStream(data));
    } catch (IOException e) {
      return; // The declared one.
    }
    if (answer.status() < 200
        || answer.status() > 599
        || answer.body().length > data.length
        || answer.headers().containsKey("set-cookie")) {
      throw new AssertionError("an answer that is none: " + answer.status());
    }
    answer
        .headers()
        .forEach(
            (name, values) -> {
              for (String value : values) {
                if (value.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)) {
                  throw new AssertionError("control characters in " + name);
                }
              }
            });
  }
}
