package org.commonshub.metering.provider;

import java.time.Instant;
import java.util.function.Predicate;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;

/**
 * Accounts for every due time of one device: each ends in a reading or in a gap.
 *
 * <p>Due times that were missed one after the other for one reason make one gap. It is published
 * when it begins, again at least every {@link #REISSUE_MILLIS} while it lasts, and when it ends:
 * always with the same {@code from}, so that (device, from) names it and the latest {@code to}
 * counts. Not thread-safe.
 */
final class Coverage {
  /** Longest time for which a growing gap is not published again. */
  static final long REISSUE_MILLIS = 50_000;

  private final DeviceId device;
  private final Predicate<Gap> sink;
  private final long reissueMillis;
  private long covered;
  private boolean open;
  private long from;
  private long to;
  private Gap.Reason reason;
  private long publishedTo;
  private long issuedAt;

  /**
   * @param covered due times before this are accounted for
   * @param sink takes a gap; false if it cannot at the moment
   */
  Coverage(DeviceId device, long covered, Predicate<Gap> sink) {
    this(device, covered, sink, REISSUE_MILLIS);
  }

  Coverage(DeviceId device, long covered, Predicate<Gap> sink, long reissueMillis) {
    this.reissueMillis = reissueMillis;
    this.device = device;
    this.covered = covered;
    this.sink = sink;
  }

  /** Every due time before this one is accounted for. */
  long covered() {
    return covered;
  }

  /** Every due time before this one is accounted for by something published. */
  long published() {
    return open ? publishedTo : covered;
  }

  /** Whether a gap is open. */
  boolean missing() {
    return open;
  }

  /** The due time got its reading. */
  void answered(long due, long next, long now) {
    if (open && !close(due, now)) {
      missed(due, next, Gap.Reason.STORAGE_FULL, now);
      return;
    }
    covered = Math.max(covered, next);
  }

  /** The due times in [due, next) got none. */
  void missed(long due, long next, Gap.Reason why, long now) {
    if (next <= due) {
      return;
    }
    if (open && (to < due || reason != why)) {
      if (!close(Math.min(to, due), now)) {
        why = reason; // Nobody takes gaps at the moment: one gap then, for the first reason.
      }
    }
    covered = Math.max(covered, next);
    if (open) {
      to = Math.max(to, next);
      reissue(now);
    } else {
      open = true;
      from = due;
      to = next;
      reason = why;
      publishedTo = due;
      issue(now);
    }
  }

  /** Publishes the open gap again if it has grown and it is time. */
  void reissue(long now) {
    if (open && to > publishedTo && (now - issuedAt >= reissueMillis || now < issuedAt)) {
      issue(now);
    }
  }

  /** Publishes what is known of the open gap at once. */
  void flush(long now) {
    if (open && to > publishedTo) {
      issue(now);
    }
  }

  /** Begins anew at a due time of another time line, after a step of the clock. */
  void restart(long due, long now) {
    flush(now);
    open = false;
    covered = due;
  }

  private boolean close(long end, long now) {
    to = Math.max(from + 1, Math.min(to, end));
    if (to != publishedTo && !issue(now)) {
      return false;
    }
    open = false;
    return true;
  }

  private boolean issue(long now) {
    if (sink.test(new Gap(device, Instant.ofEpochMilli(from), Instant.ofEpochMilli(to), reason))) {
      publishedTo = to;
      issuedAt = now;
      return true;
    }
    return false;
  }
}
