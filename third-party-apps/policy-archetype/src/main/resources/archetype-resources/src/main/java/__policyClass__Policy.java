package ${package};

import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;

/**
 * Lowers values beyond a ceiling to it, above and below zero, so that nobody sees how far they went.
 * The parameter is the ceiling in the quantity's unit: {@code 5000}.
 */
@Component(
    property = PrivacyPolicy.NAME + "=${policyName}",
    configurationPolicy = ConfigurationPolicy.IGNORE)
public final class ${policyClass}Policy implements PrivacyPolicy {
  @Override
  public Block apply(Block block, Context context) {
    long ceiling = ceiling(context.parameter(), block.exponent());
    long[] mantissas = block.mantissas().clone(); // A block's arrays are never written to.
    for (int i = 0; i < mantissas.length; i++) {
      mantissas[i] = Math.max(-ceiling, Math.min(ceiling, mantissas[i]));
    }
    return block.with(
        block.exponent(), block.starts().clone(), mantissas, block.qualities().clone());
  }

  /**
   * The ceiling as a mantissa, rounded down.
   *
   * @throws IllegalArgumentException if the parameter is anything but a number; the gate closes the
   *     flow and shows the sentence
   */
  static long ceiling(String parameter, int exponent) {
    if (!parameter.matches("[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException("the parameter is a ceiling from 1 to 999999999");
    }
    long ceiling = Long.parseLong(parameter);
    for (int i = exponent; i > 0; i--) {
      ceiling /= 10;
    }
    for (int i = exponent; i < 0 && ceiling < Long.MAX_VALUE; i++) {
      ceiling = ceiling > Long.MAX_VALUE / 10 ? Long.MAX_VALUE : ceiling * 10;
    }
    return ceiling;
  }
}
