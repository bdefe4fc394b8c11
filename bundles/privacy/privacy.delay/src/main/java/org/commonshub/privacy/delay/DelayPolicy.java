package org.commonshub.privacy.delay;

import java.time.ZoneId;
import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;

/** Leaves out what is younger than the terms' delay: the end of a value's interval counts. */
@Component(property = PrivacyPolicy.NAME + "=delay")
public final class DelayPolicy implements PrivacyPolicy {
  @Override
  public Block apply(Block block, Context context) {
    long newest = context.now().minus(context.terms().delay()).toEpochMilli();
    ZoneId zone = context.zone();
    int keep = block.size();
    while (keep > 0 && block.end(keep - 1, zone) > newest) {
      keep--;
    }
    return keep == block.size()
        ? block
        : block.with(
            block.exponent(),
            Arrays.copyOf(block.starts(), keep),
            Arrays.copyOf(block.mantissas(), keep),
            Arrays.copyOf(block.qualities(), keep));
  }
}
