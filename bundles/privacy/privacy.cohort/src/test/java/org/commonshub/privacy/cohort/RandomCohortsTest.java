package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.privacy.cohort.CohortException.Why;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.privacy.cohort.Wire.Round;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 10,000 random cohorts with an honest collector: members that drop out in any round and members
 * that lie. The masked sum is the plain sum of who is in it, or there is a refusal with a name.
 */
@Timeout(600)
class RandomCohortsTest {
  private static final int RUNS = Boolean.getBoolean("hub.quick") ? 1_000 : 10_000;
  private static final int BUCKETS = 256;

  /** What a member does. */
  private enum Lie {
    NONE,
    DROPS_OUT,
    GARBAGE,
    OLD_ANSWER,
    COPIES_NEIGHBOUR,
    WRONG_SHARES_DEALT,
    WRONG_DIGESTS,
    WRONG_SHARES_REVEALED,
    OTHER_SHARES_REVEALED,
    OTHER_SET_SIGNED,
    VALUE_BEYOND
  }

  private final ToySuite suite = new ToySuite();
  private final long[] buckets = new long[BUCKETS];
  private final Map<Why, Integer> refusals = new EnumMap<>(Why.class);
  private int sums;

  @Test
  void masksAddUpOrThereIsARefusal() {
    long begin = System.nanoTime();
    for (int run = 0; run < RUNS; run++) {
      try {
        run(new Random(run), run);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("in run " + run, e);
      }
    }
    System.out.printf(
        "%d cohorts: %d sums, refused: %s, %d s%n",
        RUNS, sums, refusals, (System.nanoTime() - begin) / 1_000_000_000L);
    assertThat(sums).isGreaterThan(RUNS / 3);
    assertThat(refusals).containsKeys(Why.TOO_FEW, Why.SHARES, Why.RANGE);
    assertThat(refusals.keySet()).isSubsetOf(Why.TOO_FEW, Why.SHARES, Why.RANGE);
    chiSquare();
  }

  /** What members send is even: 255 degrees of freedom, six standard deviations. */
  private void chiSquare() {
    long all = 0;
    for (long each : buckets) {
      all += each;
    }
    double expected = all / (double) BUCKETS;
    double chi = 0;
    for (long each : buckets) {
      chi += (each - expected) * (each - expected) / expected;
    }
    System.out.printf("chi-square of %d masked values: %.1f (255 expected)%n", all, chi);
    assertThat(chi).isBetween(255 - 6 * Math.sqrt(510), 255 + 6 * Math.sqrt(510));
  }

