package ${package};

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.commonshub.apps.api.App;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.AppHarness;
import org.commonshub.testing.tck.AppTck;
import org.junit.jupiter.api.Test;

/** The kit for apps, and what this one is for. */
class ${appClass}Test extends AppTck {
  private final AppHarness harness =
      AppHarness.of(AppHarness.manifestOnClassPath()).prices("EUR", 300_000, 80_000);

  @Override
  protected App app(AppHarness h) {
    return new ${appClass}(h.home(), h.energy(), h.store(), h.timers(), h.log());
  }

  /** 500 Wh an hour, but 120 Wh in every tenth: a day back and two ahead. */
  @Override
  protected void home(AppHarness h) {
    Instant start = h.clock().now().minus(Duration.ofDays(1));
    long[] values = new long[72];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 10 == 0 ? 120_000 : 500_000;
    }
    h.energy()
        .give(
            Purpose.ADVICE,
            "home",
            Quantity.HOME_CONSUMPTION,
            Statistic.AMOUNT,
            start,
            Duration.ofHours(1),
            -3,
            values);
  }

  @Test
  void findsTheLeastHour() {
    home(harness);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.figure("Always used")).contains(BigDecimal.valueOf(120));
    assertThat(harness.figure("Costs a year")).contains(new BigDecimal("315.57"));
  }

  @Test
  void theGoalStays() {
    home(harness);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.submit("goal", Map.of("watts", "100"))).isEmpty();
    harness.stop();
    harness.start(() -> app(harness));
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.cards().toString()).contains("Your goal is 100 W.");
    assertThat(harness.submit("goal", Map.of("watts", "0.5"))).isPresent();
  }
}
