package org.commonshub.metering.web;

import java.util.Arrays;

/**
 * Bytes that are being collected. The first {@link #FREE} cost nothing; what is more comes from the
 * budget of all connections.
 */
final class Bytes {
  static final int FREE = 8 * 1024;
  private static final byte[] NONE = new byte[0];

  private final Budget budget;
  private byte[] bytes = NONE;
  private int length;
  private int taken;

  Bytes(Budget budget) {
    this.budget = budget;
  }

  int length() {
    return length;
  }

  /**
   * Adds bytes.
   *
   * @param most what will come at most in all, so as not to make room for more
   * @throws HttpException 503 if the budget is used up
   */
  void add(java.nio.ByteBuffer from, int count, int most) throws HttpException {
    room(length + count, most);
    from.get(bytes, length, count);
    length += count;
  }

  void add(byte one, int most) throws HttpException {
    room(length + 1, most);
    bytes[length++] = one;
  }

  private void room(int wanted, int most) throws HttpException {
    if (wanted <= bytes.length) {
      return;
    }
    int size = Math.max(wanted, Math.min(most, Math.max(256, bytes.length * 2)));
    int more = Math.max(0, size - FREE) - taken;
    if (more > 0) {
      if (!budget.take(more)) {
        throw new HttpException(503, "too many large messages arrive at once");
      }
      taken += more;
    }
    bytes = Arrays.copyOf(bytes, size);
  }

  /** The bytes, not to be changed; may be longer than {@link #length()}. */
  byte[] array() {
    return bytes;
  }

  /** A copy of the bytes; empties this. */
  byte[] take() {
    byte[] all = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    clear();
    return all;
  }

  /** Lets go of everything. */
  void clear() {
    budget.give(taken);
    taken = 0;
    length = 0;
    bytes = NONE;
  }
}
