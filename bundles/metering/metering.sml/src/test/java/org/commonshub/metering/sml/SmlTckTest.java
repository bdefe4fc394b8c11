package org.commonshub.metering.sml;

import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit, as a meter with either check sum. */
class SmlTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new SmlDriver();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of();
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of(SmlSettings.SIGN, "sometimes");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(message(0), message(1), message(2), message(3));
  }

  private static byte[] message(int step) {
    return new Sml()
        .sum(step % 2 == 0 ? Sml.Sum.X25 : Sml.Sum.KERMIT)
        .time(Sml.Time.INDEX)
        .text("1-0:96.50.1*1", "EMH")
        .octets("1-0:96.1.0*255", "0a01454d480000a1bd34")
        .register("1-0:1.8.0*255", "1c0104", -1, "u8", 4_288_964 + 7 * step)
        .value("1-0:2.8.0*255", 30, -1, "u8", 0x1B1B1B1BL)
        .value("1-0:16.7.0*255", 27, 0, "i4", 2623 - step)
        .value("1-0:32.7.0*255", 35, -1, "u2", 2301 + step)
        .frame();
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "energy.import",
        step == 0 ? "428896.4" : 428_896 + (4 + 7 * step) / 10 + "." + (4 + 7 * step) % 10,
        "energy.export",
        "45476124.3",
        "power.active",
        Integer.toString(2623 - step),
        "voltage.l1",
        "230." + (1 + step));
  }
}
