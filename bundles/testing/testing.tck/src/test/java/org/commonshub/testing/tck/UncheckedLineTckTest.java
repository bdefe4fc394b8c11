package org.commonshub.testing.tck;

import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;

/** The same lines without a check sum. */
class UncheckedLineTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new LineDriver();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("checked", "no");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("checked", "perhaps");
  }

  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(
        LineDriver.line("P=123;E=456", false),
        LineDriver.line("P=-77;E=457", false),
        LineDriver.line("P=99;E=458", false));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of("energy.import", Integer.toString(456_000 + 1000 * step));
  }
}
