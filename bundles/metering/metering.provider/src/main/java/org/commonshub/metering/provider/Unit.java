package org.commonshub.metering.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;

/** One enabled device while it is configured. Its fields belong to its lane's lock. */
final class Unit implements WatchedPool.Owner {
  private static final int ROUND_TRIPS = 16;

  final DeviceId id;
  final DeviceDefinition definition;
  final Lane lane;
  final long interval;
  final long phase;
  final Coverage coverage;
  final Breaker breaker = new Breaker();
  final Scheduler scheduler;

  long nextDue;
  boolean removed;
  Live live;
  long sequence;

  /** Waiting in the lane, or being polled, for {@link #due}. */
  boolean waiting;

  boolean polling;
  long due;
  long dueNext;
  long skippedTo;
  long token;

  /** The driver has been called for {@link #due}; until then the two times mean nothing. */
  boolean begun;

  long startedNanos;
  long giveUpNanos;

  /** A driver call for this device has not returned for too long. */
  volatile boolean blocked;

  long lastFrameAt = Long.MIN_VALUE;

  /** Instants a device that sends by itself has sent; null for one that is asked. */
  Stamps stamps;

  /** Last instant the hub stamped such a frame with. */
  long lastStamp = Long.MIN_VALUE;

  Gap.Reason lastReason = Gap.Reason.UNREACHABLE;
  DeviceException.Kind lastKind;
  boolean unavailable;
  boolean warned;

  Instant lastReading;
  String lastError;
  Instant lastErrorAt;
  long polls;
  long failures;
  Map<String, String> identity = Map.of();
  private final long[] roundTrips = new long[ROUND_TRIPS];
  private int measured;

  Unit(
      Scheduler scheduler,
      DeviceId id,
      DeviceDefinition definition,
      Lane lane,
      Coverage coverage,
      long sequence) {
    this.scheduler = scheduler;
    this.id = id;
    this.definition = definition;
    this.lane = lane;
    this.coverage = coverage;
    this.interval = definition.interval().toMillis();
    this.phase = Schedule.phase(id.value(), interval);
    this.sequence = sequence;
  }

  /** Time after which a poll is given up. */
  Duration budget() {
    return Duration.ofMillis(Math.max(3_000, Math.min(30_000, 2 * interval)));
  }

  void roundTrip(long nanos) {
    roundTrips[measured++ % ROUND_TRIPS] = nanos;
  }

  Duration medianRoundTrip() {
    int count = Math.min(measured, ROUND_TRIPS);
    if (count == 0) {
      return Duration.ZERO;
    }
    long[] sorted = Arrays.copyOf(roundTrips, count);
    Arrays.sort(sorted);
    return Duration.ofNanos(sorted[count / 2]);
  }

  @Override
  public void blocked() {
    scheduler.blocked(this);
  }

  @Override
  public void unblocked() {
    scheduler.unblocked(this);
  }
}
