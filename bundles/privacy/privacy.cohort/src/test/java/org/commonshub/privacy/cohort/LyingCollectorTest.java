package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.privacy.cohort.Wire.Keys;
import org.commonshub.privacy.cohort.Wire.Round;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 10,000 random cohorts with a collector that lies and up to t members on its side: different
 * rosters, dealers and survivors for different members, members said to have dropped out that did
 * not, signatures and shares from elsewhere. It must never be able to work out more than one sum,
 * and that over at least three honest homes.
 */
@Timeout(600)
class LyingCollectorTest {
  private static final int RUNS = Boolean.getBoolean("hub.quick") ? 1_000 : 10_000;

  private final ToySuite suite = new ToySuite();
  private int unmasked;

  @Test
  void oneSumAtMostAndNobodyUnmasked() {
    for (int run = 0; run < RUNS; run++) {
      try {
        new Attack(new Random(run), run).run();
      } catch (AssertionError | RuntimeException | MalformedCborException e) {
        throw new AssertionError("in run " + run, e);
      }
    }
    System.out.printf("%d attacks; in %d one sum was released%n", RUNS, unmasked);
    assertThat(unmasked).isBetween(RUNS / 20, RUNS);
  }

  /** What the collector tries. */
  private enum Plan {
    /** Anything, anywhere. */
    RANDOM,
    /** Two sets of survivors for two halves: to have both secrets of who is in one of them only. */
    HALVES,
    /** A set for each: to have the sum of the few who are in all. */
    FEW
  }

  private final class Attack {
    private final Random random;
    private final Setup setup;
    private final int size;
    private final long window;
    private final Set<Integer> colluders = new HashSet<>();
    private final Map<Integer, Member> honest = new TreeMap<>();
    private final Knowledge knowledge;

    /** How often it does what an honest collector would do. */
    private final double honesty;

    /** Stories told; each honest member hears one of them in each round. */
    private final int stories;

    private final Plan plan;

    Attack(Random random, int run) {
      this.random = random;
      size = 3 + (int) (38 * Math.pow(random.nextDouble(), 2));
      setup = Cohorts.of(size, random.nextInt(Math.min(size - 2, 8)), 0);
      window = 900L * (run + 1);
      while (colluders.size() < setup.colluders()) {
        colluders.add(random.nextInt(size));
      }
      for (int i = 0; i < size; i++) {
        if (!colluders.contains(i)) {
          honest.put(
              i,
              new Member(
                  setup,
                  i,
                  window,
                  random.nextInt(1000),
                  0,
                  suite,
                  new ToySignatures(i),
                  new Tape(random.nextLong())));
        }
      }
      knowledge = new Knowledge(setup, colluders);
      plan = Plan.values()[random.nextInt(Plan.values().length)];
      honesty = plan != Plan.RANDOM || random.nextInt(3) == 0 ? 1 : 0.7 + 0.3 * random.nextDouble();
      stories = plan == Plan.RANDOM ? 1 + random.nextInt(3) : 1;
    }

