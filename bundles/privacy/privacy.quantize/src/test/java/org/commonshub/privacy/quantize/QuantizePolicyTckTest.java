package org.commonshub.privacy.quantize;

import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

class QuantizePolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new QuantizePolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder().quantum(Unit.WATT, 50_000).build();
  }
}
