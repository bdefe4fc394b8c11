package org.commonshub.privacy.cohort;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.privacy.cohort.CohortException.Why;
import org.commonshub.privacy.cohort.Wire.Keys;
import org.commonshub.privacy.cohort.Wire.Masked;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.privacy.cohort.Wire.Round;

/**
 * The collector of one window, without input or output: {@link #next()} gives the questions of a
 * round, {@link #answer} takes what came back, and after the last round {@link #sum()} gives the
 * sum. A member that does not answer, or wrongly, is out; what is wrong with the sum is a refusal,
 * never a wrong sum. Not thread-safe.
 */
final class Collector {
  private final Setup setup;
  private final byte[] setupHash;
  private final long window;
  private final Suite suite;
  private final Signatures signatures;
  private final TreeMap<Integer, byte[]> answers = new TreeMap<>();
  private final Map<Integer, Masked> masked = new TreeMap<>();
  private SortedMap<Integer, byte[]> signedKeys = new TreeMap<>();
  private SortedMap<Integer, Keys> keys = new TreeMap<>();
  private final Map<Integer, SortedMap<Integer, byte[]>> dealt = new TreeMap<>();
  private final Map<Integer, SortedMap<Integer, byte[]>> revealed = new TreeMap<>();
  private byte[] roster;
  private long dealers;
  private long survivors;
  private Round round;

  Collector(Setup setup, long window, Suite suite, Signatures signatures) {
    this.setup = setup;
    this.setupHash = setup.hash();
    this.window = window;
    this.suite = suite;
    this.signatures = signatures;
  }

  /**
   * Ends a round and begins the next.
   *
   * @return whom to ask what; empty after the last round
   * @throws CohortException if too few are left
   */
  SortedMap<Integer, byte[]> next() throws CohortException {
    if (round == null) {
      round = Round.OPEN;
      return questions(members(), member -> new TreeMap<>());
    }
    int needed = round == Round.DEAL ? setup.least() : setup.threshold();
    if (answers.size() < needed) {
      throw new CohortException(
          Why.TOO_FEW,
          "Only "
              + answers.size()
              + " of "
              + setup.members().size()
              + " homes answered "
              + switch (round) {
                case OPEN -> "that they take part";
                case ROSTER -> "with shares";
                case DEAL -> "with a masked value";
                case SURVIVORS -> "who is in the sum";
                case UNMASK -> "with shares that take the masks off";
              }
              + "; it takes "
              + needed
              + ". Nothing was released.");
    }
    List<Integer> there = List.copyOf(answers.keySet());
    SortedMap<Integer, byte[]> taken = new TreeMap<>(answers);
    answers.clear();
    switch (round) {
      case OPEN:
        signedKeys = taken;
        roster = Wire.roster(setupHash, window, keys);
        round = Round.ROSTER;
        return questions(there, member -> signedKeys);
      case ROSTER:
        dealers = Bytes.set(there);
        round = Round.DEAL;
        return questions(
            there,
            member -> {
              SortedMap<Integer, byte[]> forMember = new TreeMap<>();
              there.forEach(
                  from ->
                      forMember.put(from, Arrays.copyOf(dealt.get(from).get(member), Wire.SEALED)));
              return forMember;
            });
      case DEAL:
        survivors = Bytes.set(there);
        round = Round.SURVIVORS;
        return questions(there, member -> taken);
      case SURVIVORS:
        round = Round.UNMASK;
        return questions(there, member -> taken);
      default:
        round = null;
        return new TreeMap<>();
    }
  }

  /**
   * Takes a member's answer.
   *
   * @throws CohortException if it is wrong; the member is out then
   */
  void answer(int member, byte[] answer) throws CohortException {
    try {
      switch (round) {
        case OPEN -> open(member, answer);
        case ROSTER -> dealt(member, answer);
        case DEAL -> masked(member, answer);
        case SURVIVORS -> said(member, answer, Wire.survivors(roster, member, dealers, survivors));
        case UNMASK -> revealed.put(member, Wire.shares(answer, Sharing.BYTES));
      }
      answers.put(member, round == Round.DEAL ? masked.get(member).view() : answer);
    } catch (MalformedCborException e) {
      throw new CohortException(
          Why.MALFORMED, name(member) + " answered what is " + e.getMessage() + ".");
    }
  }

