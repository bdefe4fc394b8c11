package org.example.quiethours;

import java.util.List;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

/** What every policy must keep. */
class QuietHoursPolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new QuietHoursPolicy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder().interval(Granularity.QUARTER_HOUR).build();
  }

  @Override
  protected List<String> parameters() {
    return List.of("22:00-06:30", "00:00-00:01", "06:00-08:00,12:00-13:00,22:00-00:00");
  }
}
