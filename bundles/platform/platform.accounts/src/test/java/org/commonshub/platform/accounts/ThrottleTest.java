package org.commonshub.platform.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThrottleTest {
  private long nanos = Long.MAX_VALUE - 5;
  private final Throttle throttle = new Throttle(3, Duration.ofSeconds(60), () -> nanos);

  @ParameterizedTest
  @CsvSource({"0,0", "3,0", "4,1", "5,2", "6,4", "9,32", "10,60", "11,60", "500,60"})
  void doublesUpToALimit(int failures, long seconds) {
    for (int i = 0; i < failures; i++) {
      throttle.failed("a");
    }
    assertThat(throttle.wait("a")).isEqualTo(Duration.ofSeconds(seconds));
    assertThat(throttle.wait("b")).isZero();
    throttle.succeeded("a");
    assertThat(throttle.wait("a")).isZero();
  }

  @Test
  void forgetsAfterAQuietTime() {
    for (int i = 0; i < 5; i++) {
      throttle.failed("a");
    }
    nanos += Duration.ofSeconds(601).toNanos();
    throttle.failed("a");
    assertThat(throttle.wait("a")).isZero();
  }

  @Test
  void holdsABoundedNumberOfKeys() {
    for (int i = 0; i < 5_000; i++) {
      throttle.failed("k" + i);
    }
    assertThat(throttle.size()).isEqualTo(Throttle.MAX_KEYS);
  }
}
