package org.commonshub.identity.api;

import java.math.BigInteger;

/** Base58 with Bitcoin's alphabet (draft-msporny-base58): multibase prefix {@code z}. */
final class Base58 {
  private static final String ALPHABET =
      "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final BigInteger BASE = BigInteger.valueOf(58);

  private Base58() {}

  static String encode(byte[] bytes) {
    StringBuilder digits = new StringBuilder();
    BigInteger rest = new BigInteger(1, bytes);
    while (rest.signum() > 0) {
      BigInteger[] parts = rest.divideAndRemainder(BASE);
      digits.append(ALPHABET.charAt(parts[1].intValue()));
      rest = parts[0];
    }
    for (int i = 0; i < bytes.length && bytes[i] == 0; i++) {
      digits.append(ALPHABET.charAt(0));
    }
    return digits.reverse().toString();
  }

  static byte[] decode(String digits) {
    BigInteger value = BigInteger.ZERO;
    int zeros = 0;
    boolean leading = true;
    for (int i = 0; i < digits.length(); i++) {
      int digit = ALPHABET.indexOf(digits.charAt(i));
      if (digit < 0) {
        throw new IllegalArgumentException("character " + (i + 1) + " is not base58");
      }
      leading &= digit == 0;
      zeros += leading ? 1 : 0;
      value = value.multiply(BASE).add(BigInteger.valueOf(digit));
    }
    byte[] big = value.toByteArray();
    int skip = big[0] == 0 ? 1 : 0;
    byte[] bytes = new byte[zeros + big.length - skip];
    System.arraycopy(big, skip, bytes, zeros, big.length - skip);
    return bytes;
  }
}
