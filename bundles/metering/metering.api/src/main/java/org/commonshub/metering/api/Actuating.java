package org.commonshub.metering.api;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Implemented by a {@link DriverSession} whose device can be told something. Called only by {@code
 * metering.provider}, which has checked lease, range and the device's read-only mode. Calls of one
 * session do not overlap with each other; they may with a poll.
 */
@ConsumerType
public interface Actuating {
  /** What this device can be told; may grow once the device was talked to. */
  List<Actuator> actuators();

  /**
   * Writes a value.
   *
   * @param lease held; to be checked again right before the bytes leave, where that is later
   * @param actuator {@link Actuator#id()}
   * @param value value in the actuator's unit, within its range
   * @return completed when the device has confirmed; or {@link DeviceException}
   */
  CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value);

  /**
   * Hands the actuator back: the device returns to its own default ({@link Actuator#rest()}).
   *
   * @param lease a lease that covers the hand-back
   * @return completed when the device has confirmed; or {@link DeviceException}
   */
  CompletionStage<Void> release(WriteLease lease, String actuator);
}
