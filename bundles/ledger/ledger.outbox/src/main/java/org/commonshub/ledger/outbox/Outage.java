package org.commonshub.ledger.outbox;

import org.commonshub.ledger.api.LedgerException.Kind;
import org.slf4j.Logger;

/** A time in which the ledger does not do what it should. Guarded by the outbox. */
final class Outage {
  /** The same trouble is logged no more often. */
  private static final long QUIET = 3_600 * Limits.SECOND;

  private final Logger log;
  private final String ledger;
  private int failures;
  private Kind kind;
  private String message;
  private Kind warned;
  private long warnedAt;

  private boolean holds;

  /** Nothing is tried before, while {@link #holds}. */
  long until;

  Outage(Logger log, String ledger) {
    this.log = log;
    this.ledger = ledger;
  }

  void failed(Kind what, String why, long now) {
    if (kind != what) {
      failures = 0;
    }
    kind = what;
    message = why;
    holds = true;
    until = now + Limits.backOff(failures++, Limits.LONGEST);
    if (warned != what || now - warnedAt > QUIET) {
      warned = what;
      warnedAt = now;
      log.warn("Ledger {}: {} It is tried again.", ledger, why);
    }
  }

  void over() {
    if (kind != null) {
      log.info("Ledger {} goes on.", ledger);
      kind = null;
      message = null;
      hurry();
    }
  }

  /** Lets the next try begin at once. */
  void hurry() {
    holds = false;
    failures = 0;
  }

  boolean holds(long now) {
    return holds && until - now > 0;
  }

  /** For people; null on a good day. */
  String message() {
    return message;
  }
}
