package org.commonshub.privacy.cohort;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Shamir's secret sharing (Communications of the ACM 22, 1979) of 32 bytes, each byte by itself in
 * GF(2⁸) with the polynomial of FIPS 197, section 4.2. Member <i>i</i> holds the value at <i>i</i>
 * + 1. Eight bytes are multiplied at a time, without tables and without branches on secrets. Pure
 * functions.
 */
final class Sharing {
  /** Length of a secret and of a share. */
  static final int BYTES = 32;

  private static final int WORDS = BYTES / Long.BYTES;
  private static final long LOW_BITS = 0x0101_0101_0101_0101L;
  private static final long REDUCTION = 0x1B;

  private Sharing() {}

  /**
   * Deals shares to members 0 … {@code members} − 1.
   *
   * @param threshold how many together find the secret; fewer learn nothing of it
   */
  static byte[][] split(byte[] secret, int threshold, int members, SecureRandom random) {
    long[][] polynomial = new long[threshold][];
    polynomial[0] = words(secret);
    byte[] coefficient = new byte[BYTES];
    for (int i = 1; i < threshold; i++) {
      random.nextBytes(coefficient);
      polynomial[i] = words(coefficient);
    }
    Arrays.fill(coefficient, (byte) 0);
    byte[][] shares = new byte[members][];
    for (int member = 0; member < members; member++) {
      long[] value = new long[WORDS];
      for (int i = threshold - 1; i >= 0; i--) {
        for (int w = 0; w < WORDS; w++) {
          value[w] = times(value[w], member + 1) ^ polynomial[i][w];
        }
      }
      shares[member] = bytes(value);
    }
    for (long[] each : polynomial) {
      Arrays.fill(each, 0);
    }
    return shares;
  }

  /**
   * Interpolates at 0.
   *
   * @param members whose shares these are, all different
   * @param shares as many as the threshold
   */
  static byte[] combine(int[] members, byte[][] shares) {
    long[] secret = new long[WORDS];
    for (int i = 0; i < members.length; i++) {
      int above = 1;
      int below = 1;
      for (int j = 0; j < members.length; j++) {
        if (j != i) {
          above = (int) times(above, members[j] + 1);
          below = (int) times(below, (members[j] + 1) ^ (members[i] + 1));
        }
      }
      int weight = (int) times(above, inverse(below));
      long[] share = words(shares[i]);
      for (int w = 0; w < WORDS; w++) {
        secret[w] ^= times(share[w], weight);
      }
    }
    return bytes(secret);
  }

  /** Each of eight bytes times a factor of 8 bits. */
  static long times(long eight, int factor) {
    long product = 0;
    long shifted = eight;
    for (int bit = 0; bit < Byte.SIZE; bit++) {
      product ^= shifted & -(long) (factor >>> bit & 1);
      shifted = (shifted & ~(LOW_BITS << 7)) << 1 ^ (shifted >>> 7 & LOW_BITS) * REDUCTION;
    }
    return product;
  }

  /** a²⁵⁴ = 1/a; of numbers of members, which are no secret. */
  private static int inverse(int a) {
    long power = 1;
    for (int i = 0; i < 254; i++) {
      power = times(power, a);
    }
    return (int) power;
  }

  private static long[] words(byte[] bytes) {
    long[] words = new long[WORDS];
    ByteBuffer.wrap(bytes).asLongBuffer().get(words);
    return words;
  }

  private static byte[] bytes(long[] words) {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.asLongBuffer().put(words);
    return bytes.array();
  }
}
