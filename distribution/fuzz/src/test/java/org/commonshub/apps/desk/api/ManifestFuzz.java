package org.commonshub.apps.desk.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Manifests of apps: as they come, and spliced into one that holds. */
public final class ManifestFuzz {
  private static final byte[] WHOLE =
      """
      {"manifest":1,"id":"org.example.coach","version":"1.2.3","kind":"app",\
      "provider":{"id":"org.example","name":"E","url":"https://example.org/","contact":"a@example.org"},\
      "texts":{"en":{"name":"C","summary":"T","description":"T","changes":""}},"icon":"iVBORw0KGgoAAAAN",\
      "data":[{"purpose":"forecasting","for":"P1Y","why":{"en":"x"},"terms":{"version":1,"purposes":["forecasting"],\
      "kinds":["readings"],"quantities":["home.import"],"mode":"interval","resolution_s":3600,"history_s":86400}}],\
      "actuators":[{"role":"ev-charger","actuator":"current-limit","why":{"en":"x"}}],\
      "hosts":[{"host":"api.example.org","why":{"en":"x"}}],"place":{"en":"x"},\
      "resources":{"cpu_ms_per_minute":100,"memory_mb":8,"storage_kb":64,"network_kb_per_day":64,"log_lines_per_hour":60},\
      "levels":[{"id":"basic","names":{"en":"B"},"features":["one"],"limits":{"asks":5},"price_micros":1,\
      "currency":"EUR","period":"P1M","trial":"P14D"}],"grace":"P14D","lease":"P30D"}"""
          .getBytes(StandardCharsets.UTF_8);

  private ManifestFuzz() {}

  /** The one that holds, holds. */
  public static void fuzzerInitialize() throws ManifestException {
    ManifestCodec.read(WHOLE);
  }

  public static void fuzzerTestOneInput(byte[] data) {
    read(data);
    if (data.length > 3) {
      int at = ((data[0] & 0xFF) << 8 | (data[1] & 0xFF)) % WHOLE.length;
      int cut = Math.min(WHOLE.length, at + (data[2] & 0x1F));
      byte[] spliced = Arrays.copyOf(WHOLE, at + data.length - 3 + WHOLE.length - cut);
      System.arraycopy(data, 3, spliced, at, data.length - 3);
      System.arraycopy(WHOLE, cut, spliced, at + data.length - 3, WHOLE.length - cut);
      read(spliced);
    }
  }

  private static void read(byte[] bytes) {
    try {
      String form = ManifestCodec.json(ManifestCodec.read(bytes));
      byte[] again = form.getBytes(StandardCharsets.UTF_8);
      if (!ManifestCodec.json(ManifestCodec.read(again)).equals(form)) {
        throw new AssertionError("two forms of one manifest");
      }
    } catch (ManifestException e) {
      // The declared refusal.
    }
  }
}
