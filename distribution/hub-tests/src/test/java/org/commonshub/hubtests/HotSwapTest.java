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
}
