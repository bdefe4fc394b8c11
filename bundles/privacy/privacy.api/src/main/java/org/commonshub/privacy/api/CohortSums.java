package org.commonshub.privacy.api;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Sums over the homes of a community that this hub collected. Nothing of a single home is in it,
 * nor ever was on this hub. Implemented by {@code privacy.cohort} on the hub that collects; empty
 * on others. Any thread; does not wait.
 */
@ProviderType
public interface CohortSums {
  /**
   * One interval of the community.
   *
   * @param cohort the community's name in the settings
   * @param start begin of the interval
   * @param intervalSeconds its length
   * @param quantity name of the quantity
   * @param exponent the sum is {@code sum × 10^exponent} in the quantity's unit
   * @param sum over the homes that took part to the end; empty if nothing was released
   * @param homes how many these are; 0 if nothing was released
   * @param refusal why nothing was released, for people; empty if there is a sum
   */
  record Window(
      String cohort,
      Instant start,
      int intervalSeconds,
      String quantity,
      int exponent,
      OptionalLong sum,
      int homes,
      String refusal) {}

  /** Intervals with {@code from} ≤ start &lt; {@code to}, oldest first; at most the last 1,000. */
  List<Window> sums(Instant from, Instant to);
}
