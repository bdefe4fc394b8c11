package org.commonshub.platform.clock;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.commonshub.platform.api.HubClock.Quality;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SteppedClockTest {
  private Instant wall = Instant.parse("2026-03-29T00:59:00Z");
  private long mono = -5_000_000_000L;
  private boolean disciplined;
  private final SteppedClock clock =
      new SteppedClock(() -> wall, () -> mono, previous -> previous + 1, () -> disciplined);

  private void pass(Duration wallTime, Duration monotonicTime) {
    wall = wall.plus(wallTime);
    mono += monotonicTime.toNanos();
  }

  @ParameterizedTest
  @CsvSource({
    "PT1S,     PT1S,     1, both move",
    "PT0.2S,   PT1S,     1, small step back",
    "PT1.999S, PT1S,     1, just below a second",
    "PT2.1S,   PT1S,     2, step forward",
    "PT-86399S,PT1S,     2, set back a day",
    "PT876000H,PT1S,     2, set forward a century",
    "PT1H,     PT0S,     2, suspended: monotonic stands still",
  })
  void beginsAnEpochAtEachStep(Duration wallTime, Duration mono, int epoch, String name) {
    assertThat(clock.epoch()).isEqualTo(1);
    pass(wallTime, mono);
    assertThat(clock.now()).as(name).isEqualTo(wall);
    assertThat(clock.epoch()).as(name).isEqualTo(epoch);
    pass(Duration.ofSeconds(1), Duration.ofSeconds(1));
    assertThat(clock.epoch()).as("one epoch per step").isEqualTo(epoch);
  }

  @Test
  void followsSlewForAsLongAsItTakes() {
    for (int i = 0; i < 20_000; i++) { // 500 ppm over 5.5 hours: 10 s in sum
      pass(Duration.ofNanos(1_000_500_000), Duration.ofSeconds(1));
      clock.now();
    }
    assertThat(clock.epoch()).isEqualTo(1);
  }

  @Test
  void qualityFallsToHoldoverAndForgetsItAtAStep() {
    assertThat(clock.quality()).isEqualTo(Quality.UNSYNCHRONISED);
    disciplined = true;
    assertThat(clock.quality()).as("looked up rarely").isEqualTo(Quality.UNSYNCHRONISED);
    pass(Duration.ofSeconds(11), Duration.ofSeconds(11));
    assertThat(clock.quality()).isEqualTo(Quality.SYNCHRONISED);
    disciplined = false;
    pass(Duration.ofSeconds(11), Duration.ofSeconds(11));
    assertThat(clock.quality()).isEqualTo(Quality.HOLDOVER);
    pass(Duration.ofDays(1), Duration.ofSeconds(1));
    assertThat(clock.quality()).isEqualTo(Quality.UNSYNCHRONISED);
  }

  @Test
  void readsAgainWhenPreemptedBetweenTheTwoClocks() {
    long[] calls = {0};
    SteppedClock busy =
        new SteppedClock(
            () -> wall,
            () -> {
              // the scheduler takes the thread away for 3 s once, between wall and monotonic
              if (++calls[0] == 3) {
                pass(Duration.ofSeconds(3), Duration.ofSeconds(3));
              }
              return mono;
            },
            previous -> previous + 1,
            () -> false);
    pass(Duration.ofMillis(500), Duration.ofMillis(400));
    busy.now();
    assertThat(busy.epoch()).isEqualTo(1);
  }
}
