package org.commonshub.testing.fakes;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * A ledger in memory that outlives the hubs that write to it: one account with numbered places (the
 * nonces of Ethereum), a pool, blocks that can be reorganised, prices. An effect is idempotent by
 * its key. Blocks appear only through {@link #mine}, unless {@link #instant} is on.
 */
public final class FakeLedger {
  /** A block so deep is final. */
  public static final int FINALITY = 3;

  /**
   * What an attempt's bytes hold.
   *
   * @param network which ledger it is for
   * @param place number in the account's sequence; each can be taken once
   * @param high highest place that the account's hub ever used
   * @param fee what it offers
   */
  record Transaction(
      String network, long place, long high, long fee, String key, byte[] digest, String id) {
    static byte[] bytes(
        String network, long place, long high, long fee, String key, byte[] digest) {
      return Cbor.encode(List.of(network, place, high, fee, key, digest));
    }

    static Transaction of(byte[] bytes) {
      try {
        List<?> parts = (List<?>) Cbor.decode(bytes);
        return new Transaction(
            (String) parts.get(0),
            (Long) parts.get(1),
            (Long) parts.get(2),
            (Long) parts.get(3),
            (String) parts.get(4),
            (byte[]) parts.get(5),
            hex(bytes));
      } catch (MalformedCborException e) {
        throw new IllegalArgumentException("not an attempt of this ledger", e);
      }
    }
  }

  /** Where something stands. */
  record Place(long block, long cost, boolean failed) {}

  private final String network;
  private final List<List<Transaction>> blocks = new ArrayList<>();
  private final Map<String, Transaction> pool = new LinkedHashMap<>();
  private final Map<String, Transaction> late = new LinkedHashMap<>();

  // Recomputed from the blocks.
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, byte[]> effects = new HashMap<>();
  private final Map<String, Long> effectBlock = new HashMap<>();
  private final Map<String, Integer> paid = new HashMap<>();
  private long next;

  private boolean instant;
  private boolean delay;
  private boolean paused;
  private boolean funded = true;
  private long price = 1;
  private long limit = Long.MAX_VALUE;

  /** An empty one. */
  public FakeLedger(String network) {
    this.network = network;
  }

  // ---------------------------------------------------------------- how it is steered

  /** Whether what is sent is final at once. */
  public synchronized FakeLedger instant(boolean on) {
    instant = on;
    return this;
  }

  /** Takes what can be taken from the pool into a block, and adds empty ones. */
  public synchronized void mine(int count) {
    for (int i = 0; i < count; i++) {
      List<Transaction> block = new ArrayList<>();
      TreeMap<Long, Transaction> best = new TreeMap<>();
      for (Transaction each : pool.values()) {
        if (each.fee() >= price) {
          best.merge(each.place(), each, (a, b) -> a.fee() >= b.fee() ? a : b);
        }
      }
      for (long place = next; best.containsKey(place); place++) {
        block.add(best.get(place));
      }
      blocks.add(block);
      replay();
      pool.values().removeIf(each -> each.place() < next);
    }
  }

  /**
   * Takes blocks away, final ones too.
   *
   * @param keep whether what was in them returns to the pool
   */
  public synchronized void reorganise(int depth, boolean keep) {
    for (int i = 0; i < depth && !blocks.isEmpty(); i++) {
      List<Transaction> gone = blocks.remove(blocks.size() - 1);
      if (keep) {
        gone.forEach(each -> pool.put(each.id(), each));
      }
    }
    replay();
  }

  /** Forgets everything that is not in a block. */
  public synchronized void drop() {
    pool.clear();
  }

  /** Whether what is sent arrives only at {@link #arrive}. */
  public synchronized void delay(boolean on) {
    delay = on;
  }

  /** What was on its way arrives. */
  public synchronized void arrive() {
    List<Transaction> arriving = List.copyOf(late.values());
    late.clear();
    arriving.forEach(this::pool);
  }

  /** The lowest fee that gets in. */
  public synchronized void price(long atLeast) {
    price = atLeast;
  }

  /** The highest fee that the hub's owner allows. */
  public synchronized void limit(long atMost) {
    limit = atMost;
  }

  /** Whether effects are refused for the time being. */
  public synchronized void paused(boolean on) {
    paused = on;
  }

  /** Whether the account can pay. */
  public synchronized void funded(boolean on) {
    funded = on;
  }

  /** What another hub with the same key does: takes the account's next place. */
  public synchronized void stranger(String key, byte[] digest) {
    pool(
        Transaction.of(
            Transaction.bytes(network, next, next, Math.max(price, 1_000_000), key, digest)));
    mine(1);
  }

  // ---------------------------------------------------------------- what a test asks it

  /** What it holds under a key. */
  public synchronized Optional<byte[]> effect(String key) {
    return Optional.ofNullable(effects.get(key)).map(byte[]::clone);
  }

  /** How many transactions in its blocks were about a key, however little they did. */
  public synchronized int paid(String key) {
    return paid.getOrDefault(key, 0);
  }

  /** Keys in the order in which their effects took place. */
  public synchronized List<String> keys() {
    List<String> keys = new ArrayList<>();
    for (List<Transaction> block : blocks) {
      for (Transaction each : block) {
        if (!places.get(each.id()).failed() && !keys.contains(each.key())) {
          keys.add(each.key());
        }
      }
    }
    return keys;
  }

  /** Number of blocks. */
  public synchronized long height() {
    return blocks.size();
  }

  /** Whether a proof says that a key's effect is in a block. */
  public synchronized boolean verify(String key, byte[] proof) {
    return effects.containsKey(key)
        && Arrays.equals(proof, proof(key, effects.get(key), effectBlock.get(key)));
  }

  // ---------------------------------------------------------------- what its client asks it

  static byte[] proof(String key, byte[] digest, long block) {
    return Cbor.encode(List.of(key, digest, block));
  }

  synchronized String network() {
    return network;
  }

  synchronized boolean isPaused() {
    return paused;
  }

  synchronized boolean isFunded() {
    return funded;
  }

  synchronized long price() {
    return price;
  }

  synchronized long limit() {
    return limit;
  }

  synchronized void send(Transaction transaction) {
    if (delay) {
      late.put(transaction.id(), transaction);
      return;
    }
    pool(transaction);
    if (instant) {
      mine(FINALITY);
    }
  }

  private void pool(Transaction transaction) {
    if (transaction.place() >= next) {
      pool.put(transaction.id(), transaction);
    }
  }

  synchronized Optional<Place> place(Transaction transaction) {
    return Optional.ofNullable(places.get(transaction.id()));
  }

  synchronized boolean pooled(Transaction transaction) {
    return pool.containsKey(transaction.id());
  }

  synchronized Optional<Long> effectBlock(String key) {
    return Optional.ofNullable(effectBlock.get(key));
  }

  /** The first place that no block has taken. */
  synchronized long next() {
    return next;
  }

  /** The first place that neither a block nor the pool has taken. */
  synchronized long nextWithPool() {
    long place = next;
    while (taken(place)) {
      place++;
    }
    return place;
  }

  private boolean taken(long place) {
    return pool.values().stream().anyMatch(each -> each.place() == place);
  }

  synchronized boolean isFinal(long block) {
    return blocks.size() - block >= FINALITY;
  }

  private void replay() {
    places.clear();
    effects.clear();
    effectBlock.clear();
    paid.clear();
    next = 0;
    for (int number = 0; number < blocks.size(); number++) {
      for (Transaction each : blocks.get(number)) {
        byte[] there = effects.get(each.key());
        boolean failed = there != null && !Arrays.equals(there, each.digest());
        places.put(each.id(), new Place(number, each.fee(), failed));
        paid.merge(each.key(), 1, Integer::sum);
        if (there == null) {
          effects.put(each.key(), each.digest());
          effectBlock.put(each.key(), (long) number);
        }
        next = each.place() + 1;
      }
    }
  }

  private static String hex(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
