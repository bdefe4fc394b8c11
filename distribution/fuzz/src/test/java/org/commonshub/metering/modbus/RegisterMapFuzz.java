package org.commonshub.metering.modbus;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** Register maps in YAML. */
public final class RegisterMapFuzz {
  private RegisterMapFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      RegisterMapReader.read("fuzz.yaml", new ByteArrayInputStream(data));
    } catch (IOException | IllegalArgumentException e) {
      // The declared refusal.
    }
  }
}
