package org.commonshub.privacy.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Adds this home's values to the sum of a cohort without showing them to anybody. Implemented by
 * {@code privacy.cohort}; the gate hands it, instead of the recipient, what mode {@link
 * Mode#AGGREGATE} releases.
 */
@ProviderType
public interface CohortSum {
  /**
   * Takes the values of intervals that are complete. Adding the same interval twice counts once. Of
   * several devices their sum is this home's value; of several consents the first one counts.
   *
   * @throws RefusedException with {@link RefusedException.Reason#POLICY} if this home is in no
   *     cohort of that recipient, or the cohort is smaller than the terms say; with {@link
   *     RefusedException.Reason#OUT_OF_BOUNDS} if a value is beyond the range that the cohort
   *     declared: it is left out, the others are taken
   */
  void contribute(Consent consent, Block block) throws RefusedException;

  /**
   * Forgets the values of a consent that is not in force any more. Those that were masked and sent
   * already stay part of the sum: nobody can tell them apart. Who keeps none has nothing to do.
   *
   * @param consent its id
   */
  default void withdraw(String consent) {}
}
