package org.commonshub.platform.clock;

import java.time.Instant;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.commonshub.platform.api.HubClock;

/**
 * Wall time with step detection. Each call compares how far the wall clock and the monotonic clock
 * moved since the last call; when they disagree by more than {@link #STEP_NANOS} the wall clock was
 * stepped and a new epoch begins. Slewing (NTP moves a clock by at most 500 ppm) is followed.
 *
 * <p>Free of I/O apart from what it is given; safe for use by several threads. The usual call takes
 * no lock.
 */
final class SteppedClock implements HubClock {
  /** Disagreement between wall and monotonic time that counts as a step. */
  static final long STEP_NANOS = 1_000_000_000L;

  /** How long a quality, once looked up, is believed. */
  static final long QUALITY_NANOS = 10_000_000_000L;

  /** Follow the wall clock's slew once it is this far off, so that most calls write nothing. */
  private static final long FOLLOW_NANOS = 1_000_000L;

  /** A thread that lost the processor between the two readings reads again. */
  private static final long PREEMPTED_NANOS = 50_000_000L;

  private static final int MAX_READS = 5;

  private final Supplier<Instant> wall;
  private final LongSupplier monotonic;
  private final IntUnaryOperator nextEpoch;
  private final Supplier<Boolean> disciplined;

  private volatile long offset;
  private volatile int epoch;
  private volatile Checked checked;

  private record Checked(long at, int epoch, boolean everDisciplined, Quality quality) {}

  /**
   * @param wall system time
   * @param monotonic nanoseconds that never step
   * @param nextEpoch durably begins an epoch after the given one (0 at start) and returns it
   * @param disciplined whether something disciplines the system clock now
   */
  SteppedClock(
      Supplier<Instant> wall,
      LongSupplier monotonic,
      IntUnaryOperator nextEpoch,
      Supplier<Boolean> disciplined) {
    this.wall = wall;
    this.monotonic = monotonic;
    this.nextEpoch = nextEpoch;
    this.disciplined = disciplined;
    this.offset = nanos(wall.get()) - monotonic.getAsLong();
    this.epoch = nextEpoch.applyAsInt(0);
  }

  @Override
  public Instant now() {
    Instant instant = wall.get();
    long difference = nanos(instant) - monotonic.getAsLong() - offset;
    if (Math.abs(difference) < FOLLOW_NANOS) {
      return instant;
    }
    return compare();
  }

  @Override
  public long monotonicNanos() {
    return monotonic.getAsLong();
  }

  @Override
  public int epoch() {
    now();
    return epoch;
  }

  @Override
  public Quality quality() {
    long at = monotonic.getAsLong();
    int current = epoch();
    Checked last = checked;
    if (last != null && last.epoch == current && at - last.at < QUALITY_NANOS) {
      return last.quality;
    }
    boolean good = disciplined.get();
    boolean ever = good || (last != null && last.epoch == current && last.everDisciplined);
    Quality quality =
        good ? Quality.SYNCHRONISED : ever ? Quality.HOLDOVER : Quality.UNSYNCHRONISED;
    checked = new Checked(at, current, ever, quality);
    return quality;
  }

  private synchronized Instant compare() {
    for (int i = 1; ; i++) {
      long before = monotonic.getAsLong();
      Instant instant = wall.get();
      if (monotonic.getAsLong() - before > PREEMPTED_NANOS && i < MAX_READS) {
        continue;
      }
      long actual = nanos(instant) - before;
      if (Math.abs(actual - offset) > STEP_NANOS) {
        epoch = nextEpoch.applyAsInt(epoch);
      }
      offset = actual;
      return instant;
    }
  }

  /** Nanoseconds since 1970; wraps outside 1678–2262, where only differences are used. */
  private static long nanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }
}
