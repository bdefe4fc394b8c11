package org.commonshub.metering.provider;

import java.nio.charset.StandardCharsets;
import org.commonshub.metering.api.Endpoint;

/** Address ranges for discovery. */
public final class HostRangeFuzz {
  private HostRangeFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      java.util.List<Endpoint> range = HostRange.parse(new String(data, StandardCharsets.UTF_8));
      if (range.size() > 256) {
        throw new AssertionError("a range of " + range.size());
      }
    } catch (IllegalArgumentException e) {
      // The declared refusal.
    }
  }
}
