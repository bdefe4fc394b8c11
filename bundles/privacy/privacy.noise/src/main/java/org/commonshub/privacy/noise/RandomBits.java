package org.commonshub.privacy.noise;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Random integers from 32 secret bytes: SHA-256(seed ‖ 0), SHA-256(seed ‖ 1), … One thread. */
final class RandomBits {
  private final byte[] seed;
  private final MessageDigest digest;
  private byte[] bytes = new byte[0];
  private int at;
  private int counter;

  RandomBits(byte[] seed) {
    this.seed = seed.clone();
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every Java has it.
    }
  }

  /** Each of 0 … bound − 1 is equally likely. */
  long below(long bound) {
    int bits = Long.SIZE - Long.numberOfLeadingZeros(bound - 1);
    while (true) {
      long value = 0;
      for (int i = 0; i < bits; i += 8) {
        value = value << 8 | next();
      }
      value &= (1L << bits) - 1;
      if (value < bound) {
        return value;
      }
    }
  }

  private int next() {
    if (at == bytes.length) {
      digest.update(seed);
      bytes = digest.digest(ByteBuffer.allocate(4).putInt(counter++).array());
      at = 0;
    }
    return bytes[at++] & 0xFF;
  }
}
