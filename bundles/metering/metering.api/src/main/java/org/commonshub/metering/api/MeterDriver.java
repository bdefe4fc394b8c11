package org.commonshub.metering.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A metering driver: a whiteboard service of a driver bundle, removable while the hub runs. When it
 * leaves, sessions are closed and gaps recorded; when it comes back, sessions are opened again.
 */
@ConsumerType
public interface MeterDriver {
  /** Constant description. */
  DriverDescription description();

  /**
   * Opens a session for one device. Must not wait for the device.
   *
   * @return a {@link PollSession} or {@link PushSession}
   * @throws DeviceException of kind SETTINGS if the settings make no sense; says which and why
   */
  DriverSession open(DriverContext context) throws DeviceException;
}