  private void run(Random random, int run) {
    int size = 3 + (int) (38 * Math.pow(random.nextDouble(), 2));
    int colluders = random.nextInt(Math.min(size - 2, 6));
    Setup setup = Cohorts.of(size, colluders, random.nextInt(4) == 0 ? size - 1 : 0);
    double drops = random.nextInt(3) == 0 ? 0 : 0.12 * random.nextDouble();
    double lies = random.nextInt(3) == 0 ? 0 : 0.06 * random.nextDouble();
    long window = 900L * (1000 + run);
    List<Member> members = new ArrayList<>();
    List<Member> before = new ArrayList<>();
    Lie[] lie = new Lie[size];
    Round[] when = new Round[size];
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      double dice = random.nextDouble();
      lie[i] =
          dice < drops
              ? Lie.DROPS_OUT
              : dice < drops + lies
                  ? Lie.values()[1 + random.nextInt(Lie.values().length - 1)]
                  : Lie.NONE;
      when[i] = Round.values()[random.nextInt(Round.values().length)];
      values[i] =
          lie[i] == Lie.VALUE_BEYOND
              ? random.nextLong() | Long.MIN_VALUE >>> 1
              : random.nextInt(2 * (int) Cohorts.LARGEST + 1) - Cohorts.LARGEST;
      members.add(member(setup, i, window, values[i], random));
      before.add(lie[i] == Lie.OLD_ANSWER ? member(setup, i, window - 900, 1, random) : null);
    }
    Collector collector = new Collector(setup, window, suite, new ToySignatures(-1));
    Knowledge knowledge = new Knowledge(setup, colluding(lie, colluders));
    Set<Integer> survivors = new HashSet<>();
    Map<Integer, byte[]> neighbours = new HashMap<>();
    try {
      Round round = Round.OPEN;
      SortedMap<Integer, byte[]> questions = collector.next();
      while (!questions.isEmpty()) {
        for (Map.Entry<Integer, byte[]> each : questions.entrySet()) {
          int i = each.getKey();
          Question question = Question.decode(each.getValue());
          round = question.round();
          byte[] answer = answer(members.get(i), question);
          if (answer != null && when[i] == round) {
            byte[] honest = answer;
            answer = lie(lie[i], question, answer, before.get(i), neighbours, i, random);
            values[i] += shift(round, honest, answer);
          }
          observe(knowledge, question, i, answer);
          if (answer == null) {
            continue;
          }
          neighbours.put(round.ordinal(), answer);
          try {
            collector.answer(i, answer);
            if (round == Round.DEAL) {
              survivors.add(i);
            }
          } catch (CohortException e) {
            assertThat(lie[i]).as(e.getMessage()).isNotEqualTo(Lie.NONE);
          }
        }
        questions = collector.next();
      }
      long sum = collector.sum();
      assertThat(sum).isEqualTo(survivors.stream().mapToLong(i -> values[i]).sum());
      assertThat(collector.homes()).isEqualTo(survivors.size());
      assertThat(survivors.size()).isGreaterThanOrEqualTo(colluders + 3);
      sums++;
    } catch (CohortException e) {
      refusals.merge(e.why(), 1, Integer::sum);
    } catch (MalformedCborException e) {
      throw new AssertionError(e);
    }
    assertThat(knowledge.anybodyUnmasked()).isFalse();
    assertThat(knowledge.knownSums()).hasSizeLessThan(2);
    knowledge.knownSums().forEach(group -> assertThat(group).hasSizeGreaterThanOrEqualTo(3));
  }

  /** Who changes its masked value has another value: that is a lie about its own home only. */
  private static long shift(Round round, byte[] honest, byte[] said) {
    try {
      return round == Round.DEAL && said != null
          ? Wire.Masked.decode(said).value() - Wire.Masked.decode(honest).value()
          : 0;
    } catch (MalformedCborException e) {
      return 0; // out
    }
  }

  private Member member(Setup setup, int self, long window, long value, Random random) {
    return new Member(
        setup, self, window, value, 0, suite, new ToySignatures(self), new Tape(random.nextLong()));
  }

  /** Of those that lie at most t work with the collector. */
  private static Set<Integer> colluding(Lie[] lies, int most) {
    Set<Integer> colluding = new HashSet<>();
    for (int i = 0; i < lies.length && colluding.size() < most; i++) {
      if (lies[i].compareTo(Lie.DROPS_OUT) > 0) {
        colluding.add(i);
      }
    }
    return colluding;
  }

  private static byte[] answer(Member member, Question question) {
    try {
      return member.answer(question.round(), question.items());
    } catch (CohortException e) {
      return null;
    }
  }

  private static byte[] lie(
      Lie lie,
      Question question,
      byte[] answer,
      Member before,
      Map<Integer, byte[]> others,
      int self,
      Random random)
      throws MalformedCborException {
    Round round = question.round();
    switch (lie) {
      case DROPS_OUT:
        return null;
      case GARBAGE:
        byte[] garbage = answer.clone();
        garbage[random.nextInt(garbage.length)] ^= (byte) (1 << random.nextInt(8));
        return garbage;
      case OLD_ANSWER:
        return round == Round.OPEN ? answer(before, question) : new byte[] {0};
      case COPIES_NEIGHBOUR:
        return others.getOrDefault(round.ordinal(), answer);
      case WRONG_SHARES_DEALT:
      case WRONG_DIGESTS:
        if (round != Round.ROSTER) {
          return answer;
        }
        SortedMap<Integer, byte[]> dealt = new TreeMap<>(Wire.shares(answer, Wire.DEALT));
        dealt.replaceAll(
            (member, bytes) -> {
              byte[] changed = bytes.clone();
              changed[lie == Lie.WRONG_DIGESTS ? Wire.DEALT - 1 : 3] ^= 1;
              return changed;
            });
        return Wire.encode(dealt);
      case WRONG_SHARES_REVEALED:
      case OTHER_SHARES_REVEALED:
        if (round != Round.UNMASK) {
          return answer;
        }
        SortedMap<Integer, byte[]> shares = new TreeMap<>(Wire.shares(answer, Sharing.BYTES));
        if (lie == Lie.WRONG_SHARES_REVEALED) {
          shares.replaceAll((member, bytes) -> Suite.sha256(bytes));
        } else {
          shares.keySet().removeIf(member -> random.nextBoolean());
          shares.put(63, new byte[Sharing.BYTES]);
        }
        return Wire.encode(shares);
      case OTHER_SET_SIGNED:
        return round == Round.SURVIVORS
            ? new ToySignatures(self).sign(Wire.survivors(new byte[32], self, 7, 7))
            : answer;
      default:
        return answer;
    }
  }

  private void observe(Knowledge knowledge, Question question, int member, byte[] answer) {
    if (answer == null) {
      return;
    }
    try {
      switch (question.round()) {
        case ROSTER -> knowledge.dealt(member, question.window(), question.items(), answer);
        case DEAL -> {
          knowledge.masked(member, question.items().keySet());
          buckets[(int) (Wire.Masked.decode(answer).value() >>> 56)]++;
        }
        case UNMASK -> knowledge.revealed(member, Wire.shares(answer, Sharing.BYTES));
        default -> {}
      }
    } catch (MalformedCborException e) {
      assertThat(e).hasMessageNotContaining("\n"); // a liar's
    }
  }
}
