package org.commonshub.privacy.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Terms;

/** Which policies terms need, in the order in which they are called. */
final class Chain {
  static final String AGGREGATE = "aggregate";
  static final String DELAY = "delay";
  static final String NOISE = "noise";
  static final String QUANTIZE = "quantize";
  static final String PSEUDONYM = "pseudonym";
  static final String COHORT = "cohort";

  /** Names that only the hub's own policies may have. */
  static final Set<String> BUILT_IN = Set.of(AGGREGATE, DELAY, NOISE, QUANTIZE, PSEUDONYM, COHORT);

  private Chain() {}

  static List<String> of(Terms terms) {
    List<String> names = new ArrayList<>();
    if (terms.mode() != Mode.RAW) {
      names.add(AGGREGATE);
    }
    if (terms.delay().compareTo(Duration.ZERO) > 0) {
      names.add(DELAY);
    }
    names.addAll(terms.policies().keySet());
    if (terms.noise().isPresent()) {
      names.add(NOISE);
    }
    if (!terms.quantum().isEmpty()) {
      names.add(QUANTIZE);
    }
    if (terms.pseudonymRotation().isPresent()) {
      names.add(PSEUDONYM);
    }
    if (terms.mode() == Mode.AGGREGATE) {
      names.add(COHORT);
    }
    return names;
  }
}
