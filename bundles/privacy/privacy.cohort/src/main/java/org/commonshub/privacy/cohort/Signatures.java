package org.commonshub.privacy.cohort;

/** Signatures of hubs, by their number in the cohort. */
interface Signatures {
  /** Signs with this hub's key. */
  byte[] sign(byte[] payload);

  /**
   * What a member signed.
   *
   * @throws CohortException if it did not, or its keys are not known here
   */
  byte[] payload(int member, byte[] signed) throws CohortException;
}
