package org.commonshub.privacy.cohort;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;

/**
 * What a collector and its colluders can work out about the others: whose seed and whose key they
 * have enough shares of, and so which sums of values.
 *
 * <p>A masked value of an honest member is its value, plus its own mask, plus a mask with each
 * member whose shares it was shown. Own masks fall with the seed; a mask with another honest member
 * falls with either key, else only together with the other's masked value, in the sum. So the
 * honest members whose seed is known hang together by the masks that are not known, and the sum of
 * each such group, and nothing else, is known.
 */
final class Knowledge {
  private final Setup setup;
  private final Set<Integer> colluders;
  private final Map<Integer, Set<Integer>> seedShares = new HashMap<>();
  private final Map<Integer, Set<Integer>> keyShares = new HashMap<>();

  private final Map<Integer, SortedMap<Integer, byte[]>> dealt = new HashMap<>();

  /** Of an honest member that gave a masked value: in which roster, with masks with whom. */
  private final Map<Integer, byte[]> rosters = new HashMap<>();

  private final Map<Integer, Long> masksWith = new HashMap<>();

  Knowledge(Setup setup, Set<Integer> colluders) {
    this.setup = setup;
    this.colluders = colluders;
  }

  /** A member dealt shares to a roster: colluders in it hold theirs. */
  void dealt(int from, long window, SortedMap<Integer, byte[]> signedKeys, byte[] answer) {
    try {
      SortedMap<Integer, byte[]> shares = Wire.shares(answer, Wire.DEALT);
      SortedMap<Integer, Wire.Keys> keys =
          Member.keys(setup, setup.hash(), window, signedKeys, new ToySignatures(-1));
      rosters.put(from, Wire.roster(setup.hash(), window, keys));
      dealt.put(from, shares);
      for (int member : shares.keySet()) {
        if (colluders.contains(member)) {
          seedShares.computeIfAbsent(from, f -> new HashSet<>()).add(member);
          keyShares.computeIfAbsent(from, f -> new HashSet<>()).add(member);
        }
      }
    } catch (MalformedCborException | CohortException e) {
      dealt.remove(from); // a liar's
    }
  }

  void masked(int from, Set<Integer> dealers) {
    if (!colluders.contains(from)) {
      masksWith.put(from, Bytes.set(dealers));
    }
  }

  /** A member answered the last round: which share of whom it is tells the dealer's digest. */
  void revealed(int holder, SortedMap<Integer, byte[]> shares) {
    shares.forEach(
        (of, share) -> {
          byte[] sealed = dealt.getOrDefault(of, new TreeMap<>()).get(holder);
          if (sealed != null) {
            count(seedShares, "seed share", of, holder, share, sealed, Wire.SEALED);
            count(keyShares, "key share", of, holder, share, sealed, Wire.SEALED + Suite.KEY);
          }
        });
  }

  private void count(
      Map<Integer, Set<Integer>> known,
      String label,
      int of,
      int holder,
      byte[] share,
      byte[] dealtTo,
      int at) {
    byte[] digest = Arrays.copyOfRange(dealtTo, at, at + Suite.KEY);
    if (Arrays.equals(digest, Wire.digest(label, rosters.get(of), of, holder, share))) {
      known.computeIfAbsent(of, o -> new HashSet<>()).add(holder);
    }
  }

  private boolean known(Map<Integer, Set<Integer>> shares, int member) {
    return shares.getOrDefault(member, Set.of()).size() >= setup.threshold();
  }

  /** How many shares of a member's seed were revealed. */
  int seedShares(int member) {
    return seedShares.getOrDefault(member, Set.of()).size();
  }

  /** How many shares of a member's key were revealed. */
  int keyShares(int member) {
    return keyShares.getOrDefault(member, Set.of()).size();
  }

  /** Both secrets of some honest member are known. */
  boolean anybodyUnmasked() {
    return masksWith.keySet().stream()
        .anyMatch(member -> known(seedShares, member) && known(keyShares, member));
  }

  /** Groups of honest members whose sum is known. */
  Set<Set<Integer>> knownSums() {
    Set<Integer> bare = new HashSet<>();
    for (int member : masksWith.keySet()) {
      if (known(seedShares, member)) {
        bare.add(member);
      }
    }
    Set<Set<Integer>> groups = new HashSet<>();
    Set<Integer> done = new HashSet<>();
    for (int begin : bare) {
      Set<Integer> group = new HashSet<>();
      Deque<Integer> open = new ArrayDeque<>(Set.of(begin));
      boolean hidden = false;
      while (!open.isEmpty()) {
        int member = open.pop();
        if (!group.add(member)) {
          continue;
        }
        for (int other = 0; other < setup.members().size(); other++) {
          if (other == member
              || colluders.contains(other)
              || !Bytes.has(masksWith.get(member), other)
              || known(keyShares, member)
              || known(keyShares, other)) {
            continue;
          }
          // A mask that nobody knows: gone in the sum with the other, if the other has the same.
          if (bare.contains(other)
              && Bytes.has(masksWith.get(other), member)
              && Arrays.equals(rosters.get(member), rosters.get(other))) {
            open.push(other);
          } else {
            hidden = true;
          }
        }
      }
      if (!hidden && done.addAll(group)) {
        groups.add(group);
      }
    }
    return groups;
  }
}
