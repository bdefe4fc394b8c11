package org.commonshub.history.sqlite;

import java.io.IOException;

/** Stored chunks, journal pages and device states from a damaged disk. */
public final class ChunkFuzz {
  private ChunkFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Chunk.decode(data, quantity -> true);
    } catch (IOException e) {
      // Damaged, as declared.
    }
    try {
      JournalCoder.decode(data, record -> {});
    } catch (IOException e) {
      // Damaged, as declared.
    }
    try {
      Points.decode(data);
    } catch (IOException e) {
      // Damaged, as declared.
    }
    try {
      DeviceState.decode(data);
    } catch (IOException e) {
      // Damaged, as declared.
    }
  }
}
