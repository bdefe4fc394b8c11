package org.commonshub.privacy.cohort;

import java.util.List;
import java.util.TreeSet;
import org.commonshub.identity.api.Cbor;

/**
 * What all hubs of a cohort agree on: the same settings on each. A member's number is its place in
 * the sorted list.
 *
 * @param cohort its name
 * @param collector DID of the hub that collects; may be a member
 * @param members DIDs, sorted, at most 64
 * @param colluders t: how many members may work together with the collector and still learn only
 *     the sum of the others
 * @param minimum fewest homes in a sum, as configured; see {@link #least()}
 * @param quantity what is summed
 * @param intervalSeconds length of a window; a window's number is its begin in seconds since 1970
 * @param exponent values are whole multiples of {@code 10^exponent}
 * @param largest largest magnitude of one home's value, in these multiples
 */
record Setup(
    String cohort,
    String collector,
    List<String> members,
    int colluders,
    int minimum,
    String quantity,
    int intervalSeconds,
    int exponent,
    long largest) {
  /** Most members: they fit into the bits of a {@code long}, and all messages into one frame. */
  static final int MAX_MEMBERS = 64;

  /** Honest homes that are left in a sum, at least. */
  static final int HONEST = 3;

  /** Most of {@link #largest}: 64 of them stay far below 2⁶³. */
  static final long MAX_LARGEST = 1_000_000_000_000_000L;

  private static final int MAX_TEXT = 72;

  Setup {
    members = List.copyOf(new TreeSet<>(members));
    if (colluders < 0 || members.size() < colluders + HONEST || members.size() > MAX_MEMBERS) {
      throw new IllegalArgumentException(
          "A cohort with "
              + colluders
              + " members that may collude has "
              + Math.max(HONEST, colluders + HONEST)
              + " to 64 members, not "
              + members.size()
              + ": name more members or fewer colluders.");
    }
    if (cohort.isEmpty()
        || cohort.length() > MAX_TEXT
        || quantity.length() > MAX_TEXT
        || collector.length() > 2 * MAX_TEXT
        || members.stream().anyMatch(did -> did.length() > 2 * MAX_TEXT)) {
      throw new IllegalArgumentException(
          "A cohort's name and quantity have at most 72 characters, a DID 144.");
    }
    if (minimum > members.size()) {
      throw new IllegalArgumentException(
          "No sum has "
              + minimum
              + " homes in a cohort of "
              + members.size()
              + ": choose a smaller minimum.");
    }
    if (largest < 1 || largest > MAX_LARGEST) {
      throw new IllegalArgumentException("The largest value of a home is 1 to 10^15.");
    }
  }

  /**
   * How many must agree on who is in the sum, and how many shares find a secret. More than half of
   * members and colluders, so that no two sets get there: {@code max(t + 3, ⌊(k + t)/2⌋ + 1)}.
   */
  int threshold() {
    return Math.max(colluders + HONEST, (members.size() + colluders) / 2 + 1);
  }

  /** Fewest homes in a sum. */
  int least() {
    return Math.max(threshold(), minimum);
  }

  /** Name of these settings; with others no word is exchanged. */
  byte[] hash() {
    return Suite.sha256(
        Cbor.encode(
            List.of(
                "commonshub cohort 1",
                cohort,
                collector,
                members,
                (long) colluders,
                (long) minimum,
                quantity,
                (long) intervalSeconds,
                (long) exponent,
                largest)));
  }
}
