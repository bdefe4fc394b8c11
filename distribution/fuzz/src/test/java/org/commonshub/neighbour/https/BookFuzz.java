package org.commonshub.neighbour.https;

import java.io.IOException;

/** The list of neighbours, which people may edit. */
public final class BookFuzz {
  private BookFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Book.parse(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
