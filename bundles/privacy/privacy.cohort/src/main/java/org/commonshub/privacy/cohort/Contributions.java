package org.commonshub.privacy.cohort;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.RefusedException.Reason;

/** This home's values that wait for their window; in memory, a day of quarter hours. Any thread. */
final class Contributions {
  static final int MAX_WINDOWS = 96;
  static final int MAX_SUBJECTS = 64;

  /** What a home adds to one window. */
  record Contribution(String consent, long value, int cohort) {}

  private record Entry(String consent, int cohort, Map<String, Long> subjects) {
    /** Sum over devices; empty if it is beyond the range. */
    Optional<Long> total(long largest) {
      long total = 0;
      for (long each : subjects.values()) {
        // No overflow: 64 subjects of at most 10^15 + 1.
        total += Math.max(-largest - 1, Math.min(largest + 1, each));
        if (Math.abs(each) > largest) {
          return Optional.empty();
        }
      }
      return Math.abs(total) > largest ? Optional.empty() : Optional.of(total);
    }
  }

  private final Setup setup;
  private final TreeMap<Long, Entry> waiting = new TreeMap<>();

  Contributions(Setup setup) {
    this.setup = setup;
  }

  /**
   * Keeps what is for this cohort.
   *
   * @param from windows before it are over for this home
   * @param now values of intervals that are not at their end are left out, in seconds since 1970
   */
  synchronized void add(Consent consent, Block block, long from, long now) throws RefusedException {
    if (!block.quantity().equals(setup.quantity())
        || block.intervalSeconds() != setup.intervalSeconds()
        || block.statistic() == Block.Statistic.VALUE) {
      throw new RefusedException(
          Reason.POLICY,
          "The cohort "
              + setup.cohort()
              + " sums "
              + setup.quantity()
              + " of intervals of "
              + setup.intervalSeconds()
              + " s and nothing else.");
    }
    if (consent.terms().cohort() > setup.members().size()) {
      throw new RefusedException(
          Reason.POLICY,
          "The cohort "
              + setup.cohort()
              + " has "
              + setup.members().size()
              + " homes; the consent wants "
              + consent.terms().cohort()
              + ".");
    }
    boolean beyond = false;
    for (int i = 0; i < block.size(); i++) {
      long window = Math.floorDiv(block.starts()[i], 1000L);
      if (block.starts()[i] % 1000 == 0
          && window % setup.intervalSeconds() == 0
          && window >= from
          && window + setup.intervalSeconds() <= now
          && (block.qualities()[i] & Quality.OUT_OF_RANGE) == 0) {
        Entry entry =
            waiting.computeIfAbsent(
                window, w -> new Entry(consent.id(), consent.terms().cohort(), new HashMap<>()));
        if (entry.consent().equals(consent.id())
            && (entry.subjects().size() < MAX_SUBJECTS
                || entry.subjects().containsKey(block.subject()))) {
          entry.subjects().put(block.subject(), scaled(block.mantissas()[i], block.exponent()));
          beyond |= entry.total(setup.largest()).isEmpty();
        }
      }
    }
    while (waiting.size() > MAX_WINDOWS) {
      waiting.pollFirstEntry();
    }
    if (beyond) {
      throw new RefusedException(
          Reason.OUT_OF_BOUNDS,
          "A value is beyond the range of the cohort "
              + setup.cohort()
              + ": this home is left out of that interval.");
    }
  }

  /**
   * In the cohort's multiples, halves to the even neighbour; beyond any range if it does not fit.
   */
  private long scaled(long mantissa, int exponent) {
    BigDecimal value =
        BigDecimal.valueOf(mantissa, setup.exponent() - exponent)
            .setScale(0, RoundingMode.HALF_EVEN);
    return value.abs().compareTo(BigDecimal.valueOf(Setup.MAX_LARGEST)) > 0
        ? Long.MAX_VALUE
        : value.longValueExact();
  }

  /** What this home adds to a window, if it has a value within the range. */
  synchronized Optional<Contribution> of(long window) {
    Entry entry = waiting.get(window);
    return entry == null
        ? Optional.empty()
        : entry
            .total(setup.largest())
            .map(total -> new Contribution(entry.consent(), total, entry.cohort()));
  }

  /** Forgets a window and all before it. */
  synchronized void over(long window) {
    waiting.headMap(window, true).clear();
  }

  synchronized void withdraw(String consent) {
    waiting.values().removeIf(entry -> entry.consent().equals(consent));
  }
}