  private void open(int member, byte[] answer) throws CohortException {
    if (answer.length > Wire.MAX_SIGNED) {
      throw new CohortException(Why.MALFORMED, name(member) + " answered too much.");
    }
    SortedMap<Integer, byte[]> signed = new TreeMap<>(Map.of(member, answer));
    Keys said = Member.keys(setup, setupHash, window, signed, signatures).get(member);
    byte[] anySecret = setupHash; // Only to find keys that every other member would refuse.
    suite.agree(anySecret, said.channel());
    suite.agree(anySecret, said.masks());
    keys.put(member, said);
  }

  private void dealt(int member, byte[] answer) throws CohortException, MalformedCborException {
    SortedMap<Integer, byte[]> each = Wire.shares(answer, Wire.DEALT);
    if (!each.keySet().equals(keys.keySet())) {
      throw new CohortException(
          Why.SHARES, name(member) + " did not give shares for everybody in the window.");
    }
    dealt.put(member, each);
  }

  private void masked(int member, byte[] answer) throws CohortException, MalformedCborException {
    Masked value = Masked.decode(answer);
    said(member, value.view(), Wire.view(roster, member, dealers));
    masked.put(member, value);
  }

  private void said(int member, byte[] signed, byte[] expected) throws CohortException {
    if (signed.length > Wire.MAX_SIGNED
        || !Arrays.equals(signatures.payload(member, signed), expected)) {
      throw new CohortException(Why.SETS, name(member) + " signed another set of homes.");
    }
  }

  /** How many homes are in the sum. */
  int homes() {
    return Long.bitCount(survivors);
  }

  /**
   * The sum.
   *
   * @throws CohortException if shares do not fit, or the sum cannot be
   */
  long sum() throws CohortException {
    long sum = 0;
    for (int member : members()) {
      if (Bytes.has(survivors, member)) {
        byte[] seed = secret(member, "seed share", Wire.SEALED);
        byte[] digest = Wire.digest("seed", setupHash, member, member, seed);
        fits(Arrays.equals(digest, keys.get(member).seed()), member);
        sum += masked.get(member).value() - suite.mask(seed, roster, "self", member, member);
      } else if (Bytes.has(dealers, member)) {
        byte[] key = secret(member, "key share", Wire.SEALED + Suite.KEY);
        fits(Arrays.equals(suite.publicKey(key), keys.get(member).masks()), member);
        for (int other : members()) {
          if (Bytes.has(survivors, other)) {
            // The other one's masks with it are the negative of its own.
            sum += Member.pairMask(suite, key, keys.get(other), member, roster);
          }
        }
      }
    }
    // Neither bound overflows: 64 × 10^15 is far below 2^63.
    if (sum > homes() * setup.largest() || sum < -homes() * setup.largest()) {
      throw new CohortException(
          Why.RANGE,
          "The sum is more than "
              + homes()
              + " homes can have: a member gave a false value. Nothing was released.");
    }
    return sum;
  }

  /** Puts a member's secret together from those shares that are what it had dealt. */
  private byte[] secret(int member, String label, int digestAt) throws CohortException {
    List<Integer> holders = new ArrayList<>();
    List<byte[]> shares = new ArrayList<>();
    for (Map.Entry<Integer, SortedMap<Integer, byte[]>> each : revealed.entrySet()) {
      int holder = each.getKey();
      byte[] share = each.getValue().get(member);
      byte[] digest =
          Arrays.copyOfRange(dealt.get(member).get(holder), digestAt, digestAt + Suite.KEY);
      if (share != null
          && holders.size() < setup.threshold()
          && Arrays.equals(digest, Wire.digest(label, roster, member, holder, share))) {
        holders.add(holder);
        shares.add(share);
      }
    }
    fits(holders.size() >= setup.threshold(), member);
    return Sharing.combine(
        holders.stream().mapToInt(Integer::intValue).toArray(), shares.toArray(byte[][]::new));
  }

  private void fits(boolean good, int member) throws CohortException {
    if (!good) {
      throw new CohortException(
          Why.SHARES,
          "The shares of "
              + name(member)
              + " do not fit together: it, or several others, gave false ones. Nothing was"
              + " released.");
    }
  }

  private String name(int member) {
    return setup.members().get(member);
  }

  private List<Integer> members() {
    List<Integer> members = new ArrayList<>();
    for (int i = 0; i < setup.members().size(); i++) {
      members.add(i);
    }
    return members;
  }

  /** What each is asked. */
  private interface Items {
    SortedMap<Integer, byte[]> of(int member);
  }

  private SortedMap<Integer, byte[]> questions(List<Integer> members, Items items) {
    SortedMap<Integer, byte[]> questions = new TreeMap<>();
    for (int member : members) {
      questions.put(member, new Question(round, setupHash, window, items.of(member)).encode());
    }
    return questions;
  }
}
