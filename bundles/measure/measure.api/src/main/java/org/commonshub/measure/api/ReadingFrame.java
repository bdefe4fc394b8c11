package org.commonshub.measure.api;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What one device said at one instant: the unit of the bus, of storage and of signing.
 *
 * <p>(device, clockEpoch, sequence, revision) is its idempotent key: a frame received twice is
 * stored once. A correction is a new revision, never an overwrite.
 *
 * @param device source
 * @param meterEpoch {@link Device#meterEpoch()} at that time
 * @param instant UTC instant at which the values were true, millisecond resolution (finer is cut
 *     off)
 * @param sequence number within (device, clock epoch), rising
 * @param clockEpoch epoch of the hub clock that stamped it
 * @param revision 0 as first recorded; backfill and corrections count up
 * @param values at most one per quantity, at most {@value #MAX_VALUES}
 * @param extras fields of a newer data-structure version, kept as they came (see
 *     docs/data-structure.md)
 */
public record ReadingFrame(
    DeviceId device,
    int meterEpoch,
    Instant instant,
    long sequence,
    int clockEpoch,
    int revision,
    List<Measurement> values,
    Map<String, Object> extras)
    implements MeterRecord {

  /** Most values in one frame. */
  public static final int MAX_VALUES = 1024;

  public ReadingFrame {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(instant, "instant");
    instant = instant.truncatedTo(ChronoUnit.MILLIS);
    values = List.copyOf(values);
    extras = Map.copyOf(extras);
    if (values.size() > MAX_VALUES) {
      throw new IllegalArgumentException("more than " + MAX_VALUES + " values in a frame");
    }
  }

  /** A first-revision frame without extras. */
  public ReadingFrame(
      DeviceId device,
      int meterEpoch,
      Instant instant,
      long sequence,
      int clockEpoch,
      List<Measurement> values) {
    this(device, meterEpoch, instant, sequence, clockEpoch, 0, values, Map.of());
  }

  /** The value of a quantity, if the frame has it. */
  public Optional<Measurement> value(Quantity quantity) {
    for (Measurement value : values) {
      if (value.quantity().equals(quantity)) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }
}
