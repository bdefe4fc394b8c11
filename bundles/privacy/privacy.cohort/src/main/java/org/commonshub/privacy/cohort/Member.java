package org.commonshub.privacy.cohort;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.privacy.cohort.CohortException.Why;
import org.commonshub.privacy.cohort.Wire.Keys;
import org.commonshub.privacy.cohort.Wire.Round;

/**
 * One home in one window: the user of Bonawitz et al., "Practical Secure Aggregation for
 * Privacy-Preserving Machine Learning" (CCS 2017), figure 4, for a collector that may lie.
 *
 * <p>Each question is answered once and in its turn; whatever is wrong ends the window for this
 * home, and its secrets are gone. It signs one set of survivors, and gives shares for that set
 * only, and only when {@link Setup#threshold()} members signed the same: of each member either the
 * share of its mask's seed (it is in the set) or of its key (it is not), never both. Secrets are in
 * memory alone. Not thread-safe.
 */
final class Member {
  private final Setup setup;
  private final byte[] setupHash;
  private final int self;
  private final long window;
  private final int least;
  private final Suite suite;
  private final Signatures signatures;
  private final SecureRandom random;
  private final byte[] channelSecret = new byte[Suite.KEY];
  private final byte[] maskSecret = new byte[Suite.KEY];
  private final byte[] seed = new byte[Suite.KEY];
  private final Keys own;
  private final Map<Integer, byte[]> agreed = new HashMap<>();
  private final Map<Integer, byte[]> shares = new HashMap<>();
  private long value;
  private SortedMap<Integer, Keys> keys = new TreeMap<>();
  private byte[] roster;
  private long dealers;
  private long survivors;
  private Round next = Round.OPEN;

  /**
   * Begins a window.
   *
   * @param value of this home; within ±{@link Setup#largest()}
   * @param least fewest homes it may be in a sum with
   */
  Member(
      Setup setup,
      int self,
      long window,
      long value,
      int least,
      Suite suite,
      Signatures signatures,
      SecureRandom random) {
    this.setup = setup;
    this.setupHash = setup.hash();
    this.self = self;
    this.window = window;
    this.value = value;
    this.least = Math.max(least, setup.least());
    this.suite = suite;
    this.signatures = signatures;
    this.random = random;
    random.nextBytes(channelSecret);
    random.nextBytes(maskSecret);
    random.nextBytes(seed);
    own =
        new Keys(
            setupHash,
            window,
            self,
            suite.publicKey(channelSecret),
            suite.publicKey(maskSecret),
            Wire.digest("seed", setupHash, self, self, seed));
  }

  long window() {
    return window;
  }

  /** Answers the next question. */
  byte[] answer(Round round, SortedMap<Integer, byte[]> items) throws CohortException {
    if (round != next) {
      close();
      throw new CohortException(
          Why.OUT_OF_TURN, "That was asked already, or is not next: this window is over here.");
    }
    next = null;
    try {
      byte[] answer =
          switch (round) {
            case OPEN -> signatures.sign(own.encode());
            case ROSTER -> deal(items);
            case DEAL -> mask(items);
            case SURVIVORS -> agree(items);
            case UNMASK -> unmask(items);
          };
      if (round == Round.UNMASK) {
        close();
      } else {
        next = Round.values()[round.ordinal() + 1];
      }
      return answer;
    } finally {
      if (next == null) {
        close();
      }
    }
  }

  /** Forgets all secrets. */
  void close() {
    next = null;
    value = 0;
    Arrays.fill(channelSecret, (byte) 0);
    Arrays.fill(maskSecret, (byte) 0);
    Arrays.fill(seed, (byte) 0);
    agreed.values().forEach(each -> Arrays.fill(each, (byte) 0));
    agreed.clear();
    shares.values().forEach(each -> Arrays.fill(each, (byte) 0));
    shares.clear();
  }

  /** Who is there: shares of both secrets for each, sealed. */
  private byte[] deal(SortedMap<Integer, byte[]> signed) throws CohortException {
    enough(signed.size());
    keys = keys(setup, setupHash, window, signed, signatures);
    if (!keys.containsKey(self) || !Arrays.equals(keys.get(self).encode(), own.encode())) {
      throw new CohortException(Why.SETS, "The keys shown as this home's are not its keys.");
    }
    roster = Wire.roster(setupHash, window, keys);
    byte[][] ofSeed = Sharing.split(seed, setup.threshold(), setup.members().size(), random);
    byte[][] ofKey = Sharing.split(maskSecret, setup.threshold(), setup.members().size(), random);
    SortedMap<Integer, byte[]> dealt = new TreeMap<>();
    for (Keys to : keys.values()) {
      int member = to.member();
      byte[] common = suite.agree(channelSecret, to.channel());
      agreed.put(member, common);
      byte[] plain = Bytes.join(ofSeed[member], ofKey[member]);
      dealt.put(
          member,
          Bytes.join(
              suite.seal(suite.derive(common, roster, "share", self, member), plain),
              Wire.digest("seed share", roster, self, member, ofSeed[member]),
              Wire.digest("key share", roster, self, member, ofKey[member])));
      Arrays.fill(plain, (byte) 0);
    }
    return Wire.encode(dealt);
  }

