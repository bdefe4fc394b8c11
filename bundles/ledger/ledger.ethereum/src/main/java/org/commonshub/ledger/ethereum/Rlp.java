package org.commonshub.ledger.ethereum;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Recursive Length Prefix (Ethereum Yellow Paper, appendix B). A value is a {@code byte[]} or a
 * {@link List} of values; {@link Encoded} passes through as it is.
 */
final class Rlp {
  private static final int MAX_DEPTH = 16;
  private static final int SHORT = 55;

  private Rlp() {}

  /** A value that is encoded already. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Encoded(byte[] bytes) {}

  static byte[] integer(BigInteger value) {
    return Bytes.minimal(value);
  }

  static byte[] integer(long value) {
    return Bytes.minimal(BigInteger.valueOf(value));
  }

  static byte[] encode(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    write(out, value);
    return out.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, Object value) {
    if (value instanceof byte[] bytes) {
      if (bytes.length != 1 || bytes[0] < 0) {
        head(out, 0x80, bytes.length);
      }
      out.writeBytes(bytes);
    } else if (value instanceof Encoded encoded) {
      out.writeBytes(encoded.bytes());
    } else if (value instanceof List<?> list) {
      ByteArrayOutputStream items = new ByteArrayOutputStream();
      for (Object item : list) {
        write(items, item);
      }
      head(out, 0xC0, items.size());
      out.writeBytes(items.toByteArray());
    } else {
      throw new IllegalArgumentException("neither bytes nor a list");
    }
  }

  private static void head(ByteArrayOutputStream out, int base, int length) {
    if (length <= SHORT) {
      out.write(base + length);
    } else {
      byte[] size = integer(length);
      out.write(base + SHORT + size.length);
      out.writeBytes(size);
    }
  }

  /**
   * Decodes exactly one value that fills {@code bytes}; only the one shortest encoding is taken.
   */
  static Object decode(byte[] bytes) throws MalformedException {
    Reader reader = new Reader(bytes);
    Object value = reader.value(bytes.length, 0);
    if (reader.at != bytes.length) {
      throw new MalformedException("bytes follow the RLP value at byte " + reader.at);
    }
    return value;
  }

  /** Decodes a list. */
  static List<?> list(Object value) throws MalformedException {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new MalformedException("RLP bytes where a list was due");
  }

  static byte[] bytes(Object value) throws MalformedException {
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    throw new MalformedException("an RLP list where bytes were due");
  }

  /** An unsigned integer without leading zeros, at most 32 bytes. */
  static BigInteger number(Object value) throws MalformedException {
    byte[] bytes = bytes(value);
    if (bytes.length > 32 || (bytes.length > 0 && bytes[0] == 0)) {
      throw new MalformedException("not an RLP integer");
    }
    return new BigInteger(1, bytes);
  }

  private static final class Reader {
    private final byte[] in;
    private int at;

    Reader(byte[] in) {
      this.in = in;
    }

    Object value(int end, int depth) throws MalformedException {
      if (at >= end) {
        throw new MalformedException("RLP is cut short at byte " + at);
      }
      if (depth > MAX_DEPTH) {
        throw new MalformedException("RLP is nested deeper than " + MAX_DEPTH);
      }
      int first = in[at++] & 0xFF;
      if (first < 0x80) {
        return new byte[] {(byte) first};
      }
      boolean list = first >= 0xC0;
      int to = at(length(first - (list ? 0xC0 : 0x80), end), end);
      if (!list) {
        byte[] bytes = Arrays.copyOfRange(in, at, to);
        if (bytes.length == 1 && bytes[0] >= 0) {
          throw new MalformedException("RLP is longer than it need be at byte " + at);
        }
        at = to;
        return bytes;
      }
      List<Object> items = new ArrayList<>();
      while (at < to) {
        items.add(value(to, depth + 1));
      }
      return items;
    }

    private int length(int code, int end) throws MalformedException {
      if (code <= SHORT) {
        return code;
      }
      int count = code - SHORT;
      if (count > 4 || end - at < count) {
        throw new MalformedException("RLP is cut short at byte " + at);
      }
      long length = 0;
      for (int i = 0; i < count; i++) {
        length = (length << 8) | (in[at++] & 0xFF);
      }
      if (length <= SHORT || length >> (8 * (count - 1)) == 0 || length > Integer.MAX_VALUE) {
        throw new MalformedException("RLP is longer than it need be at byte " + at);
      }
      return (int) length;
    }

    private int at(int length, int end) throws MalformedException {
      if (length > end - at) {
        throw new MalformedException("RLP is cut short at byte " + at);
      }
      return at + length;
    }
  }
}
