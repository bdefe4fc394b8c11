package org.commonshub.privacy.cohort;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * Questions and answers of topic COHORT, and what is signed in them, in deterministic CBOR. Sets of
 * members are the bits of a {@code long}. Hostile until parsed: every length is checked here.
 */
final class Wire {
  /** Longest signed statement. */
  static final int MAX_SIGNED = 640;

  /** Both shares of one member for another, sealed. */
  static final int SEALED = 2 * Sharing.BYTES + Suite.TAG;

  /** Sealed shares, and a digest of each for the collector. */
  static final int DEALT = SEALED + 2 * Suite.KEY;

  private static final long KEYS = 1;
  private static final long VIEW = 2;
  private static final long SURVIVORS = 3;

  private Wire() {}

  /** What the collector asks a member, in this order. */
  enum Round {
    /** Take part in a window: your one-time keys, please. */
    OPEN,
    /** Everybody's keys: your shares for them, please. */
    ROSTER,
    /** The shares for you: your masked value, please. */
    DEAL,
    /** Who gave a masked value: sign that this is the set. */
    SURVIVORS,
    /** Who signed it: your shares that take the masks off the sum, please. */
    UNMASK
  }

  /**
   * A question: {@code [round, settings' hash, window, {member: bytes}]}.
   *
   * @param items empty in round OPEN; statements of members, or in round DEAL what they sealed
   */
  record Question(Round round, byte[] setup, long window, SortedMap<Integer, byte[]> items) {
    byte[] encode() {
      return Cbor.encode(List.of((long) round.ordinal(), setup, window, longs(items)));
    }

    static Question decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof List<?> parts
          && parts.size() == 4
          && parts.get(0) instanceof Long round
          && round >= 0
          && round < Round.values().length
          && parts.get(1) instanceof byte[] setup
          && setup.length == Suite.KEY
          && parts.get(2) instanceof Long window
          && window >= 0) {
        Round which = Round.values()[round.intValue()];
        int most = which == Round.DEAL ? SEALED : MAX_SIGNED;
        SortedMap<Integer, byte[]> items = byMember(parts.get(3), most);
        if ((which == Round.OPEN) == items.isEmpty()) {
          return new Question(which, setup, window, items);
        }
      }
      throw new MalformedCborException("not a question to a member of a cohort");
    }
  }

  /** Shares: {@code {member: bytes of exactly that length}}. */
  static SortedMap<Integer, byte[]> shares(byte[] answer, int length)
      throws MalformedCborException {
    SortedMap<Integer, byte[]> items = byMember(Cbor.decode(answer), length);
    for (byte[] item : items.values()) {
      if (item.length != length) {
        throw new MalformedCborException("a share of the wrong length");
      }
    }
    return items;
  }

  static byte[] encode(SortedMap<Integer, byte[]> items) {
    return Cbor.encode(longs(items));
  }

  /**
   * A masked value: {@code [value, statement of who dealt shares to whom]}.
   *
   * @param view signed; shown to the other members, the value is not
   */
  record Masked(long value, byte[] view) {
    byte[] encode() {
      return Cbor.encode(List.of(value, view));
    }

    static Masked decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof List<?> parts
          && parts.size() == 2
          && parts.get(0) instanceof Long value
          && parts.get(1) instanceof byte[] view
          && view.length <= MAX_SIGNED) {
        return new Masked(value, view);
      }
      throw new MalformedCborException("not a masked value");
    }
  }

  /**
   * One-time keys of a member for one window; signed.
   *
   * @param channel public key under which shares are sealed for it
   * @param masks public key from which its masks with each other member follow
   * @param seed digest of the seed of its own mask
   */
  record Keys(byte[] setup, long window, int member, byte[] channel, byte[] masks, byte[] seed) {
    byte[] encode() {
      return Cbor.encode(List.of(KEYS, setup, window, (long) member, channel, masks, seed));
    }

    static Keys decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof List<?> parts
          && parts.size() == 7
          && Long.valueOf(KEYS).equals(parts.get(0))
          && parts.get(1) instanceof byte[] setup
          && parts.get(2) instanceof Long window
          && parts.get(3) instanceof Long member
          && member >= 0
          && member < Setup.MAX_MEMBERS
          && parts.get(4) instanceof byte[] channel
          && parts.get(5) instanceof byte[] masks
          && parts.get(6) instanceof byte[] seed
          && setup.length == Suite.KEY
          && channel.length == Suite.KEY
          && masks.length == Suite.KEY
          && seed.length == Suite.KEY) {
        return new Keys(setup, window, member.intValue(), channel, masks, seed);
      }
      throw new MalformedCborException("not the keys of a member");
    }
  }

  /** Name of a window with everybody's keys in it: what masks and shares hang on. */
  static byte[] roster(byte[] setup, long window, SortedMap<Integer, Keys> keys) {
    List<Object> parts = new ArrayList<>();
    parts.add("commonshub cohort roster");
    parts.add(setup);
    parts.add(window);
    keys.values().forEach(each -> parts.add(each.encode()));
    return Suite.sha256(Cbor.encode(parts));
  }

  /** Statement of a member: with these keys, and shares of these members, I masked my value. */
  static byte[] view(byte[] roster, int member, long dealers) {
    return Cbor.encode(List.of(VIEW, roster, (long) member, dealers));
  }

  /** Statement of a member: of these dealers, these are in the sum, and no others ever will be. */
  static byte[] survivors(byte[] roster, int member, long dealers, long survivors) {
    return Cbor.encode(List.of(SURVIVORS, roster, (long) member, dealers, survivors));
  }

  /** Digest of a secret that its owner can be held to. */
  static byte[] digest(String label, byte[] salt, int from, int to, byte[] secret) {
    return Suite.sha256(Cbor.encode(List.of(label, salt, (long) from, (long) to, secret)));
  }

  private static Map<Long, Object> longs(SortedMap<Integer, byte[]> items) {
    Map<Long, Object> map = new TreeMap<>();
    items.forEach((member, bytes) -> map.put((long) member, bytes));
    return map;
  }

  private static SortedMap<Integer, byte[]> byMember(Object value, int most)
      throws MalformedCborException {
    if (!(value instanceof Map<?, ?> map) || map.size() > Setup.MAX_MEMBERS) {
      throw new MalformedCborException("not a map of members");
    }
    SortedMap<Integer, byte[]> items = new TreeMap<>();
    for (Map.Entry<?, ?> each : map.entrySet()) {
      if (!(each.getKey() instanceof Long member
          && member >= 0
          && member < Setup.MAX_MEMBERS
          && each.getValue() instanceof byte[] bytes
          && bytes.length <= most)) {
        throw new MalformedCborException("not a member's part");
      }
      items.put(member.intValue(), bytes);
    }
    return Collections.unmodifiableSortedMap(items);
  }
}
