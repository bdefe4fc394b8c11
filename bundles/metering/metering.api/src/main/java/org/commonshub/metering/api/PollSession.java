package org.commonshub.metering.api;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.osgi.annotation.versioning.ConsumerType;

/** A device that is asked. */
@ConsumerType
public non-sealed interface PollSession extends DriverSession {
  /**
   * Reads the device once. Returns at once; the scheduler calls again only after the stage has
   * completed. All values must belong to about the same instant, in the passive sign convention, at
   * most one per quantity. What the device marks as not implemented is left out, not zero.
   *
   * @param budget time until the scheduler gives up on this poll
   * @return values, or {@link DeviceException}
   */
  CompletionStage<List<Measurement>> poll(Duration budget);

  /**
   * Facts about the device found while talking to it: maker, model, serial, firmware. May be empty.
   */
  default java.util.Map<String, String> identity() {
    return java.util.Map.of();
  }
}
