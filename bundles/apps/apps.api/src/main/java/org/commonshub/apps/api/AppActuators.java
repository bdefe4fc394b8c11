package org.commonshub.apps.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What the app may tell devices: a wish with the lowest priority, for a time. Persons, the grid,
 * protection and the hub's own strategies come first. What the app holds is handed back when it
 * stops, loses its licence, or does not renew in time.
 */
@ProviderType
public interface AppActuators {
  /**
   * An actuator that the manifest asks for and the person granted.
   *
   * @param device device
   * @param name what people call the device
   * @param role role of the device
   * @param actuator id, {@code current-limit}
   * @param unit SI unit, {@code %}, or empty for a choice
   * @param min least value
   * @param max greatest value
   * @param step 0 for any
   */
  record Available(
      DeviceId device,
      String name,
      DeviceRole role,
      String actuator,
      String unit,
      BigDecimal min,
      BigDecimal max,
      BigDecimal step) {}

  /**
   * What became of a wish.
   *
   * @param accepted whether it is in force, waits behind a stronger one, or for the device
   * @param applied whether the device confirmed it
   * @param message for people
   */
  record Result(boolean accepted, boolean applied, String message) {}

  /** What there is now. */
  List<Available> available();

  /**
   * Wishes, or renews.
   *
   * @param value in the actuator's unit
   * @param reason for the person, 1 to 200 characters
   * @param lease 10 s to 1 h
   * @return completes on the app's thread; a refusal is a result, no failure
   */
  CompletionStage<Result> set(
      DeviceId device, String actuator, BigDecimal value, String reason, Duration lease);

  /** Takes the wish back. */
  CompletionStage<Result> release(DeviceId device, String actuator);
}
