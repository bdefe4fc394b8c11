package org.commonshub.ledger.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.ledger.api.MerkleTree;

/**
 * The hashes of all complete subtrees of an RFC 9162 tree, in the order in which they become
 * complete: leaf i stands at 2i − popcount(i), the subtree of height h that it completes h places
 * later. So append, root and proofs read and write O(log n) hashes. The right-most complete
 * subtrees (peaks) are in memory. Not thread-safe.
 */
final class Tree {
  private static final int SEGMENT = 4 << 20;

  private final Segments file;
  private final byte[][] peaks = new byte[Long.SIZE][];
  private long size;

  Tree(Disk disk) {
    file = new Segments(disk, "tree", SEGMENT);
  }

  private static long place(long leaf) {
    return 2 * leaf - Long.bitCount(leaf);
  }

  long size() {
    return size;
  }

  /** Goes on from a size whose hashes are in the file. */
  void resume(long at) throws IOException {
    size = at;
    long from = 0;
    for (int height = Long.SIZE - 2; height >= 0; height--) {
      if ((at >> height & 1) == 1) {
        peaks[height] = subtree(from, height);
        from += 1L << height;
      }
    }
  }

  /** Writes a leaf and the subtrees that it completes; {@link #added} makes it count. */
  byte[][] write(byte[] leaf) throws IOException {
    List<byte[]> hashes = new ArrayList<>(4);
    hashes.add(leaf);
    byte[] hash = leaf;
    for (int height = 0; (size >> height & 1) == 1; height++) {
      hash = MerkleTree.node(peaks[height], hash);
      hashes.add(hash);
    }
    long at = place(size) * MerkleTree.HASH;
    for (byte[] each : hashes) {
      file.write(at, each);
      at += MerkleTree.HASH;
    }
    return hashes.toArray(byte[][]::new);
  }

  /** A leaf counts from now on. */
  void added(byte[][] hashes) {
    peaks[hashes.length - 1] = hashes[hashes.length - 1];
    size++;
  }

  void append(byte[] leaf) throws IOException {
    added(write(leaf));
  }

  void force() throws IOException {
    file.force();
  }

  /** Hash of a leaf, from the file. */
  byte[] leaf(long index) throws IOException {
    return subtree(index, 0);
  }

  /** Root over the first leaves. */
  byte[] root(long of) throws IOException {
    if (of == size) {
      byte[] root = null;
      for (int height = 0; height < Long.SIZE - 1; height++) {
        if ((size >> height & 1) == 1) {
          root = root == null ? peaks[height] : MerkleTree.node(peaks[height], root);
        }
      }
      return root == null ? MerkleTree.empty() : root.clone();
    }
    if (of > size) {
      throw new IOException("no tree of " + of + " entries yet");
    }
    return of == 0 ? MerkleTree.empty() : hash(0, of);
  }

  /** Hash over leaves {@code from} ≤ i &lt; {@code to}; {@code from} is aligned as in RFC 9162. */
  private byte[] hash(long from, long to) throws IOException {
    long count = to - from;
    if (Long.bitCount(count) == 1) {
      return subtree(from, Long.numberOfTrailingZeros(count));
    }
    long split = from + Long.highestOneBit(count - 1);
    return MerkleTree.node(hash(from, split), hash(split, to));
  }

  /** Hash of the complete subtree of that height from a leaf on, from the file. */
  byte[] subtree(long from, int height) throws IOException {
    long last = from + (1L << height) - 1;
    return file.read((place(last) + height) * MerkleTree.HASH, MerkleTree.HASH);
  }

  /** RFC 9162, section 2.1.3.1. */
  List<byte[]> inclusion(long index, long of) throws IOException {
    List<byte[]> path = new ArrayList<>();
    long from = 0;
    long to = of;
    while (to - from > 1) {
      long split = from + Long.highestOneBit(to - from - 1);
      if (index < split) {
        path.add(0, hash(split, to));
        to = split;
      } else {
        path.add(0, hash(from, split));
        from = split;
      }
    }
    return path;
  }

  /** RFC 9162, section 2.1.4.1. */
  List<byte[]> consistency(long first, long second) throws IOException {
    List<byte[]> path = new ArrayList<>();
    if (first == 0 || first == second) {
      return path;
    }
    long from = 0;
    long to = second;
    while (first != to) {
      long split = from + Long.highestOneBit(to - from - 1);
      if (first <= split) {
        path.add(0, hash(split, to));
        to = split;
      } else {
        path.add(0, hash(from, split));
        from = split;
      }
    }
    if (from != 0) {
      path.add(0, hash(from, to));
    }
    return path;
  }
}
