package org.commonshub.privacy.pseudonym;

import java.time.Duration;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

class PseudonymPolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new PseudonymPolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder()
        .recipient(Recipient.parse("app:com.example.tck"))
        .pseudonymRotation(Duration.ofDays(1))
        .build();
  }
}
