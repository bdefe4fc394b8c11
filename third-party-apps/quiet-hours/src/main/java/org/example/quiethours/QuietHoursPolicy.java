package org.example.quiethours;

import java.util.Arrays;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;

/**
 * Leaves out every value whose interval touches the quiet hours. The parameter is {@link Hours}:
 * {@code 22:00-06:30}.
 */
@Component(
    property = PrivacyPolicy.NAME + "=org.example.quiet-hours",
    configurationPolicy = ConfigurationPolicy.IGNORE)
public final class QuietHoursPolicy implements PrivacyPolicy {
  @Override
  public Block apply(Block block, Context context) {
    Hours hours = new Hours(context.parameter());
    long[] starts = new long[block.size()];
    long[] mantissas = new long[block.size()];
    int[] qualities = new int[block.size()];
    int kept = 0;
    for (int i = 0; i < block.size(); i++) {
      long start = block.starts()[i];
      if (!hours.touch(start, block.end(i, context.zone()), context.zone())) {
        starts[kept] = start;
        mantissas[kept] = block.mantissas()[i];
        qualities[kept++] = block.qualities()[i];
      }
    }
    return block.with(
        block.exponent(),
        Arrays.copyOf(starts, kept),
        Arrays.copyOf(mantissas, kept),
        Arrays.copyOf(qualities, kept));
  }
}
