package org.commonshub.privacy.delay;

import java.time.Duration;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

class DelayPolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new DelayPolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder().delay(Duration.ofDays(1)).build();
  }
}
