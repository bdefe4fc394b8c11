package org.commonshub.neighbour.api;

/** What two hubs may talk about. */
public enum Topic {
  /** Signed states of a journal, to be co-signed. */
  CHECKPOINT,
  /** Roots that an aggregator collects, and its proofs. */
  ROOT,
  /** Masked values of a sum over homes: no single one says anything (privacy.cohort). */
  COHORT
}
