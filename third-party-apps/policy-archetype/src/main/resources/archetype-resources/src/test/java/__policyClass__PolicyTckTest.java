package ${package};

import java.util.List;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.tck.PolicyTck;

/** What every policy must keep. */
class ${policyClass}PolicyTckTest extends PolicyTck {
  @Override
  protected PrivacyPolicy policy() {
    return new ${policyClass}Policy();
  }

  @Override
  protected Terms terms() {
    return Terms.ANY.toBuilder().interval(Granularity.QUARTER_HOUR).build();
  }

  @Override
  protected List<String> parameters() {
    return List.of("1", "5000", "999999999");
  }
}
