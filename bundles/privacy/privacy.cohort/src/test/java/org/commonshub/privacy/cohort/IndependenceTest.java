package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.privacy.cohort.Wire.Round;
import org.junit.jupiter.api.Test;

/**
 * What the collector and t colluders see does not depend on the others' values beyond their sum.
 *
 * <p>For any two splits of one sum over the honest survivors, and any values of honest members that
 * are said to have dropped out, there is a one-to-one relabelling of the masks under which all that
 * they see is equal to the byte: every message of every round, and the colluders' own secrets and
 * random tapes. Only masks are relabelled whose key or seed they have too few shares of, so to them
 * each mask is as likely as the other (masks as random functions, HKDF; the tapes stay the same).
 * So both splits have the same distribution of views.
 */
class IndependenceTest {
  private static final int RUNS = 400;

  /** Everything that goes over the collector, in order. */
  private record View(byte[] transcript, List<Integer> survivors, List<Integer> late, String sum) {}

  @Test
  void everySplitOfTheSumLooksTheSame() throws Exception {
    int released = 0;
    int lyingDropOuts = 0;
    for (int run = 0; run < RUNS; run++) {
      Random random = new Random(run);
      int size = 4 + random.nextInt(20);
      Setup setup = Cohorts.of(size, random.nextInt(Math.min(size - 2, 5)), 0);
      Set<Integer> colluders = new HashSet<>();
      while (colluders.size() < setup.colluders()) {
        colluders.add(random.nextInt(size));
      }
      long[] values = new long[size];
      for (int i = 0; i < size; i++) {
        values[i] = random.nextInt((int) Cohorts.LARGEST);
      }
      View view = view(setup, run, values, new ToySuite());

      // Other values: honest survivors with the same sum, honest others anything.
      List<Integer> honest = new ArrayList<>(view.survivors());
      honest.removeAll(colluders);
      long[] others = values.clone();
      if (!view.sum().startsWith("refused")) {
        assertThat(honest).hasSizeGreaterThanOrEqualTo(Setup.HONEST);
        released++;
      }
      for (int j = 0; j + 1 < honest.size(); j++) {
        long moved = random.nextInt(1000) - 500L;
        others[honest.get(j)] += moved;
        others[honest.get(j + 1)] -= moved;
      }
      ToySuite relabelled = new ToySuite();
      long carried = 0;
      for (int j = 0; j + 1 < honest.size(); j++) {
        carried += values[honest.get(j)] - others[honest.get(j)];
        relabelled.program("pair", honest.get(j), honest.get(j + 1), carried);
      }
      for (int i = 0; i < size; i++) {
        if (!colluders.contains(i) && !honest.contains(i)) {
          others[i] = random.nextInt((int) Cohorts.LARGEST);
          relabelled.program("self", i, i, values[i] - others[i]);
          lyingDropOuts += view.late().contains(i) ? 1 : 0;
        }
      }
      View same = view(setup, run, others, relabelled);
      assertThat(same.transcript()).as("run %d", run).isEqualTo(view.transcript());
      assertThat(same.sum()).isEqualTo(view.sum());

      // And without the relabelling it is not: the test sees a difference of one.
      others[honest.isEmpty() ? 0 : honest.get(0)]++;
      if (!honest.isEmpty()) {
        assertThat(view(setup, run, others, relabelled).transcript())
            .isNotEqualTo(view.transcript());
      }
    }
    System.out.printf(
        "%d cohorts, %d with a sum, %d members said to have dropped out after their value%n",
        RUNS, released, lyingDropOuts);
    assertThat(released).isGreaterThan(RUNS / 3);
    assertThat(lyingDropOuts).isGreaterThan(RUNS / 10);
  }

  /** Runs a window; who drops out and whose value the collector hides depends on the run alone. */
  private static View view(Setup setup, int run, long[] values, ToySuite suite) throws Exception {
    Random random = new Random(1_000_000L + run);
    long window = 900L * (run + 1);
    Knowledge knowledge = new Knowledge(setup, Set.of());
    Map<Integer, Member> members = new HashMap<>();
    Map<Integer, Round> leaves = new HashMap<>();
    Set<Integer> hidden = new HashSet<>();
    ByteArrayOutputStream transcript = new ByteArrayOutputStream();
    for (int i = 0; i < values.length; i++) {
      members.put(
          i,
          new Member(
              setup,
              i,
              window,
              values[i],
              0,
              suite,
              new ToySignatures(i),
              new Tape(31L * run + i)));
      if (random.nextInt(12) == 0) {
        leaves.put(i, Round.values()[random.nextInt(Round.values().length)]);
      } else if (random.nextInt(12) == 0) {
        hidden.add(i);
      }
    }
    Collector collector = new Collector(setup, window, suite, new ToySignatures(-1));
    Set<Integer> survivors = new HashSet<>();
    Set<Integer> late = new HashSet<>();
    String sum;
    try {
      SortedMap<Integer, byte[]> questions = collector.next();
      while (!questions.isEmpty()) {
        for (Map.Entry<Integer, byte[]> each : new TreeMap<>(questions).entrySet()) {
          int i = each.getKey();
          Question question = Question.decode(each.getValue());
          transcript.writeBytes(each.getValue());
          if (question.round() == leaves.get(i)) {
            continue;
          }
          byte[] answer;
          try {
            answer = members.get(i).answer(question.round(), question.items());
          } catch (CohortException e) {
            continue;
          }
          transcript.writeBytes(answer);
          if (question.round() == Round.ROSTER) {
            knowledge.dealt(i, window, question.items(), answer);
          } else if (question.round() == Round.UNMASK) {
            knowledge.revealed(i, Wire.shares(answer, Sharing.BYTES));
          } else if (question.round() == Round.DEAL && hidden.contains(i)) {
            late.add(i); // has its value, and says that it dropped out
            continue;
          } else if (question.round() == Round.DEAL) {
            survivors.add(i);
          }
          collector.answer(i, answer);
        }
        questions = collector.next();
      }
      sum = Long.toString(collector.sum());
    } catch (CohortException e) {
      sum = "refused: " + e.why();
    }
    transcript.writeBytes(sum.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < values.length; i++) {
      // What is relabelled stays unknown: keys of survivors, seeds of all others.
      assertThat(survivors.contains(i) ? knowledge.keyShares(i) : knowledge.seedShares(i)).isZero();
    }
    return new View(
        transcript.toByteArray(), survivors.stream().sorted().toList(), List.copyOf(late), sum);
  }
}
