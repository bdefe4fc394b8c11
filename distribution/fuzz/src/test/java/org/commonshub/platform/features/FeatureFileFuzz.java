package org.commonshub.platform.features;

import java.io.IOException;

/** Feature files. */
public final class FeatureFileFuzz {
  private FeatureFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      FeatureFile.parse(data);
    } catch (IOException e) {
      // The declared refusal.
    }
  }
}
