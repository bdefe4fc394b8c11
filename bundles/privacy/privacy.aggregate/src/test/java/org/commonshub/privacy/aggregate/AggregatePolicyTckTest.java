package org.commonshub.privacy.aggregate;

import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

class AggregatePolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new AggregatePolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder().interval(Granularity.FIVE_MINUTES).build();
  }

  @Override
  protected boolean makesIntervals() {
    return true;
  }
}
