package org.commonshub.ledger.api;

/** What a submission does on the ledger. */
public enum SubmissionKind {
  /**
   * Keeps a root: of a journal, or of an aggregator's tree. No body. The key is {@code
   * STREAM/NUMBER}: numbers rise within a stream, so that a ledger need remember only the last one
   * to know an effect that it had before.
   */
  ROOT,
  /** A round of credits; see {@link Settlement}. The body is the round. */
  SETTLEMENT
}
