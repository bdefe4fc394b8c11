package org.commonshub.history.sqlite;

import java.io.IOException;

/** Stored bytes do not hold what was written: flipped, cut off, or not ours. */
final class Damaged extends IOException {
  private static final long serialVersionUID = 1L;

  Damaged(String message) {
    super(message);
  }
}
