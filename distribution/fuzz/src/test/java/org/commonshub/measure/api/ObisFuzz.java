package org.commonshub.measure.api;

import java.nio.charset.StandardCharsets;

/** OBIS codes as meters and people write them. */
public final class ObisFuzz {
  private ObisFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Obis.parse(new String(data, StandardCharsets.ISO_8859_1))
        .ifPresent(
            obis -> {
              // The canonical form fills in what was left out, and is its own canonical form.
              Obis canonical = Obis.parse(obis.toString()).orElseThrow();
              if (!canonical.toString().equals(obis.toString())
                  || !canonical.quantity().equals(obis.quantity())) {
                throw new AssertionError("does not survive a round trip: " + obis);
              }
            });
  }
}
