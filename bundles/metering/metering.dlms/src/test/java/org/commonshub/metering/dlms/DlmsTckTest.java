package org.commonshub.metering.dlms;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit: an open meter in HDLC frames. */
class DlmsTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new DlmsDriver(new FakeHubClock());
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of();
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("key", "12");
  }

  @Override
  protected List<byte[]> messages() {
    return IntStream.range(0, 4).mapToObj(step -> message(step, 0)).toList();
  }

  @Override
  protected byte[] message(int step, int round) {
    return Writer.hdlc(list(step));
  }

  /** One message with the values of a step. */
  static byte[] list(int step) {
    return Writer.join(
        Writer.hex("0F 40000000 00 0103"),
        Writer.hex(
            Writer.register("1-0:1.7.0", 1_000 + step, 0, 27)
                + Writer.register("1-0:1.8.0", 4_714_548 + step, 1, 30)
                + "0203"
                + Writer.name("1-0:32.7.0")
                + String.format("1208%02x", 0xF0 + step)
                + Writer.scale(-1, 35)));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(1_000 + step),
        "energy.import", Integer.toString(47_145_480 + 10 * step));
  }
}
