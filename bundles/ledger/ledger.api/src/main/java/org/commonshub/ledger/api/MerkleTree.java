package org.commonshub.ledger.api;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Merkle trees over SHA-256 as RFC 9162 (section 2.1) has them: leaf hashes are prefixed with 0x00,
 * inner nodes with 0x01, so neither can stand for the other. Pure functions; any thread. Sizes and
 * indices are numbers of leaves, proofs are lists of 32-byte hashes from the leaf upwards.
 */
public final class MerkleTree {
  /** Bytes of a hash. */
  public static final int HASH = 32;

  private MerkleTree() {}

  /** Hash of the empty tree: SHA-256 of nothing. */
  public static byte[] empty() {
    return sha256().digest();
  }

  /** Hash of a leaf. */
  public static byte[] leaf(byte[] data) {
    MessageDigest sha = sha256();
    sha.update((byte) 0);
    return sha.digest(data);
  }

  /** Hash of an inner node. */
  public static byte[] node(byte[] left, byte[] right) {
    MessageDigest sha = sha256();
    sha.update((byte) 1);
    sha.update(left);
    return sha.digest(right);
  }

  /** Root over leaf hashes (section 2.1.1). */
  public static byte[] root(List<byte[]> leaves) {
    int size = leaves.size();
    if (size == 0) {
      return empty();
    }
    if (size == 1) {
      return leaves.get(0).clone();
    }
    int split = split(size);
    return node(root(leaves.subList(0, split)), root(leaves.subList(split, size)));
  }

  /** Inclusion proof of a leaf (section 2.1.3.1). */
  public static List<byte[]> inclusion(List<byte[]> leaves, int index) {
    if (index < 0 || index >= leaves.size()) {
      throw new IndexOutOfBoundsException("no leaf " + index + " among " + leaves.size());
    }
    List<byte[]> path = new ArrayList<>();
    List<byte[]> tree = leaves;
    int at = index;
    List<byte[]> siblings = new ArrayList<>();
    while (tree.size() > 1) {
      int split = split(tree.size());
      boolean left = at < split;
      siblings.add(root(left ? tree.subList(split, tree.size()) : tree.subList(0, split)));
      tree = left ? tree.subList(0, split) : tree.subList(split, tree.size());
      at = left ? at : at - split;
    }
    for (int i = siblings.size() - 1; i >= 0; i--) {
      path.add(siblings.get(i));
    }
    return path;
  }

  /**
   * Whether a path leads from a leaf hash to a root (section 2.1.3.2).
   *
   * @param index of the leaf
   * @param size of the tree
   */
  public static boolean verifyInclusion(
      byte[] leaf, long index, long size, List<byte[]> path, byte[] root) {
    if (index < 0 || index >= size || !hashes(path)) {
      return false;
    }
    long fn = index;
    long sn = size - 1;
    byte[] hash = leaf;
    for (byte[] sibling : path) {
      if (sn == 0) {
        return false;
      }
      if ((fn & 1) == 1 || fn == sn) {
        hash = node(sibling, hash);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        hash = node(hash, sibling);
      }
      fn >>= 1;
      sn >>= 1;
    }
    return sn == 0 && Arrays.equals(hash, root);
  }

  /**
   * Whether a tree grew out of another one by appending only (section 2.1.4.2).
   *
   * @param from smaller size, 0 allowed with an empty path
   * @param to larger size
   */
  public static boolean verifyConsistency(
      long from, byte[] fromRoot, long to, byte[] toRoot, List<byte[]> path) {
    if (from < 0 || from > to || !hashes(path)) {
      return false;
    }
    if (from == to) {
      return path.isEmpty() && Arrays.equals(fromRoot, toRoot);
    }
    if (from == 0) {
      return path.isEmpty() && Arrays.equals(fromRoot, empty());
    }
    List<byte[]> rest = new ArrayList<>(path);
    if (Long.bitCount(from) == 1) {
      rest.add(0, fromRoot);
    }
    if (rest.isEmpty()) {
      return false;
    }
    long fn = from - 1;
    long sn = to - 1;
    while ((fn & 1) == 1) {
      fn >>= 1;
      sn >>= 1;
    }
    byte[] first = rest.get(0);
    byte[] second = rest.get(0);
    for (byte[] hash : rest.subList(1, rest.size())) {
      if (sn == 0) {
        return false;
      }
      if ((fn & 1) == 1 || fn == sn) {
        first = node(hash, first);
        second = node(hash, second);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        second = node(second, hash);
      }
      fn >>= 1;
      sn >>= 1;
    }
    return sn == 0 && Arrays.equals(first, fromRoot) && Arrays.equals(second, toRoot);
  }

  private static boolean hashes(List<byte[]> path) {
    return path.size() <= 2 * Long.SIZE && path.stream().allMatch(hash -> hash.length == HASH);
  }

  /** Largest power of two below a size of at least 2. */
  private static int split(int size) {
    return Integer.highestOneBit(size - 1);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
