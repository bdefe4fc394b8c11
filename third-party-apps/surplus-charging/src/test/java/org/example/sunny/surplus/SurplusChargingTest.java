package org.example.sunny.surplus;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppActuators.Available;
import org.commonshub.apps.api.Card;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.testing.tck.AppHarness;
import org.commonshub.testing.tck.AppTck;
import org.commonshub.testing.tck.HarnessActuators.Wish;
import org.junit.jupiter.api.Test;

class SurplusChargingTest extends AppTck {
  private static final Instant MIDNIGHT = Instant.parse("2026-06-15T00:00:00Z");
  private static final String CURRENT = "current-limit";

  /** Watts of the sun: a morning of broken clouds, a clear noon, a front, a late hour. */
  private static final String CLOUDS =
      """
      05:00 300
      07:00 1200
      08:30 2600
      09:00 4200 every 4 900
      10:30 4800 every 2 1500
      11:30 5200
      13:00 5000 every 7 600
      14:30 700
      15:30 3900
      17:00 2400 every 3 1200
      18:30 900
      20:30 0
      """;

  private static final String CLEAR =
      """
      05:00 400
      07:00 1100
      08:00 2000
      09:00 3200
      10:00 4100
      11:00 4900
      14:00 4300
      15:00 3500
      16:00 2700
      17:00 1700
      18:00 900
      20:30 0
      """;

  private static final String LOAD =
      """
      00:00 250
      06:30 900
      08:00 350
      12:00 2300
      12:30 400
      18:00 1100
      22:00 250
      """;

  private final AppHarness harness =
      AppHarness.of(AppHarness.manifestOnClassPath(), MIDNIGHT).zone("UTC");

  @Override
  protected App app(AppHarness h) {
    return new SurplusCharging(
        h.home(), h.energy(), h.actuators(), h.store(), h.timers(), h.log(), h.licence());
  }

  @Override
  protected void stop(App app) {
    ((SurplusCharging) app).stop();
  }

  @Override
  protected void home(AppHarness h) {
    DeviceId device = charger(h, 0);
    Instant now = h.clock().now();
    long[] sun = IntStream.range(0, 2890).mapToLong(i -> i / 120 % 2 == 0 ? 80_000 : 0).toArray();
    long[] none = new long[2890];
    give(h, "home", Quantity.HOME_EXPORT, Statistic.AMOUNT, now, -3, sun);
    give(h, "home", Quantity.HOME_IMPORT, Statistic.AMOUNT, now, -3, none);
    give(h, device.toString(), Quantity.ACTIVE_POWER, Statistic.MEAN, now, 0, none);
    give(h, device.toString(), Quantity.EV_STATE, Statistic.LAST, now, 0, none);
  }

  private static void give(
      AppHarness h,
      String subject,
      Quantity quantity,
      Statistic statistic,
      Instant start,
      int exponent,
      long... values) {
    h.energy()
        .give(
            Purpose.OPTIMISATION,
            subject,
            quantity,
            statistic,
            start,
            Duration.ofMinutes(1),
            exponent,
            values);
  }

  private static DeviceId charger(AppHarness h, double min) {
    return h.actuators().add(DeviceRole.EV_CHARGER, "Wallbox", CURRENT, "A", min, 16);
  }

  private static Map<String, String> plan(String mode, int phases) {
    Map<String, String> plan = new HashMap<>();
    plan.put("mode", mode);
    plan.put("idle", "pause");
    plan.put("phases", String.valueOf(phases));
    plan.put("battery", "first");
    plan.put("departure", "07:00");
    plan.put("energy", "0");
    return plan;
  }

  private SimulatedDay day(DeviceId device, int phases) {
    harness.start(() -> app(harness));
    assertThat(harness.submit("plan", plan("surplus", phases))).isEmpty();
    return new SimulatedDay(harness, device, phases).sun(CLOUDS).load(LOAD);
  }

  private String notices() {
    return AppHarness.elements(harness.cards(), Card.Notice.class).toString();
  }

