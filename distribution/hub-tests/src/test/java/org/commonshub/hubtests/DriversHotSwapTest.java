package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.commonshub.benchmarks.HotSwap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Updates every driver of the real hub 100 times while 100 Modbus meters are polled at 1 Hz, and
 * Modbus while other devices send. In a JVM of its own: SQLite's native library does not survive
 * many frameworks in one.
 */
class DriversHotSwapTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();

  /** No driver's update may cost a reading of the others. */
  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aDriversUpdateIsNotNoticedOnOtherBuses() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the hot-swap test out");
    int swaps = Integer.getInteger("hub.swaps", 100);
    HotSwap.Outcome outcome = HotSwap.runDrivers(ROOT, swaps, System.out);
    assertThat(outcome.costs())
        .extracting(HotSwap.Cost::name)
        .contains(
            "org.commonshub.metering.modbus",
            "org.commonshub.metering.sunspec",
            "org.commonshub.metering.p1",
            "org.commonshub.metering.sml",
            "org.commonshub.metering.iec62056",
            "org.commonshub.metering.dlms",
            "org.commonshub.metering.mbus",
            "org.commonshub.metering.mqtt",
            "org.commonshub.metering.http",
            "org.commonshub.metering.speedwire",
            "org.commonshub.metering.emoncms",
            "org.commonshub.metering.ocpp",
            "org.commonshub.metering.ecp",
            "org.commonshub.metering.vedirect");
    assertThat(outcome.lostReadings()).as("lost of %s due", outcome.dueTimes()).isZero();
    // A busy machine may miss a poll; a driver's update must not.
    assertThat(outcome.gapSeconds())
        .as("device-seconds of gaps on the other buses")
        .isLessThan(Math.max(2, outcome.dueTimes() / 50));
    assertThat(outcome.leaks()).isEmpty();
  }
}