    void run() throws MalformedCborException {
      // One-time keys: of colluders as many as there are stories.
      Map<Integer, byte[]> honestKeys = ask(Round.OPEN, i -> new TreeMap<>());
      List<SortedMap<Integer, byte[]>> rosters = new ArrayList<>();
      for (int story = 0; story < stories; story++) {
        SortedMap<Integer, byte[]> roster = new TreeMap<>();
        honestKeys.forEach((i, keys) -> maybe(() -> roster.put(i, keys)));
        boolean other = rarely(4);
        for (int i : colluders) {
          roster.put(i, colluderKeys(i, other ? story : 0));
        }
        if (rarely(20) && roster.size() > 1) {
          roster.put(roster.firstKey(), roster.get(roster.lastKey())); // twice the same
        }
        rosters.add(roster);
      }
      Map<Integer, SortedMap<Integer, byte[]>> rosterOf = tell(rosters, honest.keySet());
      Map<Integer, byte[]> dealt = ask(Round.ROSTER, rosterOf::get);
      dealt.forEach((i, shares) -> knowledge.dealt(i, window, rosterOf.get(i), shares));

      // Shares: of honest members as they dealt, or nonsense; of colluders nonsense.
      List<Set<Integer>> dealerSets = subsets(dealt.keySet());
      Map<Integer, Set<Integer>> dealersOf = tell(dealerSets, honest.keySet());
      Map<Integer, byte[]> masked =
          ask(
              Round.DEAL,
              i -> {
                SortedMap<Integer, byte[]> items = new TreeMap<>();
                for (int from : dealersOf.get(i)) {
                  byte[] sealed = new byte[Wire.SEALED];
                  random.nextBytes(sealed);
                  SortedMap<Integer, byte[]> shares =
                      dealt.containsKey(from) ? shares(dealt.get(from), Wire.DEALT) : null;
                  if (shares != null && shares.containsKey(i) && !rarely(50)) {
                    System.arraycopy(shares.get(i), 0, sealed, 0, sealed.length);
                  }
                  items.put(from, sealed);
                }
                return items;
              });
      Map<Integer, byte[]> rosterHash = new HashMap<>();
      for (int i : masked.keySet()) {
        rosterHash.put(i, roster(rosterOf.get(i)));
        knowledge.masked(i, dealersOf.get(i));
      }

      // Survivors: those that are, or fewer; views as signed, colluders sign what is wanted.
      List<Set<Integer>> survivorSets = subsets(masked.keySet());
      Map<Integer, Set<Integer>> survivorsOf =
          switch (plan) {
            case RANDOM -> tell(survivorSets, masked.keySet());
            case HALVES -> halves(masked.keySet());
            case FEW -> few(masked.keySet());
          };
      Map<Integer, byte[]> signed =
          ask(
              Round.SURVIVORS,
              i -> {
                SortedMap<Integer, byte[]> views = new TreeMap<>();
                if (masked.containsKey(i)) {
                  for (int of : survivorsOf.get(i)) {
                    byte[] wanted = Wire.view(rosterHash.get(i), of, Bytes.set(dealersOf.get(i)));
                    views.put(
                        of,
                        masked.containsKey(of)
                            ? view(masked.get(of))
                            : new ToySignatures(colluders.contains(of) ? of : -1).sign(wanted));
                  }
                }
                return views;
              });

      // Unmask: all signatures there are, and what colluders sign for each.
      boolean all = random.nextBoolean();
      Map<Integer, byte[]> revealed =
          ask(
              Round.UNMASK,
              i -> {
                SortedMap<Integer, byte[]> statements = new TreeMap<>();
                if (signed.containsKey(i)) {
                  for (int of : survivorsOf.get(i)) {
                    byte[] wanted =
                        Wire.survivors(
                            rosterHash.get(i),
                            of,
                            Bytes.set(dealersOf.get(i)),
                            Bytes.set(survivorsOf.get(i)));
                    if (colluders.contains(of)) {
                      statements.put(of, new ToySignatures(of).sign(wanted));
                    } else if (signed.containsKey(of)
                        && (all || rarely(8) || carries(signed.get(of), of, wanted))) {
                      statements.put(of, signed.get(of));
                    } else if (rarely(100)) {
                      statements.put(of, new ToySignatures(0).sign(wanted));
                    }
                  }
                }
                return statements;
              });
      revealed.forEach((i, shares) -> knowledge.revealed(i, shares(shares, Sharing.BYTES)));
      // Everything again, with other sets.
      for (Round round : Round.values()) {
        int i = honest.keySet().iterator().next();
        assertThat(answer(i, round, new TreeMap<>(Map.of(i, new byte[1])))).isNull();
      }

      assertThat(knowledge.anybodyUnmasked()).isFalse();
      Set<Set<Integer>> sums = knowledge.knownSums();
      assertThat(sums).hasSizeLessThan(2);
      for (Set<Integer> group : sums) {
        assertThat(group.size())
            .isGreaterThanOrEqualTo(setup.threshold() - setup.colluders())
            .isGreaterThanOrEqualTo(Setup.HONEST);
        unmasked++;
      }
    }

    /** Each hears of the same few and of different others. */
    private Map<Integer, Set<Integer>> few(Set<Integer> there) {
      List<Integer> order = new ArrayList<>(there);
      Collections.shuffle(order, random);
      Set<Integer> few = new HashSet<>(colluders);
      few.addAll(order.subList(0, Math.min(order.size(), 2 + random.nextInt(5))));
      Map<Integer, Set<Integer>> heard = new HashMap<>();
      int at = 0;
      for (int i : there) {
        Set<Integer> set = new HashSet<>(few);
        set.add(i);
        while (set.size() < setup.threshold() && at < size * size) {
          set.add(order.get(at++ % order.size())); // in turn, so that votes are even
        }
        heard.put(i, set);
      }
      return heard;
    }

