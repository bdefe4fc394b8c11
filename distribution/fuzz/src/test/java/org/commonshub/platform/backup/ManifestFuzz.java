package org.commonshub.platform.backup;

import java.io.IOException;

/** Manifest of a backup that somebody hands in. */
public final class ManifestFuzz {
  private ManifestFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Manifest.parse(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
