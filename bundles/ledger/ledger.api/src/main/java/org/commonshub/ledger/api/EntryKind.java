package org.commonshub.ledger.api;

/** What an entry of the journal records. The number is its form on the wire; never reused. */
public enum EntryKind {
  /** Registers of the billing meters at the end of a quarter of an hour, with their quality. */
  READINGS(1),
  /** A stretch of time for which nothing can be said, and why. */
  GAP(2),
  /** Readings that came late: refers to the gap that they fill. */
  BACKFILL(3),
  /** A contradiction found at the source. */
  CONTRADICTION(4),
  /** A consent given or withdrawn. */
  CONSENT(5),
  /** A licence imported, renewed or ended. */
  LICENCE(6),
  /** An order or its confirmation. */
  ORDER(7),
  /** A settled round. */
  SETTLEMENT(8),
  /** The hub itself: new key, clock step, restored backup, erased content. */
  HUB(9);

  private final int number;

  EntryKind(int number) {
    this.number = number;
  }

  /** Number on the wire. */
  public int number() {
    return number;
  }
}
