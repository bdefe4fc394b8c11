package org.commonshub.metering.api;

import java.math.BigDecimal;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.DeviceId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The actuators of all devices. Implemented by {@code metering.provider}; called by {@code
 * control.arbiter} only. Refuses, in this order and without talking to the device: an unknown
 * device or actuator (SETTINGS), a device in read-only mode (FORBIDDEN), a lease that does not hold
 * (FORBIDDEN), a value out of range (SETTINGS).
 */
@ProviderType
public interface ActuatorPort {
  /**
   * A device with actuators.
   *
   * @param device device
   * @param name what the prosumer calls it
   * @param readOnly whether writes are refused
   * @param actuators what it can be told
   */
  record Controllable(DeviceId device, String name, boolean readOnly, List<Actuator> actuators) {}

  /** Devices with a session that has actuators, read-only ones too. */
  List<Controllable> controllable();

  /** Writes a value; see {@link Actuating#write}. */
  CompletionStage<Void> write(DeviceId device, String actuator, BigDecimal value, WriteLease lease);

  /** Hands the actuator back; see {@link Actuating#release}. */
  CompletionStage<Void> release(DeviceId device, String actuator, WriteLease lease);
}
