package org.example.sunny.surplus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.example.sunny.surplus.Controller.Action;
import org.example.sunny.surplus.Controller.Charger;
import org.example.sunny.surplus.Controller.Decision;
import org.example.sunny.surplus.Controller.Need;
import org.example.sunny.surplus.Controller.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControllerTest {
  private static final Charger CHARGER = new Charger(6, 16, true);
  private static final Plan ONE_PHASE = plan(Plan.Mode.SURPLUS, false, 1);

  private final Controller controller = new Controller();

  private static Plan plan(Plan.Mode mode, boolean handBack, int phases) {
    return new Plan(mode, handBack, false, phases, 0, 0, "");
  }

  /** A minute in watts. */
  private static Minute minute(int grid, int battery, int car, int state) {
    return new Minute(
        0,
        Math.max(0, grid) * 1000L,
        Math.max(0, -grid) * 1000L,
        Math.max(0, battery) * 1000L,
        Math.max(0, -battery) * 1000L,
        car * 1000L,
        state);
  }

  private Decision next(int grid, int car) {
    return controller.next(minute(grid, 0, car, 3), ONE_PHASE, CHARGER, Need.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    // grid, battery, car, battery first, car first
    "-3000, 0, 0, 3000, 3000",
    "-1000, 0, 2000, 3000, 3000",
    "500, 0, 2000, 1500, 1500",
    "-200, 2500, 0, 200, 2700",
    "0, -800, 0, -800, -800",
    "0, -800, 1400, 600, 600",
    "1000, -800, 0, -1800, -1800"
  })
  void whatIsThereForTheCar(int grid, int battery, int car, int batteryFirst, int carFirst) {
    Minute minute = minute(grid, battery, car, 3);
    assertThat(Controller.available(minute, false)).isEqualTo(batteryFirst * 1000L);
    assertThat(Controller.available(minute, true)).isEqualTo(carFirst * 1000L);
  }

  @Test
  void beginsAfterThreeMinutesAndStopsAfterFive() {
    assertThat(next(-2000, 0)).isEqualTo(new Decision(Action.PAUSE, 0, Reason.WAITING));
    assertThat(next(-2000, 0).action()).isEqualTo(Action.PAUSE);
    assertThat(next(-2000, 0)).isEqualTo(new Decision(Action.CHARGE, 8, Reason.SURPLUS));
    for (int i = 0; i < 6; i++) {
      assertThat(next(-160, 1840).amperes()).isEqualTo(8);
    }
    // A cloud: at once to the least current, to a pause only when it stays.
    for (int i = 0; i < 4; i++) {
      assertThat(next(1100, 1840)).isEqualTo(new Decision(Action.CHARGE, 6, Reason.WAITING));
    }
    assertThat(next(900, 1380)).isEqualTo(new Decision(Action.PAUSE, 0, Reason.TOO_LITTLE));
    for (int i = 0; i < Controller.REST; i++) {
      assertThat(next(-2500, 0).action()).as("rests").isEqualTo(Action.PAUSE);
    }
    assertThat(next(-2500, 0).amperes()).isEqualTo(10);
    assertThat(controller.switches()).isEqualTo(3);
  }

  @Test
  void aShortCloudStopsNothing() {
    for (int i = 0; i < 20; i++) {
      next(-2000, 0);
    }
    for (int i = 0; i < 4; i++) {
      assertThat(next(2000, 1380).action()).isEqualTo(Action.CHARGE);
    }
    assertThat(next(-300, 1380).action()).isEqualTo(Action.CHARGE);
    assertThat(next(2000, 1380).action()).isEqualTo(Action.CHARGE);
    assertThat(controller.switches()).isEqualTo(1);
  }

  @Test
  void whoCannotPauseOrDoesNotWantToIsHandedBack() {
    assertThat(
            controller.next(minute(500, 0, 0, 2), ONE_PHASE, new Charger(6, 16, false), Need.NONE))
        .isEqualTo(new Decision(Action.HAND_BACK, 0, Reason.TOO_LITTLE));
    assertThat(
            controller.next(
                minute(500, 0, 0, 2), plan(Plan.Mode.SURPLUS, true, 1), CHARGER, Need.NONE))
        .isEqualTo(new Decision(Action.HAND_BACK, 0, Reason.TOO_LITTLE));
  }

  @ParameterizedTest
  @CsvSource({"1, NOT_CONNECTED", "5, NOT_CONNECTED", "6, NOT_CONNECTED"})
  void nothingIsHeldWithoutACar(int state, Reason reason) {
    next(-3000, 0);
    next(-3000, 0);
    assertThat(next(-3000, 0).action()).isEqualTo(Action.CHARGE);
    assertThat(controller.next(minute(-3000, 0, 0, state), ONE_PHASE, CHARGER, Need.NONE))
        .isEqualTo(new Decision(Action.HAND_BACK, 0, reason));
    assertThat(
            controller.next(
                minute(-3000, 0, 0, 3), plan(Plan.Mode.OFF, false, 1), CHARGER, Need.NONE))
        .isEqualTo(new Decision(Action.HAND_BACK, 0, Reason.OFF));
  }

  @Test
  void threePhasesNeedThreeTimesAsMuch() {
    Plan plan = plan(Plan.Mode.SURPLUS, false, 3);
    for (int i = 0; i < 30; i++) {
      assertThat(controller.next(minute(-4200, 0, 0, 2), plan, CHARGER, Need.NONE).action())
          .isEqualTo(Action.PAUSE);
    }
    for (int i = 0; i < 3; i++) {
      controller.next(minute(-4900, 0, 0, 2), plan, CHARGER, Need.NONE);
    }
    assertThat(controller.next(minute(-4900, 0, 0, 2), plan, CHARGER, Need.NONE))
        .isEqualTo(new Decision(Action.CHARGE, 7, Reason.SURPLUS));
  }

  @Test
  void atLeastTheLeastIfWanted() {
    Plan plan = plan(Plan.Mode.MINIMUM, false, 1);
    assertThat(controller.next(minute(300, 0, 0, 2), plan, CHARGER, Need.NONE))
        .isEqualTo(new Decision(Action.CHARGE, 6, Reason.LEAST));
  }

  @Test
  void aDepartureIsMetAndStaysUrgent() {
    // 3 kWh at 3.68 kW take 49 minutes; 54 and 10 are planned.
    assertThat(controller.next(minute(300, 0, 0, 2), ONE_PHASE, CHARGER, new Need(3000, 65)))
        .extracting(Decision::action)
        .isEqualTo(Action.PAUSE);
    assertThat(controller.next(minute(300, 0, 0, 2), ONE_PHASE, CHARGER, new Need(3000, 63)))
        .isEqualTo(new Decision(Action.CHARGE, 16, Reason.DEPARTURE));
    assertThat(controller.next(minute(3980, 0, 3680, 3), ONE_PHASE, CHARGER, new Need(10, 50)))
        .isEqualTo(new Decision(Action.CHARGE, 16, Reason.DEPARTURE));
    assertThat(
            controller.next(minute(3980, 0, 3680, 3), ONE_PHASE, CHARGER, new Need(0, 49)).action())
        .isEqualTo(Action.PAUSE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void neverSwitchesMoreThanEveryTenMinutesWhateverComes(long seed) {
    Random random = new Random(seed);
    boolean before = false;
    int at = -100;
    int switches = 0;
    for (int i = 0; i < 5000; i++) {
      int grid = random.nextInt(8000) - 5000;
      Decision decision = next(grid, before ? 1380 + random.nextInt(2300) : 0);
      boolean charging = decision.action() == Action.CHARGE;
      if (charging) {
        assertThat(decision.amperes()).isBetween(6, 16);
      }
      if (charging != before) {
        assertThat(i - at).isGreaterThan(Controller.REST);
        at = i;
        switches++;
      }
      before = charging;
    }
    assertThat(switches).isEqualTo(controller.switches()).isLessThanOrEqualTo(5000 / 11);
  }
}
