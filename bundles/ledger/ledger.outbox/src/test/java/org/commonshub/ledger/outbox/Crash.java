package org.commonshub.ledger.outbox;

/** The power is gone: nothing after it happens. */
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash(String where) {
    super(where, null, false, false);
  }
}