  @Test
  void aDayWithClouds() {
    SimulatedDay day = day(charger(harness, 0), 1);
    day.comes();
    day.run(1426); // to the last minute of the day
    assertThat(day.car).isGreaterThan(day.ideal * 7 / 10);
    // What comes every few minutes cannot be followed: the least current bridges it.
    assertThat(day.grid).as("Wmin of grid, of %s", day.car).isLessThan(day.car / 5);
    assertThat(day.switches()).isLessThanOrEqualTo(16);
    assertThat(day.shortest()).isGreaterThanOrEqualTo(Controller.REST);
    // The account agrees with the car to the last watt-minute that the figures show.
    BigDecimal sun = harness.figure("From the sun today").orElseThrow();
    assertThat(sun)
        .isCloseTo(
            BigDecimal.valueOf(day.car - day.grid)
                .divide(BigDecimal.valueOf(60_000), 2, RoundingMode.HALF_UP),
            org.assertj.core.data.Offset.offset(new BigDecimal("0.02")));
    assertThat(harness.problem()).isEmpty();
  }

  @Test
  void aClearDayTakesNothingFromTheGrid() {
    SimulatedDay day = day(charger(harness, 0), 1).sun(CLEAR);
    day.comes();
    day.run(1426); // to the last minute of the day
    assertThat(day.car).isGreaterThan(day.ideal * 9 / 10);
    assertThat(day.grid).as("Wmin of grid, of %s", day.car).isLessThan(day.car / 50);
    assertThat(day.switches()).isEqualTo(2);
  }

  @Test
  void threePhasesWithABatteryThatIsFirst() {
    SimulatedDay day = day(charger(harness, 0), 3).battery(8000);
    day.comes();
    day.run(1426); // to the last minute of the day
    assertThat(day.batteryWh()).as("the car leaves the battery alone").isGreaterThan(3000);
    assertThat(day.grid).isLessThanOrEqualTo(day.car / 8);
    assertThat(day.switches()).isLessThanOrEqualTo(10);
  }

  @Test
  void theCarBeforeTheBatteryGetsMore() {
    SimulatedDay first = day(charger(harness, 0), 1).battery(12_000);
    first.run(1440);
    harness.stop();
    AppHarness other = AppHarness.of(AppHarness.manifestOnClassPath(), MIDNIGHT).zone("UTC");
    DeviceId device = charger(other, 0);
    other.start(() -> app(other));
    Map<String, String> plan = plan("surplus", 1);
    plan.put("battery", "last");
    assertThat(other.submit("plan", plan)).isEmpty();
    SimulatedDay last = new SimulatedDay(other, device, 1).sun(CLOUDS).load(LOAD).battery(12_000);
    last.run(1440);
    assertThat(last.car).isGreaterThan(first.car);
  }

  @Test
  void aWishIsRenewedBeforeItEndsAndTheLeastIsTold() {
    DeviceId device = charger(harness, 0);
    SimulatedDay day = day(device, 1);
    day.run(11 * 60);
    int before = harness.actuators().wishes().size();
    for (int i = 0; i < 180; i++) {
      day.run(1);
      assertThat(harness.actuators().holding(device, CURRENT)).as("minute %s", i).isPresent();
    }
    List<Wish> wishes = harness.actuators().wishes();
    assertThat(wishes.subList(before, wishes.size())).hasSizeLessThan(220);
    assertThat(wishes)
        .allMatch(
            wish ->
                wish.lease().equals(SurplusCharging.LEASE)
                    && (wish.value().signum() == 0
                        || wish.value().compareTo(BigDecimal.valueOf(6)) >= 0));
  }

  @Test
  void aPersonIsNeverFought() {
    DeviceId device = charger(harness, 0);
    SimulatedDay day = day(device, 1);
    day.run(12 * 60);
    harness.actuators().stronger(device, CURRENT, true);
    day.run(10);
    assertThat(notices()).contains("Somebody else decides now");
    assertThat(harness.problem()).isEmpty();
    assertThat(harness.submit("plan", plan("off", 1))).isEmpty();
    int wishes = harness.actuators().wishes().size();
    harness.actuators().stronger(device, CURRENT, false);
    day.run(10);
    assertThat(harness.actuators().wishes()).hasSize(wishes);
    assertThat(harness.actuators().holding(device, CURRENT)).isEmpty();
  }

