package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A full budget that nobody keeps, for previews. One thread at a time. */
final class DryBudget implements Budget {
  private final Map<String, Long> spent = new HashMap<>();
  private final Set<String> labels = new HashSet<>();

  @Override
  public synchronized boolean spend(
      Instant day, String subject, String label, long microEpsilon, long daily) {
    String key = day + "\n" + subject;
    if (labels.contains(key + "\n" + label)) {
      return true;
    }
    long before = spent.getOrDefault(key, 0L);
    if (microEpsilon < 0 || microEpsilon > daily - before) {
      return false;
    }
    labels.add(key + "\n" + label);
    spent.put(key, before + microEpsilon);
    return true;
  }

  @Override
  public void seal() {
    // Nothing is kept.
  }
}
