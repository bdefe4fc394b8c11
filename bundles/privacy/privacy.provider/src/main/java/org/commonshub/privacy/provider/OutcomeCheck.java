package org.commonshub.privacy.provider;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Terms;

/**
 * What the gate believes of no policy: after each, and once more at the end, it looks whether what
 * came out is within the terms. Whether noise is random enough is the one thing that cannot be seen
 * in a block; it rests on the noise policy and its tests. Immutable; any thread.
 */
final class OutcomeCheck {
  private final Terms terms;
  private final ZoneId zone;
  private final Instant youngest;

  OutcomeCheck(Terms terms, Instant now, ZoneId zone) {
    this.terms = terms;
    this.zone = zone;
    this.youngest = now.minus(terms.delay());
  }

  /** Checks what one policy made of one block. */
  void step(String policy, Block before, Block after) throws Fault {
    if (after == null) {
      throw lie(policy, "gave nothing back");
    }
    if (!after.quantity().equals(before.quantity())) {
      throw lie(policy, "gave another quantity back");
    }
    boolean names = Chain.BUILT_IN.contains(policy);
    if (policy.equals(Chain.PSEUDONYM)
        ? after.subject().equals(before.subject()) && after.size() > 0
        : names && !after.subject().equals(before.subject())) {
      throw lie(policy, "gave a device the wrong name");
    }
    if (policy.equals(Chain.AGGREGATE)) {
      intervals(policy, before, after);
    } else {
      if (after.statistic() != before.statistic()
          || after.intervalSeconds() != before.intervalSeconds()) {
        throw lie(policy, "changed what its values mean");
      }
      for (long start : after.starts()) {
        if (Arrays.binarySearch(before.starts(), start) < 0) {
          throw lie(policy, "added an instant");
        }
      }
    }
    if (policy.equals(Chain.DELAY)) {
      age(policy, after);
    }
    if (policy.equals(Chain.QUANTIZE)) {
      multiples(policy, after);
    }
  }

  /** Checks everything once more, right before it is released. */
  void last(List<Block> blocks) throws Fault {
    Set<List<Object>> series = new HashSet<>();
    for (Block block : blocks) {
      if (!series.add(List.of(block.subject(), block.quantity()))
          && terms.mode() == Mode.AGGREGATE) {
        throw lie("the last", "named two devices alike");
      }
      if (terms.mode() == Mode.RAW) {
        if (block.statistic() != Statistic.VALUE || block.intervalSeconds() != 0) {
          throw lie("the last", "changed what its values mean");
        }
      } else {
        aligned("the last", block);
      }
      age("the last", block);
      multiples("the last", block);
      if (!terms.quantities().map(q -> q.contains(block.quantity())).orElse(true)) {
        throw lie("the last", "gave a quantity that is not allowed");
      }
    }
  }

  private void intervals(String policy, Block before, Block after) throws Fault {
    if (after.size() == 0) {
      return;
    }
    aligned(policy, after);
    if (before.size() == 0
        || after.starts()[0]
            < terms
                .resolution()
                .start(Instant.ofEpochMilli(before.starts()[0]), zone)
                .toEpochMilli()
        || after.starts()[after.size() - 1] > before.starts()[before.size() - 1]) {
      throw lie(policy, "made intervals where there were no values");
    }
  }

  private void aligned(String policy, Block block) throws Fault {
    Granularity resolution = terms.resolution();
    if (block.statistic() == Statistic.VALUE || block.intervalSeconds() != resolution.seconds()) {
      throw lie(policy, "gave other intervals than the terms say");
    }
    for (long start : block.starts()) {
      boolean aligned =
          resolution.compareTo(Granularity.HOUR) <= 0
              ? Math.floorMod(start, resolution.seconds() * 1000L) == 0
              : resolution.start(Instant.ofEpochMilli(start), zone).toEpochMilli() == start;
      if (!aligned) {
        throw lie(policy, "gave intervals that do not begin where they should");
      }
    }
  }

  private void age(String policy, Block block) throws Fault {
    if (block.size() == 0) {
      return;
    }
    Instant last = Instant.ofEpochMilli(block.starts()[block.size() - 1]);
    Instant end =
        block.intervalSeconds() == 0
            ? last
            : terms.mode() == Mode.RAW
                ? last.plus(Duration.ofSeconds(block.intervalSeconds()))
                : terms.resolution().next(last, zone);
    if (end.isAfter(youngest)) {
      throw lie(policy, "gave a value that is too young");
    }
  }

  private void multiples(String policy, Block block) throws Fault {
    Optional<Long> quantum = quantum(block);
    if (quantum.isEmpty() || block.size() == 0) {
      return;
    }
    // A value m·10^e is a multiple of q thousandths if m·10^(e+3) is one of q.
    BigInteger q = BigInteger.valueOf(quantum.get());
    int shift = block.exponent() + 3;
    BigInteger step =
        shift >= 0
            ? q.divide(q.gcd(BigInteger.TEN.pow(shift)))
            : q.multiply(BigInteger.TEN.pow(-shift));
    boolean fits = step.bitLength() < 64;
    for (long mantissa : block.mantissas()) {
      if (fits ? mantissa % step.longValue() != 0 : mantissa != 0) {
        throw lie(policy, "gave a value that is not rounded as the terms say");
      }
    }
  }

  private Optional<Long> quantum(Block block) {
    Map<Unit, Long> quantum = terms.quantum();
    if (quantum.isEmpty()) {
      return Optional.empty();
    }
    String name = block.quantity();
    int bracket = name.indexOf('[');
    return Quantity.byName(bracket < 0 ? name : name.substring(0, bracket))
        .map(q -> quantum.get(q.unit()));
  }

  private static Fault lie(String policy, String what) {
    return Fault.closing("Policy " + policy + " " + what + "; nothing of it was released.");
  }
}