  @Test
  void nothingIsHeldWithoutACarOrWithoutData() {
    DeviceId device = charger(harness, 0);
    SimulatedDay day = day(device, 1);
    day.run(12 * 60);
    assertThat(harness.actuators().holding(device, CURRENT)).isPresent();
    day.connected(false);
    day.run(3);
    assertThat(harness.actuators().holding(device, CURRENT)).isEmpty();
    day.connected(true);
    day.run(5);
    assertThat(harness.actuators().holding(device, CURRENT)).isPresent();
    harness.advance(Duration.ofMinutes(6)); // nothing comes
    assertThat(harness.actuators().holding(device, CURRENT)).isEmpty();
    assertThat(notices()).contains("No data for minutes");
    day.run(10);
    assertThat(harness.actuators().holding(device, CURRENT)).isPresent();
    harness.energy().pause(Purpose.OPTIMISATION);
    harness.advance(Duration.ofMinutes(1));
    assertThat(harness.actuators().holding(device, CURRENT)).isEmpty();
  }

  @Test
  void readyInTimeWithoutSun() {
    SimulatedDay day = day(charger(harness, 0), 1).sun("00:00 0");
    Map<String, String> plan = plan("surplus", 1);
    plan.put("energy", "10");
    assertThat(harness.submit("plan", plan)).isEmpty();
    day.run(3 * 60 + 30);
    // Two minutes until it knew of the car, which the charger used.
    assertThat(day.car).as("it waits as long as it can").isLessThanOrEqualTo(2 * 16 * 230);
    day.run(3 * 60 + 30);
    assertThat(day.car).as("Wmin at seven").isBetween(600_000L, 620_000L);
    day.run(60);
    assertThat(day.car).isLessThan(625_000);
  }

  @Test
  void aChargerThatCannotTakeZeroIsPausedByItsSwitch() {
    DeviceId device = charger(harness, 6);
    harness
        .actuators()
        .add(
            new Available(
                device,
                "Wallbox",
                DeviceRole.EV_CHARGER,
                "charging",
                "",
                BigDecimal.ONE,
                BigDecimal.valueOf(2),
                BigDecimal.ONE));
    SimulatedDay day = day(device, 1);
    day.run(10);
    assertThat(harness.actuators().holding(device, "charging")).contains(BigDecimal.ONE);
    assertThat(harness.actuators().holding(device, CURRENT)).isEmpty();
    day.run(12 * 60 - 10);
    assertThat(harness.actuators().holding(device, "charging")).isEmpty();
    assertThat(harness.actuators().holding(device, CURRENT).orElseThrow())
        .isGreaterThanOrEqualTo(BigDecimal.valueOf(6));
  }

  @Test
  void aChargerThatCannotPauseIsLeftToItself() {
    DeviceId device = charger(harness, 6);
    SimulatedDay day = day(device, 1);
    day.run(30);
    assertThat(harness.actuators().wishes()).isEmpty();
    assertThat(notices()).contains("cannot be told to pause");
  }

  @Test
  void stoppingHandsBackAndTheAccountStays() {
    DeviceId device = charger(harness, 0);
    SimulatedDay day = day(device, 1);
    day.run(14 * 60);
    BigDecimal sun = harness.figure("From the sun today").orElseThrow();
    assertThat(sun).isPositive();
    harness.stop();
    harness.start(() -> app(harness));
    assertThat(harness.figure("From the sun today").orElseThrow())
        .isCloseTo(sun, org.assertj.core.data.Offset.offset(new BigDecimal("0.7")));
  }

  @Test
  void theBasicLevelKnowsNoDeparture() {
    harness.licence().buy("basic");
    DeviceId device = charger(harness, 0);
    harness.start(() -> app(harness));
    Card.Form form = AppHarness.elements(harness.cards(), Card.Form.class).get(0);
    assertThat(form.fields()).extracting(Card.Field::id).containsExactly("mode", "idle", "phases");
    assertThat(harness.submit("plan", Map.of("mode", "minimum", "idle", "pause", "phases", "1")))
        .isEmpty();
    SimulatedDay day = new SimulatedDay(harness, device, 1).sun("00:00 0").load(LOAD);
    day.run(20);
    assertThat(harness.actuators().holding(device, CURRENT)).contains(BigDecimal.valueOf(6));
    assertThat(AppHarness.elements(harness.cards(), Card.Chart.class)).isEmpty();
  }
}
