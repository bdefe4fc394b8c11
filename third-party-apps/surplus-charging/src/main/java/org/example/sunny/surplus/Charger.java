package org.example.sunny.surplus;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.apps.api.AppActuators.Available;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/**
 * What one charger can be told. It pauses by a current of 0 if its range allows that, otherwise by
 * the least choice of {@code charging}, which is "off" in all of the hub's register maps.
 *
 * @param current its {@code current-limit}
 * @param switched its {@code charging}, if it has one
 */
record Charger(Available current, Optional<Available> switched) {
  static final String CURRENT = "current-limit";
  static final String CHARGING = "charging";

  /** All chargers whose current can be limited. */
  static List<Charger> among(List<Available> available) {
    List<Charger> chargers = new ArrayList<>();
    for (Available actuator : available) {
      if (actuator.role() == DeviceRole.EV_CHARGER
          && actuator.actuator().equals(CURRENT)
          && actuator.unit().equals("A")
          && actuator.max().compareTo(BigDecimal.valueOf(Controller.LEAST_AMPERES)) >= 0) {
        chargers.add(
            new Charger(
                actuator,
                available.stream()
                    .filter(
                        other ->
                            other.device().equals(actuator.device())
                                && other.actuator().equals(CHARGING))
                    .findFirst()));
      }
    }
    return chargers;
  }

  DeviceId device() {
    return current.device();
  }

  boolean pausesByCurrent() {
    return current.min().signum() <= 0;
  }

  /** For the controller; whole amperes. */
  Controller.Charger limits() {
    int least =
        Math.max(
            Controller.LEAST_AMPERES, current.min().setScale(0, RoundingMode.CEILING).intValue());
    return new Controller.Charger(
        least,
        Math.max(least, current.max().min(BigDecimal.valueOf(80)).intValue()),
        pausesByCurrent() || switched.isPresent());
  }

  /** The greatest value the actuator takes that is not above so many amperes. */
  BigDecimal value(int amperes) {
    BigDecimal wanted = BigDecimal.valueOf(amperes).min(current.max()).max(current.min());
    if (current.step().signum() == 0) {
      return wanted;
    }
    BigDecimal steps = wanted.subtract(current.min()).divideToIntegralValue(current.step());
    return current.min().add(steps.multiply(current.step()));
  }
}
