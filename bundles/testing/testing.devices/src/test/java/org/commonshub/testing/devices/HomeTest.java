package org.commonshub.testing.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HomeTest {
  private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

  private static Home home() {
    return new Home(7, ZONE, 48.1, 11.6);
  }

  private static List<Instant> instants(String from, int days, int count) {
    Instant start = LocalDate.parse(from).atStartOfDay(ZONE).toInstant();
    Random random = new Random(42);
    List<Instant> instants = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      instants.add(start.plusMillis((long) (random.nextDouble() * days * 86_400_000L)));
    }
    return instants;
  }

  /** A week in summer, one in winter, and the days on which clocks change. */
  @ParameterizedTest
  @CsvSource({"2025-06-20, 7", "2025-12-15, 7", "2025-03-29, 3", "2025-10-25, 3"})
  void balancesAtEveryInstant(String from, int days) {
    Home home = home();
    for (Instant instant : instants(from, days, 2000)) {
      HomeState s = home.at(instant);
      List<Ac> below =
          List.of(s.rest(), s.appliances(), s.heatPump(), s.wallbox(), s.battery(), s.inverter());
      for (int line = 0; line < 3; line++) {
        int l = line;
        assertThat(s.grid().power().get(l))
            .isCloseTo(below.stream().mapToDouble(a -> a.power().get(l)).sum(), within(1e-6));
        assertThat(s.grid().reactive().get(l))
            .isCloseTo(below.stream().mapToDouble(a -> a.reactive().get(l)).sum(), within(1e-6));
        assertThat(s.grid().importLines().get(l) - s.grid().exportLines().get(l))
            .isCloseTo(
                below.stream()
                    .mapToDouble(a -> a.importLines().get(l) - a.exportLines().get(l))
                    .sum(),
                within(1e-3));
      }
      assertThat(s.grid().importWh() - s.grid().exportWh())
          .isCloseTo(
              below.stream().mapToDouble(a -> a.importWh() - a.exportWh()).sum(), within(1e-3));
      assertThat(s.grid().importVarh())
          .isCloseTo(below.stream().mapToDouble(Ac::importVarh).sum(), within(1e-3));
      assertThat(s.rest().power().sum()).isPositive();
      assertThat(s.inverter().power().sum()).isBetween(-DayPlan.INVERTER_LIMIT, 0.0);
      assertThat(s.storage().storedWh()).isBetween(999.999, 10_000.001);
      for (int line = 0; line < 3; line++) {
        assertThat(s.grid().voltage().get(line)).isBetween(207.0, 253.0);
        assertThat(s.grid().current().get(line) * s.grid().voltage().get(line))
            .isCloseTo(
                Math.hypot(s.grid().power().get(line), s.grid().reactive().get(line)),
                within(1e-6));
      }
      assertThat(s.grid().hertz()).isBetween(49.9, 50.1);
    }
  }

  private record Counter(
      String name, ToDoubleFunction<HomeState> register, ToDoubleFunction<HomeState> power) {}

  private static final List<Counter> COUNTERS =
      List.of(
          new Counter("import", s -> s.grid().importWh(), s -> positive(s.grid().power().sum())),
          new Counter("export", s -> s.grid().exportWh(), s -> positive(-s.grid().power().sum())),
          new Counter(
              "import L2", s -> s.grid().importLines().l2(), s -> positive(s.grid().power().l2())),
          new Counter(
              "export L3", s -> s.grid().exportLines().l3(), s -> positive(-s.grid().power().l3())),
          new Counter("inverter", s -> s.inverter().exportWh(), s -> -s.inverter().power().sum()),
          new Counter("tracker", s -> s.pv().dcWh1(), s -> s.pv().dcPower1()),
          new Counter(
              "charge", s -> s.battery().importWh(), s -> positive(s.battery().power().sum())),
          new Counter(
              "discharge", s -> s.battery().exportWh(), s -> positive(-s.battery().power().sum())),
          new Counter("wallbox", s -> s.wallbox().importWh(), s -> s.wallbox().power().sum()),
          new Counter("heat pump", s -> s.heatPump().importWh(), s -> s.heatPump().power().sum()),
          new Counter("kitchen", s -> s.appliances().importWh(), s -> s.appliances().power().sum()),
          new Counter("rest", s -> s.rest().importWh(), s -> s.rest().power().sum()),
          new Counter("varh", s -> s.grid().importVarh(), s -> s.grid().reactive().sum()),
          // The ripple of the rest is left out of the apparent energy: 1 % is what that may cost.
          new Counter("VAh", s -> s.grid().vah(), s -> s.grid().apparent().sum()));

  private static double positive(double power) {
    return Math.max(0, power);
  }

  /** Simpson's rule over a tenth of a second is exact enough for sines of three periods in ten. */
  @Test
  void registersAreTheIntegralsOfPowersAndNeverFall() {
    Home home = home();
    for (Instant from : instants("2025-05-05", 7, 40)) {
      HomeState before = home.at(from);
      HomeState last = before;
      double[] integral = new double[COUNTERS.size()];
      int slices = 900;
      for (int i = 0; i < slices; i++) {
        HomeState a = home.at(from.plusMillis(i * 100L + 1));
        HomeState b = home.at(from.plusMillis(i * 100L + 50));
        HomeState c = home.at(from.plusMillis(i * 100L + 99));
        for (int n = 0; n < integral.length; n++) {
          Counter counter = COUNTERS.get(n);
          integral[n] +=
              (counter.power.applyAsDouble(a)
                      + 4 * counter.power.applyAsDouble(b)
                      + counter.power.applyAsDouble(c))
                  / 6
                  * 0.1
                  / 3600;
          assertThat(counter.register.applyAsDouble(c))
              .as(counter.name)
              .isGreaterThanOrEqualTo(counter.register.applyAsDouble(last) - 1e-9);
        }
        last = c;
      }
      HomeState after = home.at(from.plusMillis(slices * 100L));
      for (int n = 0; n < integral.length; n++) {
        Counter counter = COUNTERS.get(n);
        double delta =
            counter.register.applyAsDouble(after) - counter.register.applyAsDouble(before);
        // A step of 10 s may begin within a slice: its 0.1 s at up to 20 kW can go either way.
        double slack = counter.name.equals("VAh") ? 0.01 * delta + 0.3 : 0.3;
        assertThat(delta)
            .as("%s from %s", counter.name, from)
            .isCloseTo(integral[n], within(slack));
      }
    }
  }

  @Test
  void batteryEnergyIsWhatWentInLessWhatCameOutAndWasLost() {
    Home home = home();
    for (Instant instant : instants("2025-04-01", 7, 300)) {
      HomeState s = home.at(instant);
      assertThat(s.storage().storedWh() - 1000)
          .isCloseTo(s.battery().importWh() * 0.95 - s.battery().exportWh() / 0.95, within(1e-2));
    }
  }

  @Test
  void sameInstantGivesTheSameStateInAnyOrderAndAfterRestart() {
    Home home = home();
    List<Instant> instants = instants("2025-02-10", 5, 60);
    List<HomeState> first = instants.stream().map(home::at).toList();
    Home restarted = home();
    for (int i = instants.size() - 1; i >= 0; i--) {
      assertThat(restarted.at(instants.get(i))).isEqualTo(first.get(i));
    }
    assertThat(new Home(8, ZONE, 48.1, 11.6).at(instants.get(0))).isNotEqualTo(first.get(0));
  }

  /** What a year looks like to the people who live there; keeps the model from drifting off. */
  @Test
  void aYearIsAYearOfARealHome() {
    Home home = home();
    HomeState s = home.at(LocalDate.of(2026, 1, 1).atStartOfDay(ZONE).toInstant());
    assertThat(s.inverter().exportWh()).isBetween(6.5e6, 10e6);
    assertThat(s.heatPump().importWh()).isBetween(2e6, 5e6);
    assertThat(s.wallbox().importWh()).isBetween(1.5e6, 4.5e6);
    assertThat(s.appliances().importWh() + s.rest().importWh()).isBetween(2e6, 5e6);
    assertThat(s.grid().importWh()).isBetween(1.5e6, 7e6);
    assertThat(s.grid().exportWh()).isBetween(1.5e6, 6e6);
    HomeState noon = home.at(Instant.parse("2025-06-21T11:20:00Z"));
    HomeState night = home.at(Instant.parse("2025-06-21T23:00:00Z"));
    assertThat(noon.inverter().power().sum()).isNegative();
    assertThat(night.inverter().power().sum()).isZero();
  }

  @Test
  void carComesBackEmptierAndChargesToItsTarget() {
    Home home = home();
    Instant start = LocalDate.of(2025, 5, 5).atStartOfDay(ZONE).toInstant();
    boolean[] seen = new boolean[4];
    HomeState before = home.at(start);
    for (int minute = 1; minute < 3 * 1440; minute++) {
      HomeState s = home.at(start.plus(Duration.ofMinutes(minute)));
      int state = s.vehicle().state();
      seen[state] = true;
      assertThat(state == 3).isEqualTo(s.wallbox().power().sum() > 0);
      assertThat(s.wallbox().power().sum()).isBetween(0.0, 11_000.0);
      if (state == 1) {
        assertThat(s.vehicle().sessionWh()).isZero();
      } else if (before.vehicle().state() == 1) {
        assertThat(s.vehicle().storedWh()).isLessThan(before.vehicle().storedWh());
      } else {
        assertThat(s.vehicle().storedWh()).isGreaterThanOrEqualTo(before.vehicle().storedWh());
      }
      assertThat(s.vehicle().storedWh()).isBetween(4999.0, 51_000.001);
      before = s;
    }
    assertThat(seen).containsExactly(false, true, true, true);
  }

  @Test
  void instantsOutsideTheSimulatedYearsAreMovedInside() {
    Home home = home();
    assertThat(home.at(Instant.EPOCH).at()).isEqualTo(Home.first(ZONE));
    assertThat(home.at(Instant.EPOCH).grid().importWh()).isZero();
  }

  @Test
  void phaseArithmetic() {
    Three volts = new Three(230, 230, 230);
    Three none = Three.ZERO;
    Ac even = new Ac(new Three(690, 690, 690), none, volts, 50, 0, 0, none, none, 0, 0);
    assertThat(even.neutral()).isCloseTo(0, within(1e-9));
    assertThat(even.lineToLine(0, 1)).isCloseTo(230 * Math.sqrt(3), within(1e-9));
    Ac single = new Ac(new Three(0, 2300, 0), none, volts, 50, 0, 0, none, none, 0, 0);
    assertThat(single.neutral()).isCloseTo(10, within(1e-9));
    // Generation on one conductor against equal load on the next: √3 times, being 60° apart.
    Ac against = new Ac(new Three(2300, -2300, 0), none, volts, 50, 0, 0, none, none, 0, 0);
    assertThat(against.neutral()).isCloseTo(10 * Math.sqrt(3), within(1e-9));
  }
}
