package org.commonshub.platform.config;

import java.nio.charset.StandardCharsets;

/** Settings files as people leave them. */
public final class SettingsFileFuzz {
  private SettingsFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      SettingsFile.parse(new String(data, StandardCharsets.UTF_8));
    } catch (SettingsFile.Malformed e) {
      // The declared refusal.
    }
  }
}
