package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.commonshub.benchmarks.HotSwap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Stops, updates and starts every bundle of the real hub while 100 devices are polled at 1 Hz.
 * Times are the benchmark's business ({@code ./bench hotswap}); here it is that nothing is lost or
 * left.
 */
class HotSwapTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void noReadingIsLostAndNothingIsLeftBehind() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the hot-swap test out");
    HotSwap.Outcome outcome = HotSwap.run(ROOT, System.out);
    assertThat(outcome.costs())
        .extracting(HotSwap.Cost::name)
        .contains(
            "org.commonshub.measure.provider",
            "org.commonshub.metering.provider",
            "org.commonshub.metering.transport",
            "org.commonshub.metering.modbus",
            "org.commonshub.history.sqlite",
            "org.commonshub.console.rest",
            "org.commonshub.measure.api",
            "org.apache.felix.scr")
        .doesNotContain("com.fazecast.jSerialComm");
    assertThat(outcome.dueTimes()).isGreaterThan(100 * 10);
    assertThat(outcome.lostReadings()).as("lost of %s due", outcome.dueTimes()).isZero();
    assertThat(outcome.leaks()).isEmpty();
  }

  /** The load is on Modbus: no driver's update may cost one of its readings, not even as a gap. */
  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aDriversUpdateIsNotNoticedOnOtherBuses() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the hot-swap test out");
    HotSwap.Outcome outcome =
        HotSwap.runDrivers(ROOT, Integer.getInteger("hub.swaps", 100), System.out);
    assertThat(outcome.costs())
        .extracting(HotSwap.Cost::name)
        .contains(
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
    assertThat(outcome.gapSeconds()).as("seconds of gaps on the other buses").isZero();
    assertThat(outcome.leaks()).isEmpty();
  }
}
