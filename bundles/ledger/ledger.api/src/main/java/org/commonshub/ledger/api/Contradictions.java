package org.commonshub.ledger.api;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.commonshub.measure.api.DeviceId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What meters say that cannot be true, found where the readings come in. Energy under a
 * contradiction is <b>never traded on</b>: the market asks {@link #trusted} for every device and
 * slot before it settles. Implemented by {@code ledger.plausibility}; while that is absent nothing
 * was checked. Answers from memory; any thread.
 */
@ProviderType
public interface Contradictions {
  /** What contradicts what. The number is its form in the journal; never reused. */
  enum Check {
    /** A register that can only be positive is negative. */
    NEGATIVE_REGISTER(1),
    /** A register fell, without a rollover and without a new meter epoch. */
    BACKWARDS(2),
    /** A register rose faster than the connection can carry. */
    RATE(3),
    /** Power or current beyond what the connection or the device can carry. */
    POWER_LIMIT(4),
    /** Registers and integrated power of one device disagree. */
    REGISTER_POWER(5),
    /** A meter shows less than the devices behind it. */
    SUM(6);

    private final int number;

    Check(int number) {
      this.number = number;
    }

    /** Number on the wire. */
    public int number() {
      return number;
    }
  }

  /**
   * One contradiction, from where it began to where the readings agreed again.
   *
   * @param check what contradicts what
   * @param devices whose readings take part, the meter first; at least one of them is wrong
   * @param from last instant before it at which all was well, or the begin of the first interval
   *     that does not add up
   * @param to when it was over; empty while it is open
   * @param text for people: what was seen and what to do
   */
  record Contradiction(
      Check check, List<DeviceId> devices, Instant from, Optional<Instant> to, String text) {
    public Contradiction {
      devices = List.copyOf(devices);
    }
  }

  /** Those that are not over, oldest first. */
  List<Contradiction> open();

  /** The newest, open or over, newest first, at most {@code limit}. */
  List<Contradiction> recent(int limit);

  /**
   * Whether no contradiction of a device touches {@code from} ≤ t &lt; {@code to}. Intervals are
   * judged up to an hour after their end: ask later. False for times older than what is remembered.
   * Says nothing about gaps.
   */
  boolean trusted(DeviceId device, Instant from, Instant to);
}
