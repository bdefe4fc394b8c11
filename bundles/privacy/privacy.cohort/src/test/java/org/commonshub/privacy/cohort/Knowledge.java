package org.commonshub.privacy.cohort;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

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

  /** Of an honest member that gave a masked value: in which roster, with masks with whom. */
  private final Map<Integer, byte[]> rosters = new HashMap<>();

  private final Map<Integer, Long> masksWith = new HashMap<>();

  Knowledge(Setup setup, Set<Integer> colluders) {
    this.setup = setup;
    this.colluders = colluders;
  }

  /** An honest member dealt shares: colluders among the roster hold theirs. */
  void dealt(int from, Set<Integer> roster) {
    for (int member : roster) {
      if (colluders.contains(member)) {
        seedShares.computeIfAbsent(from, f -> new HashSet<>()).add(member);
        keyShares.computeIfAbsent(from, f -> new HashSet<>()).add(member);
      }
    }
  }

  void masked(int from, byte[] roster, Set<Integer> dealers) {
    if (!colluders.contains(from)) {
      rosters.put(from, roster);
      masksWith.put(from, Bytes.set(dealers));
    }
  }

  /** An honest member answered the last round. */
  void revealed(int holder, SortedMap<Integer, byte[]> shares, Set<Integer> survivors) {
    for (int of : shares.keySet()) {
      (survivors.contains(of) ? seedShares : keyShares)
          .computeIfAbsent(of, o -> new HashSet<>())
          .add(holder);
    }
  }

  private boolean known(Map<Integer, Set<Integer>> shares, int member) {
    return shares.getOrDefault(member, Set.of()).size() >= setup.threshold();
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
