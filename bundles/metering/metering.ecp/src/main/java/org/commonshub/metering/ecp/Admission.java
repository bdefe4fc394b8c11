package org.commonshub.metering.ecp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Which frames of one meter were seen: each (boot, sequence) is taken once, in any order within a
 * window (as RFC 4303, section 3.4.3), and never of an earlier boot. Not thread-safe.
 */
final class Admission {
  /** Frames behind the newest that may still come. */
  static final int WINDOW = 64;

  /** A device's clock may be ahead of the hub's by so much. */
  static final Duration AHEAD = Duration.ofMinutes(1);

  private static final int STATE = 8 + 8 + 8;

  private long boot;
  private long newest;
  private long seen;

  /** A meter that was never heard. */
  Admission() {
    this(Long.MIN_VALUE, 0, 0);
  }

  private Admission(long boot, long newest, long seen) {
    this.boot = boot;
    this.newest = newest;
    this.seen = seen;
  }

  /** What was remembered; as never heard if it is not that. */
  static Admission recall(Optional<byte[]> state) {
    if (state.isEmpty() || state.get().length != STATE) {
      return new Admission();
    }
    ByteBuffer bytes = ByteBuffer.wrap(state.get());
    return new Admission(bytes.getLong(), bytes.getLong(), bytes.getLong());
  }

  /** What to remember. */
  byte[] state() {
    return ByteBuffer.allocate(STATE).putLong(boot).putLong(newest).putLong(seen).array();
  }

  /** A copy to try a message on, taken over only if all of it is admitted. */
  Admission copy() {
    return new Admission(boot, newest, seen);
  }

  /**
   * Takes a frame.
   *
   * @throws Refusal if it was taken before, or may have been
   */
  void take(long frameBoot, long sequence) throws Refusal {
    if (frameBoot < boot) {
      throw replayed();
    }
    if (frameBoot > boot) {
      boot = frameBoot;
      newest = sequence;
      seen = 1;
      return;
    }
    if (sequence > newest) {
      long step = sequence - newest;
      seen = step <= 0 || step >= WINDOW ? 1 : seen << step | 1;
      newest = sequence;
      return;
    }
    long behind = newest - sequence;
    if (behind < 0 || behind >= WINDOW || (seen >>> behind & 1) != 0) {
      throw replayed();
    }
    seen |= 1L << behind;
  }

  private static Refusal replayed() {
    return new Refusal(
        Refusal.Kind.REPLAYED,
        "This frame was sent before. A meter counts its starts in the clock epoch and its frames in"
            + " the sequence, and never repeats a pair.");
  }

  /**
   * The instant to record a frame with.
   *
   * @param at the meter's time stamp; 1970-01-01 if it does not know the time
   * @param now the hub's time, empty if the hub does not know it either
   * @param oldest how far back a meter that was offline may deliver
   * @return empty if the hub's own clock is to stamp it
   * @throws Refusal if it is in the future or too old
   */
  static Optional<Instant> instant(Instant at, Optional<Instant> now, Duration oldest)
      throws Refusal {
    if (at.toEpochMilli() == 0) {
      return Optional.empty();
    }
    if (now.isPresent()
        && (at.isAfter(now.get().plus(AHEAD)) || at.isBefore(now.get().minus(oldest)))) {
      throw new Refusal(
          Refusal.Kind.TIME,
          "The meter's time is not within "
              + oldest.toHours()
              + " h of the past and 1 min of the future. Set its clock by the time in this answer.");
    }
    return Optional.of(at);
  }
}
