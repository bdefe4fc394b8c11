package org.commonshub.measure.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Deterministic CBOR (RFC 8949 §4.2.1): shortest heads, definite lengths, map keys in bytewise
 * order of their encoding, shortest float that keeps the value.
 */
final class CborWriter {
  private static final BigInteger UINT64_END = BigInteger.ONE.shiftLeft(64);

  private byte[] buffer = new byte[256];
  private int length;

  byte[] toBytes() {
    return Arrays.copyOf(buffer, length);
  }

  int length() {
    return length;
  }

  private void ensure(int more) {
    if (length + more > Wire.MAX_BYTES) {
      throw new IllegalArgumentException(
          "more than " + Wire.MAX_BYTES + " bytes: split the list of records");
    }
    if (length + more > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(length + more, buffer.length * 2));
    }
  }

  private void put(int octet) {
    buffer[length++] = (byte) octet;
  }

  private void head(int major, long argument) {
    ensure(9);
    int type = major << 5;
    if (argument >= 0 && argument < 24) {
      put(type | (int) argument);
    } else if (argument >= 0 && argument <= 0xFF) {
      put(type | 24);
      put((int) argument);
    } else if (argument >= 0 && argument <= 0xFFFF) {
      put(type | 25);
      bigEndian(argument, 2);
    } else if (argument >= 0 && argument <= 0xFFFF_FFFFL) {
      put(type | 26);
      bigEndian(argument, 4);
    } else {
      put(type | 27);
      bigEndian(argument, 8);
    }
  }

  private void bigEndian(long value, int octets) {
    for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) {
      put((int) (value >>> shift));
    }
  }

  void integer(long value) {
    if (value >= 0) {
      head(0, value);
    } else {
      head(1, ~value);
    }
  }

  void array(int size) {
    head(4, size);
  }

  void map(int size) {
    head(5, size);
  }

  void bytes(byte[] value) {
    head(2, value.length);
    raw(value);
  }

  void raw(byte[] value) {
    ensure(value.length);
    System.arraycopy(value, 0, buffer, length, value.length);
    length += value.length;
  }

  void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > Wire.MAX_TEXT) {
      throw new IllegalArgumentException("text of more than " + Wire.MAX_TEXT + " bytes");
    }
    head(3, utf8.length);
    raw(utf8);
  }

  /** A key of an extra: decimal whole numbers are integer keys. */
  static byte[] key(String name) {
    if (name.length() > Wire.MAX_NAME) {
      throw new IllegalArgumentException(
          "field name of more than " + Wire.MAX_NAME + " characters");
    }
    CborWriter key = new CborWriter();
    if (Wire.isInteger(name)) {
      key.integer(Long.parseLong(name));
    } else {
      key.text(name);
    }
    return key.toBytes();
  }

  /** Encoded fields in the order in which they have to be written. */
  static SortedMap<byte[], byte[]> fields() {
    return new TreeMap<>(Arrays::compareUnsigned);
  }

  void fields(SortedMap<byte[], byte[]> fields) {
    map(fields.size());
    for (Map.Entry<byte[], byte[]> field : fields.entrySet()) {
      raw(field.getKey());
      raw(field.getValue());
    }
  }

  /** Anything that extras may hold; see docs/data-structure.md. */
  void any(Object value, int depth) {
    if (depth > Wire.MAX_DEPTH) {
      throw new IllegalArgumentException("extras deeper than " + Wire.MAX_DEPTH);
    }
    ensure(1);
    if (value instanceof Optional<?> none && none.isEmpty()) {
      put(0xF6);
    } else if (value instanceof Boolean truth) {
      put(truth ? 0xF5 : 0xF4);
    } else if (value instanceof Long || value instanceof Integer) {
      integer(((Number) value).longValue());
    } else if (value instanceof BigInteger big) {
      integer(big);
    } else if (value instanceof BigDecimal decimal) {
      head(6, 4);
      array(2);
      integer(-(long) decimal.scale());
      integer(decimal.unscaledValue());
    } else if (value instanceof Double number) {
      floating(number);
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof ByteBuffer buffered) {
      byte[] octets = new byte[buffered.remaining()];
      buffered.duplicate().get(octets);
      bytes(octets);
    } else if (value instanceof List<?> list) {
      array(list.size());
      for (Object element : list) {
        any(element, depth + 1);
      }
    } else if (value instanceof Map<?, ?> map) {
      SortedMap<byte[], byte[]> fields = fields();
      map.forEach(
          (key, element) -> {
            CborWriter inner = new CborWriter();
            inner.any(element, depth + 1);
            fields.put(key((String) key), inner.toBytes());
          });
      fields(fields);
    } else {
      throw new IllegalArgumentException("extras cannot hold a " + value.getClass().getName());
    }
  }

  private void integer(BigInteger value) {
    if (value.bitLength() < 64) {
      integer(value.longValue());
      return;
    }
    boolean negative = value.signum() < 0;
    BigInteger magnitude = negative ? value.not() : value;
    if (magnitude.compareTo(UINT64_END) < 0) {
      head(negative ? 1 : 0, magnitude.longValue());
    } else {
      head(6, negative ? 3 : 2);
      byte[] octets = magnitude.toByteArray();
      bytes(octets[0] == 0 ? Arrays.copyOfRange(octets, 1, octets.length) : octets);
    }
  }

  private void floating(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("extras cannot hold " + value);
    }
    ensure(9);
    float single = (float) value;
    if (Double.doubleToRawLongBits(single) != Double.doubleToRawLongBits(value)) {
      put(0xFB);
      bigEndian(Double.doubleToRawLongBits(value), 8);
      return;
    }
    int half = half(single);
    if (half >= 0) {
      put(0xF9);
      bigEndian(half, 2);
    } else {
      put(0xFA);
      bigEndian(Float.floatToRawIntBits(single), 4);
    }
  }

  /** The 16-bit form of a finite number (IEEE 754 binary16), or −1 if it would lose something. */
  private static int half(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int exponent = ((bits >>> 23) & 0xFF) - 127;
    int fraction = bits & 0x7FFFFF;
    if ((bits & 0x7FFFFFFF) == 0) {
      return sign;
    }
    if (exponent >= -14 && exponent <= 15) {
      return (fraction & 0x1FFF) != 0 ? -1 : sign | ((exponent + 15) << 10) | (fraction >>> 13);
    }
    if (exponent >= -24 && exponent < -14) {
      int whole = fraction | 0x800000;
      int shift = -exponent - 1;
      return (whole & ((1 << shift) - 1)) != 0 ? -1 : sign | (whole >>> shift);
    }
    return -1;
  }
}
