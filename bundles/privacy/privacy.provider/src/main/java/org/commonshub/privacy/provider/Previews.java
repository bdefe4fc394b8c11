package org.commonshub.privacy.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Preview;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.ReleaseCodec;
import org.commonshub.privacy.api.Terms;

/** What would be released, by the same way as what is, but with a budget that nobody keeps. */
final class Previews {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMinutes(1);
  private static final int RAW_BLOCKS = 8;

  private final Gate gate;

  Previews(Gate gate) {
    this.gate = gate;
  }

  /** The preview of a choice. */
  Preview of(Ask ask, Terms terms) {
    Instant now = gate.flows().now();
    List<Block> raw = raw(terms, now);
    List<Block> released = List.of();
    String payload = "";
    Optional<String> refusal = gate.policies().missing(terms);
    if (refusal.isEmpty()) {
      try {
        released = released(terms, now);
        Release next = new Release(ask.id(), ask.recipient(), ask.purpose(), now, newest(released));
        payload = terms.mode() == Mode.AGGREGATE ? "" : ReleaseCodec.json(next);
      } catch (RefusedException e) {
        refusal = Optional.of(e.getMessage());
      }
    }
    return new Preview(
        terms, raw, released, payload, Inferences.of(terms), Inferences.protection(terms), refusal);
  }

  /**
   * The last day that is old enough; longer where an interval is, shorter where values are many.
   */
  private List<Block> released(Terms terms, Instant now) throws RefusedException {
    Duration length = terms.resolution().length().multipliedBy(2);
    Instant end = now.minus(terms.delay());
    Duration shown = length.compareTo(DAY) > 0 ? length : DAY;
    while (true) {
      Instant begin = end.minus(shown);
      try {
        return gate.reads().blocks(terms, begin, end, now, begin, new DryBudget());
      } catch (RefusedException e) {
        // More values than one read gives: show a shorter time.
        if (e.reason() != RefusedException.Reason.OUT_OF_BOUNDS || shown.compareTo(SHORT) < 0) {
          throw e;
        }
        shown = shown.dividedBy(24);
      }
    }
  }

  /** As a subscription would hand it over: of each series the newest value. */
  private static List<Block> newest(List<Block> blocks) {
    List<Block> last = new ArrayList<>();
    for (Block block : blocks) {
      int i = block.size() - 1;
      if (i < 0) {
        continue;
      }
      Block one =
          block.with(
              block.exponent(),
              new long[] {block.starts()[i]},
              new long[] {block.mantissas()[i]},
              new int[] {block.qualities()[i]});
      last.removeIf(b -> b.subject().equals(one.subject()) && b.quantity().equals(one.quantity()));
      last.add(one);
    }
    return last;
  }

  /** The curve as the prosumer sees it, one value a minute. */
  private List<Block> raw(Terms terms, Instant now) {
    try {
      List<Block> blocks = new ArrayList<>();
      for (Batch batch : gate.flows().past().minutes(terms, now.minus(DAY), now)) {
        blocks.addAll(batch.blocks());
      }
      return blocks.size() > RAW_BLOCKS ? blocks.subList(0, RAW_BLOCKS) : blocks;
    } catch (Fault e) {
      return List.of();
    }
  }
}
