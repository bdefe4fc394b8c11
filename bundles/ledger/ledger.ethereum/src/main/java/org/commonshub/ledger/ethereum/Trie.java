package org.commonshub.ledger.ethereum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The tree of a block's receipts: a Merkle-Patricia tree (Yellow Paper, appendix D) from the RLP of
 * a receipt's index to its bytes. Such keys are never prefixes of each other, so no branch has a
 * value.
 */
final class Trie {
  private static final int MAX_NODES = 64;

  /**
   * A root and what leads to one of its values.
   *
   * @param root 32 bytes
   * @param nodes from the root down; only those that others name by their hash
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Proof(byte[] root, List<byte[]> nodes) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(byte[] nibbles, byte[] value) {}

  private final byte[] target;
  private final List<byte[]> nodes = new ArrayList<>();

  private Trie(byte[] target) {
    this.target = target;
  }

  /**
   * Builds the tree of all values.
   *
   * @param values at least one, in order
   * @param index whose path is wanted
   */
  static Proof prove(List<byte[]> values, int index) {
    List<Entry> entries = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      entries.add(new Entry(nibbles(Rlp.encode(Rlp.integer(i))), values.get(i)));
    }
    entries.sort((a, b) -> Arrays.compare(a.nibbles, b.nibbles));
    Trie trie = new Trie(nibbles(Rlp.encode(Rlp.integer(index))));
    byte[] root = trie.node(entries, 0);
    if (root.length < 32) {
      trie.nodes.add(root);
    }
    Collections.reverse(trie.nodes);
    return new Proof(Bytes.keccak(root), List.copyOf(trie.nodes));
  }

  private byte[] node(List<Entry> entries, int depth) {
    Entry first = entries.get(0);
    Entry last = entries.get(entries.size() - 1);
    byte[] node;
    if (entries.size() == 1) {
      node =
          Rlp.encode(
              List.of(compact(first.nibbles, depth, first.nibbles.length, true), first.value));
    } else {
      int shared =
          depth
              + Arrays.mismatch(
                  Arrays.copyOfRange(first.nibbles, depth, first.nibbles.length),
                  Arrays.copyOfRange(last.nibbles, depth, last.nibbles.length));
      if (shared > depth) {
        node =
            Rlp.encode(
                List.of(
                    compact(first.nibbles, depth, shared, false),
                    reference(node(entries, shared))));
      } else {
        node = branch(entries, depth);
      }
    }
    if (node.length >= 32
        && Arrays.equals(target, 0, Math.min(depth, target.length), first.nibbles, 0, depth)) {
      if (entries.size() > 1 || Arrays.equals(target, first.nibbles)) {
        nodes.add(node);
      }
    }
    return node;
  }

  private byte[] branch(List<Entry> entries, int depth) {
    List<Object> children = new ArrayList<>(17);
    int from = 0;
    for (int nibble = 0; nibble < 16; nibble++) {
      int to = from;
      while (to < entries.size() && entries.get(to).nibbles[depth] == nibble) {
        to++;
      }
      children.add(
          from == to ? new byte[0] : reference(node(entries.subList(from, to), depth + 1)));
      from = to;
    }
    children.add(new byte[0]);
    return Rlp.encode(children);
  }

  private static Object reference(byte[] node) {
    return node.length < 32 ? new Rlp.Encoded(node) : Bytes.keccak(node);
  }

  /**
   * Follows a proof.
   *
   * @return the value that the tree under {@code root} has at {@code index}
   */
  static byte[] verify(byte[] root, int index, List<byte[]> nodes) throws MalformedException {
    byte[] path = nibbles(Rlp.encode(Rlp.integer(index)));
    int at = 0;
    int used = 0;
    Object next = root;
    for (int i = 0; i < MAX_NODES; i++) {
      if (next instanceof byte[] hash) {
        if (used == nodes.size() || !Arrays.equals(Bytes.keccak(nodes.get(used)), hash)) {
          throw new MalformedException("the path through the receipts' tree is broken");
        }
        next = Rlp.decode(nodes.get(used++));
      }
      List<?> node = Rlp.list(next);
      if (node.size() == 17) {
        if (at == path.length) {
          break;
        }
        next = node.get(path[at++]);
        continue;
      }
      if (node.size() != 2) {
        break;
      }
      byte[] compact = Rlp.bytes(node.get(0));
      if (compact.length == 0) {
        break;
      }
      byte[] all = nibbles(compact);
      byte[] part = Arrays.copyOfRange(all, (all[0] & 1) == 1 ? 1 : 2, all.length);
      if (part.length > path.length - at
          || !Arrays.equals(part, 0, part.length, path, at, at + part.length)) {
        break;
      }
      at += part.length;
      if (all[0] >= 2) {
        if (at == path.length && used == nodes.size()) {
          return Rlp.bytes(node.get(1));
        }
        break;
      }
      next = node.get(1);
    }
    throw new MalformedException("the path through the receipts' tree leads nowhere");
  }

  private static byte[] nibbles(byte[] bytes) {
    byte[] nibbles = new byte[bytes.length * 2];
    for (int i = 0; i < bytes.length; i++) {
      nibbles[2 * i] = (byte) (bytes[i] >> 4 & 0xF);
      nibbles[2 * i + 1] = (byte) (bytes[i] & 0xF);
    }
    return nibbles;
  }

  /** Hex-prefix encoding (Yellow Paper, appendix C). */
  private static byte[] compact(byte[] nibbles, int from, int to, boolean leaf) {
    int length = to - from;
    byte[] out = new byte[length / 2 + 1];
    int odd = length & 1;
    out[0] = (byte) ((leaf ? 0x20 : 0) | odd << 4 | (odd == 1 ? nibbles[from] : 0));
    for (int i = from + odd, o = 1; i < to; i += 2, o++) {
      out[o] = (byte) (nibbles[i] << 4 | nibbles[i + 1]);
    }
    return out;
  }
}
