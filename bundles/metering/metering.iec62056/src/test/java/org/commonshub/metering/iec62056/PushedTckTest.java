package org.commonshub.metering.iec62056;

import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit, as a meter of mode D with and without parity bits. */
class PushedTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new IecDriver();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of(IecSettings.MODE, "D");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of(IecSettings.UNITS, "furlongs");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(telegram(0), Meters.even(telegram(1)), Meters.even(telegram(2)), telegram(3));
  }

  private static byte[] telegram(int step) {
    return new Meters.Case(
            "/ESY5Q3DA1004 V3.03",
            List.of(
                "1-0:0.0.0*255(112233445566)",
                "1-0:1.8.0*255(00001234.2345" + step + "78*kWh)",
                "1-0:21.7.0*255(000300.4" + step + "*W)",
                "1-0:41.7.0*255(-000810.68*W)",
                "1-0:61.7.0*255(000000.00*W)",
                "1-0:1.7.0*255(-000510.2" + step + "*W)",
                "1-0:96.5.5*255(82)",
                "0-0:96.1.255*255(1ESY1011004444)"),
            Map.of(),
            Map.of())
        .telegram();
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "energy.import", "1234234.5" + step + "78",
        "power.active", "-510.2" + (step == 0 ? "" : step));
  }

  /** Mode D has none; parity finds single bits only. */
  @Override
  protected boolean checksum() {
    return false;
  }
}