  /** Shares of those who dealt: the value under its own mask and one with each of them. */
  private byte[] mask(SortedMap<Integer, byte[]> sealed) throws CohortException {
    enough(sealed.size());
    dealers = Bytes.set(sealed.keySet());
    if (!sealed.containsKey(self) || !keys.keySet().containsAll(sealed.keySet())) {
      throw new CohortException(Why.SETS, "Shares of members that are not in this window.");
    }
    long masked = value + suite.mask(seed, roster, "self", self, self);
    for (Map.Entry<Integer, byte[]> each : sealed.entrySet()) {
      int from = each.getKey();
      byte[] channel = suite.derive(agreed.get(from), roster, "share", from, self);
      // Whoever seals nonsense harms the window, which then ends, not this home.
      suite
          .open(channel, each.getValue())
          .filter(plain -> plain.length == 2 * Sharing.BYTES)
          .ifPresent(plain -> shares.put(from, plain));
      if (from != self) {
        masked += pairMask(suite, maskSecret, keys.get(from), self, roster);
      }
    }
    value = 0;
    return new Wire.Masked(masked, signatures.sign(Wire.view(roster, self, dealers))).encode();
  }

  /** Who gave a masked value, each with the signed view under which it did: must be this one. */
  private byte[] agree(SortedMap<Integer, byte[]> views) throws CohortException {
    if (views.size() < least) {
      throw new CohortException(
          Why.TOO_FEW,
          "Only " + views.size() + " homes are left; this one takes part with " + least + ".");
    }
    survivors = Bytes.set(views.keySet());
    if ((survivors & ~dealers) != 0 || !views.containsKey(self)) {
      throw new CohortException(Why.SETS, "The set of homes in the sum is not what it can be.");
    }
    for (Map.Entry<Integer, byte[]> each : views.entrySet()) {
      byte[] view = signatures.payload(each.getKey(), each.getValue());
      if (!Arrays.equals(view, Wire.view(roster, each.getKey(), dealers))) {
        throw new CohortException(Why.SETS, "Members were shown different sets of homes.");
      }
    }
    return signatures.sign(Wire.survivors(roster, self, dealers, survivors));
  }

  /** Who signed the same set. */
  private byte[] unmask(SortedMap<Integer, byte[]> signed) throws CohortException {
    enough(signed.size());
    for (Map.Entry<Integer, byte[]> each : signed.entrySet()) {
      int member = each.getKey();
      byte[] said = signatures.payload(member, each.getValue());
      if (!Bytes.has(survivors, member)
          || !Arrays.equals(said, Wire.survivors(roster, member, dealers, survivors))) {
        throw new CohortException(Why.SETS, "Members signed different sets of homes.");
      }
    }
    SortedMap<Integer, byte[]> revealed = new TreeMap<>();
    shares.forEach(
        (from, both) -> {
          int at = Bytes.has(survivors, from) ? 0 : Sharing.BYTES;
          revealed.put(from, Arrays.copyOfRange(both, at, at + Sharing.BYTES));
        });
    return Wire.encode(revealed);
  }

  private void enough(int there) throws CohortException {
    if (there < setup.threshold()) {
      throw new CohortException(
          Why.TOO_FEW, "Only " + there + " homes take part; it takes " + setup.threshold() + ".");
    }
  }

  /** Mask between a member and another, as it stands in the first one's masked value. */
  static long pairMask(Suite suite, byte[] secret, Keys other, int self, byte[] roster)
      throws CohortException {
    byte[] common = suite.agree(secret, other.masks());
    int low = Math.min(self, other.member());
    int high = Math.max(self, other.member());
    long mask = suite.mask(common, roster, "pair", low, high);
    Arrays.fill(common, (byte) 0);
    return self == low ? mask : -mask;
  }

  /** Everybody's keys, each signed by whom it names. */
  static SortedMap<Integer, Keys> keys(
      Setup setup,
      byte[] setupHash,
      long window,
      SortedMap<Integer, byte[]> signed,
      Signatures signatures)
      throws CohortException {
    SortedMap<Integer, Keys> keys = new TreeMap<>();
    for (Map.Entry<Integer, byte[]> each : signed.entrySet()) {
      int member = each.getKey();
      if (member >= setup.members().size()) {
        throw new CohortException(Why.SETS, "A member that this cohort does not have.");
      }
      try {
        Keys said = Keys.decode(signatures.payload(member, each.getValue()));
        if (said.member() != member
            || said.window() != window
            || !Arrays.equals(said.setup(), setupHash)) {
          throw new CohortException(
              Why.SIGNATURE, "Keys of another member, window or cohort than was said.");
        }
        keys.put(member, said);
      } catch (MalformedCborException e) {
        throw new CohortException(Why.MALFORMED, "A member's keys are " + e.getMessage() + ".");
      }
    }
    return keys;
  }
}
