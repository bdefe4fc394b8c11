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
   * Takes the values of intervals that are complete. Adding the same interval twice counts once.
   *
   * @throws RefusedException with {@link RefusedException.Reason#POLICY} if this home is in no
   *     cohort of that recipient, or the cohort is smaller than the terms say
   */
  void contribute(Consent consent, Block block) throws RefusedException;
}
