package org.commonshub.ledger.api;

/** What a submission does on the ledger. */
public enum SubmissionKind {
  /** Keeps a root: of a journal, or of an aggregator's tree. No body. */
  ROOT,
  /** A round of credits; see {@link Settlement}. The body is the round. */
  SETTLEMENT
}
