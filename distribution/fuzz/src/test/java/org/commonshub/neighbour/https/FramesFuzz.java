package org.commonshub.neighbour.https;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Questions and answers of neighbours. */
public final class FramesFuzz {
  private FramesFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Frames.read(new ByteArrayInputStream(data));
    } catch (IOException e) {
      // The declared refusal.
    }
    try {
      Frames.Question.decode(data);
    } catch (IOException e) {
      // The declared refusal.
    }
    try {
      Frames.Answer.decode(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
