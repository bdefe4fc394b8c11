package org.commonshub.ledger.content;

import java.math.BigInteger;
import java.util.Arrays;

/** X25519 public keys as people exchange them: did:key or multikey, {@code z6LS…}. */
final class RecipientKey {
  private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final String DID_KEY = "did:key:";
  private static final int CODED = 2 + Hpke.KEY;

  private RecipientKey() {}

  /**
   * The raw key.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  static byte[] parse(String text) {
    String multikey = text.startsWith(DID_KEY) ? text.substring(DID_KEY.length()) : text;
    if (multikey.length() > 64 || !multikey.startsWith("z6LS")) {
      throw new IllegalArgumentException(
          "A recipient's key is an X25519 key as did:key or multikey and starts with z6LS.");
    }
    BigInteger number = BigInteger.ZERO;
    for (char c : multikey.substring(1).toCharArray()) {
      int digit = BASE58.indexOf(c);
      if (digit < 0) {
        throw new IllegalArgumentException("A recipient's key holds the character '" + c + "'.");
      }
      number = number.multiply(BigInteger.valueOf(58)).add(BigInteger.valueOf(digit));
    }
    byte[] coded = number.toByteArray();
    int sign = coded[0] == 0 ? 1 : 0;
    if (coded.length - sign != CODED
        || (coded[sign] & 0xFF) != 0xEC
        || (coded[sign + 1] & 0xFF) != 0x01) {
      throw new IllegalArgumentException("A recipient's key is cut short or mistyped.");
    }
    return Arrays.copyOfRange(coded, sign + 2, coded.length);
  }

  /** As multikey. */
  static String text(byte[] key) {
    byte[] coded = new byte[CODED];
    coded[0] = (byte) 0xEC;
    coded[1] = 0x01;
    System.arraycopy(key, 0, coded, 2, Hpke.KEY);
    StringBuilder text = new StringBuilder();
    BigInteger base = BigInteger.valueOf(BASE58.length());
    for (BigInteger n = new BigInteger(1, coded); n.signum() > 0; n = n.divide(base)) {
      text.append(BASE58.charAt(n.mod(base).intValue()));
    }
    return text.append('z').reverse().toString();
  }
}
