package org.commonshub.ledger.api;

/** How far a submission has come. */
public enum Stage {
  /** Durable in the outbox; will be sent until it is in, through any outage. */
  ACCEPTED,
  /** In the ledger, but the ledger may still forget it. */
  INCLUDED,
  /** In the ledger for good, by that ledger's own measure of finality. */
  FINAL,
  /** The ledger refused it for ever; {@link Status#problem()} says why. */
  REJECTED
}
