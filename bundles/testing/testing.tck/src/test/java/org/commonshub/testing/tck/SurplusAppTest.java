package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.sample.SurplusApp;
import org.junit.jupiter.api.Test;

/** The kit on a small app, and what an app's own test does with the harness. */
class SurplusAppTest extends AppTck {
  private static final Instant NOON = Instant.parse("2026-01-15T12:00:00Z");

  @Override
  protected App app(AppHarness h) {
    return new SurplusApp(
        h.energy(), h.home(), h.http(), h.actuators(), h.store(), h.timers(), h.log(), h.licence());
  }

  @Override
  protected void home(AppHarness harness) {
    long[] watts = LongStream.range(0, 3 * 1440).map(i -> i % 100 < 50 ? 400 : -2500).toArray();
    harness
        .energy()
        .give(
            Purpose.OPTIMISATION,
            "grid",
            Quantity.ACTIVE_POWER,
            Statistic.MEAN,
            harness.clock().now().minus(Duration.ofDays(1)),
            Duration.ofMinutes(1),
            0,
            watts);
    harness.http().answer("https://api.example.com/", "{}");
    harness.actuators().add(DeviceRole.EV_CHARGER, "Wallbox", "current-limit", "A", 6, 32);
    harness.actuators().add(DeviceRole.BATTERY, "Battery", "current-limit", "A", 6, 32);
  }

  private final AppHarness harness = AppHarness.of(AppHarness.manifestOnClassPath(), NOON);

  @Test
  void dataComesWhenItIsReleasedAndWishesEndWithTheirLease() {
    DeviceId wallbox =
        harness.actuators().add(DeviceRole.EV_CHARGER, "Wallbox", "current-limit", "A", 6, 32);
    harness
        .energy()
        .give(
            Purpose.OPTIMISATION,
            "grid",
            Quantity.ACTIVE_POWER,
            Statistic.MEAN,
            NOON,
            Duration.ofMinutes(1),
            0,
            -2000);
    harness.start(() -> app(harness));
    harness.advance(Duration.ofSeconds(59));
    assertThat(harness.figure("Power")).contains(BigDecimal.ZERO);
    harness.advance(Duration.ofSeconds(1));
    assertThat(harness.figure("Power")).contains(BigDecimal.valueOf(-2000));
    assertThat(harness.actuators().holding(wallbox, "current-limit"))
        .contains(BigDecimal.valueOf(6));
    harness.advance(Duration.ofMinutes(30));
    assertThat(harness.actuators().holding(wallbox, "current-limit")).isEmpty();
    assertThat(harness.actuators().wishes()).hasSize(1);
  }

  @Test
  void readsWithinConsentAndTerms() throws Exception {
    home(harness);
    assertThat(
            harness
                .energy()
                .read(Purpose.OPTIMISATION, NOON.minusSeconds(86_400 * 3), NOON.plusSeconds(3600))
                .size())
        .isEqualTo(1440);
    harness.energy().close(Purpose.OPTIMISATION);
    assertThatThrownBy(() -> harness.energy().read(Purpose.OPTIMISATION, NOON, NOON))
        .hasMessage("It was withdrawn.");
    harness.energy().open(Purpose.OPTIMISATION);
    assertThatThrownBy(() -> harness.energy().read(Purpose.BILLING, NOON, NOON))
        .hasMessageContaining("does not ask");
    assertThatThrownBy(
            () ->
                harness
                    .energy()
                    .give(
                        Purpose.OPTIMISATION,
                        "grid",
                        Quantity.ACTIVE_POWER,
                        Statistic.MEAN,
                        NOON,
                        Duration.ofSeconds(1),
                        0,
                        1))
        .hasMessageContaining("60 s");
  }

  @Test
  void hostsAnswerAsToldAndFormsAreChecked() {
    harness.http().answer("https://api.example.com/", "{}");
    harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(2));
    assertThat(harness.figure("Forecasts")).contains(BigDecimal.valueOf(2));
    harness.http().fail("https://api.example.com/");
    harness.advance(Duration.ofHours(1));
    assertThat(harness.figure("Failures")).contains(BigDecimal.ONE);
    assertThat(harness.submit("limit", Map.of("amps", "16"))).isEqualTo(Optional.empty());
    assertThat(harness.store().get("limit")).contains("16".getBytes());
    assertThatThrownBy(() -> harness.submit("limit", Map.of("amps", "64")))
        .hasMessageContaining("64");
    assertThat(harness.http().send(AppHttp.Request.get("https://evil.example.com/")))
        .satisfies(
            answer -> {
              harness.run();
              assertThat(answer.toCompletableFuture()).isCompletedExceptionally();
            });
  }
}
