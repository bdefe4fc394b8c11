package org.commonshub.ledger.ethereum;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The few shapes of the contract ABI that are used: words, and one byte string at the end. */
final class Abi {
  private Abi() {}

  /** First 4 bytes of the hash of a signature, {@code anchor(uint64,uint64,bytes32)}. */
  static byte[] selector(String signature) {
    return Arrays.copyOf(topic(signature), 4);
  }

  /** Hash of an event's signature. */
  static byte[] topic(String signature) {
    return Bytes.keccak(signature.getBytes(StandardCharsets.US_ASCII));
  }

  /** A number or an address as a word of 32 bytes. */
  static byte[] word(byte[] right) {
    return Bytes.left(right, 32);
  }

  /** A number that is not negative as a word. */
  static byte[] word(long number) {
    return word(Rlp.integer(number));
  }

  /** A call with words only. */
  static byte[] call(String signature, byte[]... words) {
    return Bytes.concat(selector(signature), Bytes.concat(words));
  }

  /** A call whose last argument is {@code bytes}. */
  static byte[] callWithBytes(String signature, byte[] word, byte[] bytes) {
    byte[] padded = Arrays.copyOf(bytes, (bytes.length + 31) / 32 * 32);
    return Bytes.concat(selector(signature), word, word(64), word(bytes.length), padded);
  }
}
