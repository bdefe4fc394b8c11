package org.commonshub.privacy.noise;

import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Noise;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

class NoisePolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new NoisePolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder()
        .interval(Granularity.MINUTE)
        .noise(new Noise(100_000, Noise.Unit.DAY, 1_000_000, 0, 5000))
        .build();
  }
}
