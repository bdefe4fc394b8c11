package org.commonshub.metering.ecp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A COSE_Sign1 structure (RFC 9052, section 4.2) with an Ed25519 signature, taken apart but not
 * believed yet. Only what the protocol uses is read: tag 18 or none, definite lengths, the
 * protected header {@code {1: -8}}, the key identifier in the unprotected one. Everything is
 * bounded by the message.
 *
 * @param kid key identifier, 16 bytes
 * @param payload what is signed
 * @param signature 64 bytes
 */
record Envelope(byte[] kid, byte[] payload, byte[] signature) {
  /** Largest message. */
  static final int MAX_BYTES = 16 * 1024;

  static final int KID = 16;

  private static final byte[] PROTECTED = {(byte) 0xa1, 0x01, 0x27};
  private static final byte[] CONTEXT = "Signature1".getBytes(StandardCharsets.US_ASCII);
  private static final int BYTES = 2;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;

  /**
   * Takes a message apart.
   *
   * @throws Refusal if it is anything else
   */
  static Envelope parse(byte[] message) throws Refusal {
    if (message.length > MAX_BYTES) {
      throw new Refusal(Refusal.Kind.TOO_LARGE, "A message has at most " + MAX_BYTES + " bytes.");
    }
    Reader reader = new Reader(message);
    if (reader.peek() == TAG && reader.head(TAG) != 18) {
      throw Refusal.malformed("The message is not a COSE_Sign1 structure (tag 18).");
    }
    if (reader.head(ARRAY) != 4) {
      throw Refusal.malformed("A COSE_Sign1 structure has four parts.");
    }
    if (!Arrays.equals(reader.bytes(16), PROTECTED)) {
      throw Refusal.malformed("The protected header is not {1: -8} (EdDSA).");
    }
    if (reader.head(MAP) != 1 || reader.head(0) != 4) {
      throw Refusal.malformed("The unprotected header is not {4: key identifier}.");
    }
    byte[] kid = reader.bytes(KID);
    byte[] payload = reader.bytes(MAX_BYTES);
    byte[] signature = reader.bytes(64);
    if (kid.length != KID || signature.length != 64) {
      throw Refusal.malformed("A key identifier has 16 bytes, a signature 64.");
    }
    if (reader.at != message.length) {
      throw Refusal.malformed("Bytes follow the message.");
    }
    return new Envelope(kid, payload, signature);
  }

  /** The Sig_structure (RFC 9052, section 4.4): the bytes that are signed. */
  byte[] signed() {
    byte[] head = new byte[9];
    int size = head(head, BYTES, payload.length);
    byte[] signed =
        new byte[1 + 1 + CONTEXT.length + 1 + PROTECTED.length + 1 + size + payload.length];
    int at = 0;
    signed[at++] = (byte) (ARRAY << 5 | 4);
    signed[at++] = (byte) (3 << 5 | CONTEXT.length);
    System.arraycopy(CONTEXT, 0, signed, at, CONTEXT.length);
    at += CONTEXT.length;
    signed[at++] = (byte) (BYTES << 5 | PROTECTED.length);
    System.arraycopy(PROTECTED, 0, signed, at, PROTECTED.length);
    at += PROTECTED.length;
    signed[at++] = (byte) (BYTES << 5);
    System.arraycopy(head, 0, signed, at, size);
    System.arraycopy(payload, 0, signed, at + size, payload.length);
    return signed;
  }

  /** Writes a head in its shortest form; returns its length. */
  static int head(byte[] out, int type, long value) {
    int size =
        value < 24 ? 0 : value < 0x100 ? 1 : value < 0x1_0000 ? 2 : value >>> 32 == 0 ? 4 : 8;
    int info = size == 0 ? (int) value : 23 + 32 - Integer.numberOfLeadingZeros(size);
    out[0] = (byte) (type << 5 | info);
    for (int i = 0; i < size; i++) {
      out[1 + i] = (byte) (value >>> 8 * (size - 1 - i));
    }
    return 1 + size;
  }

  /** Reads definite items; every length is checked against what is there. */
  static final class Reader {
    private final byte[] message;
    private int at;

    Reader(byte[] message) {
      this.message = message;
    }

    int peek() throws Refusal {
      if (at >= message.length) {
        throw Refusal.malformed("The message is cut short.");
      }
      return (message[at] & 0xFF) >> 5;
    }

    /** The argument of a head of this major type. */
    long head(int type) throws Refusal {
      if (peek() != type) {
        throw Refusal.malformed("Another type was expected at byte " + at + ".");
      }
      int info = message[at++] & 0x1F;
      if (info < 24) {
        return info;
      }
      if (info > 27) {
        throw Refusal.malformed("Lengths are definite; byte " + (at - 1) + " is not.");
      }
      int size = 1 << info - 24;
      if (message.length - at < size) {
        throw Refusal.malformed("The message is cut short.");
      }
      long value = 0;
      for (int i = 0; i < size; i++) {
        value = value << 8 | message[at++] & 0xFF;
      }
      return value;
    }

    byte[] bytes(int most) throws Refusal {
      return run(BYTES, most);
    }

    String text(int most) throws Refusal {
      return new String(run(3, most), StandardCharsets.UTF_8);
    }

    private byte[] run(int type, int most) throws Refusal {
      long length = head(type);
      if (length < 0 || length > most || length > message.length - at) {
        throw Refusal.malformed("A part is too long at byte " + at + ".");
      }
      byte[] bytes = Arrays.copyOfRange(message, at, at + (int) length);
      at += (int) length;
      return bytes;
    }

    boolean atEnd() {
      return at == message.length;
    }
  }
}
