package org.commonshub.metering.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.Measurement;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A device that sends by itself.
 *
 * <p>Time stamps: a device's own clock is trusted only as far as the driver says; values older than
 * the last are taken as they are (late readings), the same instant twice is dropped.
 */
@ConsumerType
public non-sealed interface PushSession extends DriverSession {
  /** Starts listening. Returns at once. */
  void start(Receiver receiver);

  /**
   * How long the device may say nothing although all is well, however short its interval is
   * configured: a gas meter behind a P1 port tells a new value once an hour. Zero if it sends in
   * every interval.
   */
  default Duration quiet() {
    return Duration.ZERO;
  }

  /** Takes what a push device sent; implemented by the scheduler, never blocks. */
  @ProviderType
  interface Receiver {
    /**
     * One frame of values.
     *
     * @param at the device's own time stamp, if it has one that can be trusted; otherwise the hub's
     *     clock stamps it
     */
    void values(Optional<Instant> at, List<Measurement> values);

    /** The device failed or went silent in a way the driver noticed. */
    void failed(DeviceException why);
  }

  /** Facts about the device found while listening: maker, model, serial, firmware. May be empty. */
  default java.util.Map<String, String> identity() {
    return java.util.Map.of();
  }
}
