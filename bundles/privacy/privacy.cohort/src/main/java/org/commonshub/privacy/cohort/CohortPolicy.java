package org.commonshub.privacy.cohort;

import java.time.Instant;
import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Terms;
import org.osgi.service.component.annotations.Component;

/**
 * Lets into a sum only what can be summed: values of whole intervals of the terms' resolution that
 * are at their end. With terms that are not for a sum nothing passes.
 */
@Component(property = PrivacyPolicy.NAME + "=cohort")
public final class CohortPolicy implements PrivacyPolicy {
  @Override
  public Block apply(Block block, Context context) {
    Terms terms = context.terms();
    Granularity resolution = terms.resolution();
    if (terms.mode() != Mode.AGGREGATE
        || terms.cohort() < Terms.MIN_COHORT
        || block.statistic() == Block.Statistic.VALUE
        || block.intervalSeconds() != resolution.seconds()) {
      return block.empty();
    }
    int kept = 0;
    long[] starts = new long[block.size()];
    long[] mantissas = new long[block.size()];
    int[] qualities = new int[block.size()];
    for (int i = 0; i < block.size(); i++) {
      Instant start = Instant.ofEpochMilli(block.starts()[i]);
      if (resolution.start(start, context.zone()).equals(start)
          && !resolution.next(start, context.zone()).isAfter(context.now())) {
        starts[kept] = block.starts()[i];
        mantissas[kept] = block.mantissas()[i];
        qualities[kept] = block.qualities()[i];
        kept++;
      }
    }
    return kept == block.size()
        ? block
        : block.with(
            block.exponent(),
            Arrays.copyOf(starts, kept),
            Arrays.copyOf(mantissas, kept),
            Arrays.copyOf(qualities, kept));
  }
}
