package ${package};

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.tck.PushDriverTck;

/** A meter that sends by itself, against the compatibility kit. */
class ListenTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new ${driverClass}Driver();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("mode", "listen", "inverted", "yes");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("mode", "guess");
  }

  /** Lines have no check sum: a wrong digit looks like any other. */
  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(line("P=123;E=456"), line("P=-77;E=457"), line("P=0;E=100458"));
  }

  private static byte[] line(String text) {
    return (text + "\n").getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return List.of(
            Map.of("power.active", "-123", "energy.import", "456"),
            Map.of("power.active", "77", "energy.import", "457"),
            Map.of("power.active", "0", "energy.import", "100458"))
        .get(step);
  }
}
