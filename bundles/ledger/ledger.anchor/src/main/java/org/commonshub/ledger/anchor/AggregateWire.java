package org.commonshub.ledger.anchor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.Stage;

/** Questions and answers of topic ROOT, in deterministic CBOR. */
final class AggregateWire {
  static final int MAX_LEAVES = 4096;
  static final int MAX_LEDGERS = 8;
  static final int MAX_PROOF = 64 * 1024;
  private static final int MAX_SIGNED = 2048;
  private static final int MAX_TEXT = 512;
  private static final long OFFER = 1;
  private static final long PROOF = 2;

  private AggregateWire() {}

  /**
   * {@code {1: 1 (please anchor) or 2 (where is it?), 2: journal's root}}.
   *
   * @param offer whether it is the former
   */
  record Question(boolean offer, byte[] root) {
    byte[] encode() {
      return Cbor.encode(Map.of(1L, offer ? OFFER : PROOF, 2L, root));
    }

    static Question decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.size() == 2
          && map.get(1L) instanceof Long what
          && (what == OFFER || what == PROOF)
          && map.get(2L) instanceof byte[] root
          && root.length == MerkleTree.HASH) {
        return new Question(what == OFFER, root);
      }
      throw new MalformedCborException("not a question to an aggregator");
    }
  }

  /**
   * What an aggregator signs (AGGREGATE) when it takes a root: {@code {0: 1, 1: aggregator, 2: hub,
   * 3: root, 4: on a ledger by, in ms}}.
   */
  record Promise(String aggregator, String hub, byte[] root, long by) {
    byte[] encode() {
      return Cbor.encode(Map.of(0L, 1L, 1L, aggregator, 2L, hub, 3L, root, 4L, by));
    }

    static Promise decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.size() == 5
          && Long.valueOf(1).equals(map.get(0L))
          && map.get(1L) instanceof String aggregator
          && map.get(2L) instanceof String hub
          && map.get(3L) instanceof byte[] root
          && map.get(4L) instanceof Long by) {
        return new Promise(aggregator, hub, root, by);
      }
      throw new MalformedCborException("not a promise");
    }
  }

  /**
   * What an aggregator signs (AGGREGATE) over a tree, once per number: {@code {0: 2, 1: aggregator,
   * 2: number, 3: leaves, 4: root}}.
   */
  record Head(String aggregator, long number, long size, byte[] root) {
    byte[] encode() {
      return Cbor.encode(Map.of(0L, 2L, 1L, aggregator, 2L, number, 3L, size, 4L, root));
    }

    static Head decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.size() == 5
          && Long.valueOf(2).equals(map.get(0L))
          && map.get(1L) instanceof String aggregator
          && map.get(2L) instanceof Long number
          && number >= 0
          && map.get(3L) instanceof Long size
          && size >= 1
          && size <= MAX_LEAVES
          && map.get(4L) instanceof byte[] root
          && root.length == MerkleTree.HASH) {
        return new Head(aggregator, number, size, root);
      }
      throw new MalformedCborException("not a tree head");
    }
  }

  /**
   * Where the aggregate stands on one ledger.
   *
   * @param technology of the ledger
   * @param network of the ledger
   * @param key of the submission
   * @param position empty before it is in
   * @param reference empty before it is sent
   * @param proof empty before it is in, or if it does not fit
   */
  record Placed(
      String technology,
      String network,
      String key,
      Stage stage,
      Optional<Long> position,
      Optional<String> reference,
      Optional<byte[]> proof) {
    Map<Object, Object> value() {
      Map<Object, Object> map = new HashMap<>();
      map.put(1L, technology);
      map.put(2L, network);
      map.put(3L, key);
      map.put(4L, (long) stage.ordinal());
      position.ifPresent(p -> map.put(5L, p));
      reference.ifPresent(r -> map.put(6L, r));
      proof.ifPresent(p -> map.put(7L, p));
      return map;
    }

    static Placed of(Object value) throws MalformedCborException {
      if (value instanceof Map<?, ?> map
          && map.get(1L) instanceof String technology
          && technology.length() <= MAX_TEXT
          && map.get(2L) instanceof String network
          && network.length() <= MAX_TEXT
          && map.get(3L) instanceof String key
          && key.length() <= MAX_TEXT
          && map.get(4L) instanceof Long stage
          && stage >= 0
          && stage < Stage.values().length
          && (map.get(6L) == null
              || map.get(6L) instanceof String reference && reference.length() <= MAX_TEXT)
          && (map.get(7L) == null
              || map.get(7L) instanceof byte[] proof && proof.length <= MAX_PROOF)) {
        return new Placed(
            technology,
            network,
            key,
            Stage.values()[stage.intValue()],
            map.get(5L) instanceof Long position ? Optional.of(position) : Optional.empty(),
            Optional.ofNullable((String) map.get(6L)),
            Optional.ofNullable((byte[]) map.get(7L)));
      }
      throw new MalformedCborException("not a place on a ledger");
    }

    boolean isOn(LedgerDescription ledger) {
      return ledger.technology().equals(technology) && ledger.network().equals(network);
    }

    boolean in() {
      return (stage == Stage.INCLUDED || stage == Stage.FINAL) && proof.isPresent();
    }
  }

  /**
   * Where a root is: {@code {1: signed head, 2: index, 3: path, 4: places}}; an empty map while it
   * waits for its tree.
   */
  record Proof(byte[] head, long index, List<byte[]> path, List<Placed> placed) {
    static final byte[] WAITING = Cbor.encode(Map.of());

    byte[] encode() {
      return Cbor.encode(
          Map.of(1L, head, 2L, index, 3L, path, 4L, placed.stream().map(Placed::value).toList()));
    }

    /** Empty while it waits. */
    static Optional<Proof> decode(byte[] bytes) throws MalformedCborException {
      Object value = Cbor.decode(bytes);
      if (value instanceof Map<?, ?> none && none.isEmpty()) {
        return Optional.empty();
      }
      if (value instanceof Map<?, ?> map
          && map.get(1L) instanceof byte[] head
          && head.length <= MAX_SIGNED
          && map.get(2L) instanceof Long index
          && map.get(4L) instanceof List<?> places
          && places.size() <= MAX_LEDGERS) {
        List<Placed> placed = new ArrayList<>();
        for (Object place : places) {
          placed.add(Placed.of(place));
        }
        return Optional.of(new Proof(head, index, WitnessWire.hashes(map.get(3L)), placed));
      }
      throw new MalformedCborException("not a proof of an aggregator");
    }
  }
}
