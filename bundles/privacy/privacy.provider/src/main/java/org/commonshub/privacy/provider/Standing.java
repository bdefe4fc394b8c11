package org.commonshub.privacy.provider;

import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Terms;

/**
 * Where a recipient stands with one purpose, now.
 *
 * @param refusal why nothing is released; null if state is OPEN
 * @param text the same for people; empty if state is OPEN
 * @param given the consent it rests on; null if there is none
 * @param terms in force, with today's floor; what could be got, while asked
 */
record Standing(
    Purpose purpose,
    Grant.State state,
    RefusedException.Reason refusal,
    String text,
    Given given,
    Terms terms) {

  boolean open() {
    return state == Grant.State.OPEN;
  }

  /** Whether a flow has no future: the consent is gone, not only held up. */
  boolean over() {
    return refusal == RefusedException.Reason.NO_CONSENT
        || refusal == RefusedException.Reason.ENDED;
  }

  Standing orRefuse() throws RefusedException {
    if (!open()) {
      throw new RefusedException(refusal, text);
    }
    return this;
  }

  Grant grant() {
    return new Grant(purpose, state, terms, text);
  }
}
