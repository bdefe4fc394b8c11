package org.commonshub.ledger.outbox;

import java.time.Duration;

/** What is bounded, and by how much. */
final class Limits {
  /** Submissions that may wait. */
  static final int WAITING = 100_000;

  /** Attempts sent and not yet in, at a time. */
  static final int PENDING = 16;

  /** Submissions with attempts that are not final, at a time. */
  static final int OPEN = 1_024;

  /** Attempts of one submission. */
  static final int TRIES = 64;

  /** Questions that may wait for the thread. */
  static final int ERRANDS = 64;

  static final int ATTEMPT_BYTES = 128 * 1024;
  static final int PROOF_BYTES = 64 * 1024;
  static final int TEXT = 500;

  /** Attempts up to this size are kept in memory, too. */
  static final int SMALL = 512;

  /** Kept at least so long once final, unless more than {@link #KEPT} came since. */
  static final Duration KEEP = Duration.ofDays(35);

  static final int KEPT = 10_000;

  static final long SECOND = 1_000_000_000L;
  static final long LONGEST = 15 * 60 * SECOND;

  private Limits() {}

  /** Doubling from a second, at most {@code longest}. */
  static long backOff(int failures, long longest) {
    return failures > 40 ? longest : Math.min(longest, SECOND << Math.min(failures, 30));
  }
}
