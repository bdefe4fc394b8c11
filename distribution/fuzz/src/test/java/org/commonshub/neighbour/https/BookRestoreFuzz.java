package org.commonshub.neighbour.https;

import java.io.IOException;

/** A neighbour in a backup. */
public final class BookRestoreFuzz {
  private BookRestoreFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Book.restored(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