    /** One half hears of all, the other of all but some of the first. */
    private Map<Integer, Set<Integer>> halves(Set<Integer> there) {
      List<Integer> order = new ArrayList<>(there);
      Collections.shuffle(order, random);
      Set<Integer> all = new HashSet<>(colluders);
      all.addAll(there);
      Set<Integer> fewer = new HashSet<>(all);
      int half = (order.size() + random.nextInt(2)) / 2;
      int victims = Math.min(half, 1 + random.nextInt(3));
      order.subList(0, victims).forEach(fewer::remove);
      Map<Integer, Set<Integer>> heard = new HashMap<>();
      for (int i = 0; i < order.size(); i++) {
        heard.put(order.get(i), i < half ? all : fewer);
      }
      return heard;
    }

    /** Nonsense, where there is no plan. */
    private boolean rarely(int one) {
      return plan == Plan.RANDOM && random.nextInt(one) == 0;
    }

    private void maybe(Runnable deed) {
      if (random.nextDouble() < honesty) {
        deed.run();
      }
    }

    private boolean carries(byte[] statement, int of, byte[] wanted) {
      try {
        return Arrays.equals(new ToySignatures(of).payload(of, statement), wanted);
      } catch (CohortException e) {
        return false;
      }
    }

    /** Sets of which each is one story: of the honest ones some, of colluders all. */
    private List<Set<Integer>> subsets(Set<Integer> there) {
      List<Set<Integer>> sets = new ArrayList<>();
      for (int story = 0; story < stories; story++) {
        Set<Integer> set = new HashSet<>(colluders);
        there.forEach(i -> maybe(() -> set.add(i)));
        sets.add(set);
      }
      return sets;
    }

    /** Tells each one of the stories, mostly one that it is in. */
    private <T> Map<Integer, T> tell(List<T> told, Set<Integer> members) {
      Map<Integer, T> heard = new HashMap<>();
      for (int i : members) {
        T story = told.get(random.nextInt(told.size()));
        for (T each : told) {
          if (!in(story, i) && in(each, i)) {
            story = each;
          }
        }
        heard.put(i, story);
      }
      return heard;
    }

    private boolean in(Object story, int member) {
      return story instanceof Map<?, ?> map
          ? map.containsKey(member)
          : ((Set<?>) story).contains(member);
    }

    private byte[] colluderKeys(int member, int story) {
      byte[] secret = new byte[32];
      secret[0] = (byte) member;
      secret[1] = (byte) (story + 1);
      byte[] key = suite.publicKey(secret);
      return new ToySignatures(member)
          .sign(new Keys(setup.hash(), window, member, key, key, secret).encode());
    }

    private byte[] roster(SortedMap<Integer, byte[]> signed) {
      SortedMap<Integer, Keys> keys = new TreeMap<>();
      signed.forEach(
          (i, bytes) -> {
            try {
              keys.put(i, Keys.decode(new ToySignatures(i).payload(i, bytes)));
            } catch (CohortException | MalformedCborException e) {
              throw new AssertionError(e);
            }
          });
      return Wire.roster(setup.hash(), window, keys);
    }

    private SortedMap<Integer, byte[]> shares(byte[] answer, int length) {
      try {
        return Wire.shares(answer, length);
      } catch (MalformedCborException e) {
        throw new AssertionError(e);
      }
    }

    private byte[] view(byte[] masked) {
      try {
        return Wire.Masked.decode(masked).view();
      } catch (MalformedCborException e) {
        throw new AssertionError(e);
      }
    }

    private Map<Integer, byte[]> ask(Round round, Items items) {
      Map<Integer, byte[]> answers = new TreeMap<>();
      for (int i : honest.keySet()) {
        byte[] answer = answer(i, round, items.of(i));
        if (answer != null) {
          answers.put(i, answer);
        }
      }
      return answers;
    }

    private byte[] answer(int member, Round round, SortedMap<Integer, byte[]> items) {
      try {
        return honest.get(member).answer(round, items);
      } catch (CohortException e) {
        return null;
      }
    }
  }

  /** What a member is asked. */
  private interface Items {
    SortedMap<Integer, byte[]> of(int member);
  }
}
