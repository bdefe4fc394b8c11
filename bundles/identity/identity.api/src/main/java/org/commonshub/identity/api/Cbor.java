package org.commonshub.identity.api;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Deterministic CBOR (RFC 8949, section 4.2.1) for what is signed or hashed: exactly one encoding
 * for one value, and nothing else is read back.
 *
 * <p>Values: {@link Long} (from −2⁶³ to 2⁶³−1; other {@code Number}s are refused), {@code byte[]},
 * {@link String}, {@link Boolean}, {@code null}, {@link List}, {@link Map} with {@code Long} or
 * {@code String} keys, and {@link Tagged}. No floats: what is billed is an integer. Pure functions;
 * any thread.
 */
public final class Cbor {
  /** Deepest nesting that is read or written. */
  public static final int MAX_DEPTH = 16;

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;

  private Cbor() {}

  /** A tagged value (RFC 8949, section 3.4), such as 18 for COSE_Sign1. */
  public record Tagged(long tag, Object value) {}

  /**
   * Encodes a value.
   *
   * @throws IllegalArgumentException if it holds something that the class comment does not name
   */
  public static byte[] encode(Object value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    write(out, value, 0);
    return out.toByteArray();
  }

  /**
   * Decodes exactly one value that fills {@code bytes}. Byte strings are fresh arrays; lists and
   * maps are unmodifiable, maps in encoded order. Takes time and memory linear in the length.
   *
   * @throws MalformedCborException if it is cut short, followed by more, not deterministic, too
   *     deep, or holds anything that {@link #encode} would not write
   */
  public static Object decode(byte[] bytes) throws MalformedCborException {
    Reader reader = new Reader(bytes);
    Object value = reader.value(0);
    if (reader.at != bytes.length) {
      throw new MalformedCborException("bytes follow the value at byte " + reader.at);
    }
    return value;
  }

  private static void write(ByteArrayOutputStream out, Object value, int depth) {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("deeper than " + MAX_DEPTH);
    }
    if (value == null) {
      out.write(0xF6);
    } else if (value instanceof Boolean truth) {
      out.write(truth ? 0xF5 : 0xF4);
    } else if (value instanceof Long number) {
      head(out, number < 0 ? NEGATIVE : UNSIGNED, number < 0 ? ~number : number);
    } else if (value instanceof byte[] bytes) {
      head(out, BYTES, bytes.length);
      out.writeBytes(bytes);
    } else if (value instanceof String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      head(out, TEXT, utf8.length);
      out.writeBytes(utf8);
    } else if (value instanceof Collection<?> list) {
      head(out, ARRAY, list.size());
      for (Object element : list) {
        write(out, element, depth + 1);
      }
    } else if (value instanceof Map<?, ?> map) {
      map(out, map, depth);
    } else if (value instanceof Tagged tagged) {
      if (tagged.tag() < 0) {
        throw new IllegalArgumentException("a tag is not negative");
      }
      head(out, TAG, tagged.tag());
      write(out, tagged.value(), depth + 1);
    } else {
      throw new IllegalArgumentException("not to be encoded: " + value.getClass().getName());
    }
  }

  private static void map(ByteArrayOutputStream out, Map<?, ?> map, int depth) {
    TreeMap<byte[], Object> sorted = new TreeMap<>(Arrays::compareUnsigned);
    map.forEach(
        (key, value) -> {
          if (!(key instanceof Long) && !(key instanceof String)) {
            throw new IllegalArgumentException("a key is a Long or a String");
          }
          sorted.put(encode(key), value);
        });
    head(out, MAP, sorted.size());
    sorted.forEach(
        (key, value) -> {
          out.writeBytes(key);
          write(out, value, depth + 1);
        });
  }

  private static void head(ByteArrayOutputStream out, int major, long argument) {
    int octets =
        argument < 24
            ? 0
            : argument <= 0xFF ? 1 : argument <= 0xFFFF ? 2 : argument <= 0xFFFF_FFFFL ? 4 : 8;
    int info = octets == 0 ? (int) argument : 24 + Integer.numberOfTrailingZeros(octets);
    out.write(major << 5 | info);
    for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) {
      out.write((int) (argument >>> shift));
    }
  }

  private static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    private MalformedCborException malformed(String what) {
      return new MalformedCborException(what + " at byte " + at);
    }

    private int next() throws MalformedCborException {
      if (at >= bytes.length) {
        throw malformed("cut short");
      }
      return bytes[at++] & 0xFF;
    }

    private long argument(int info) throws MalformedCborException {
      if (info < 24) {
        return info;
      }
      if (info > 27) {
        throw malformed("indefinite or reserved length");
      }
      int octets = 1 << info - 24;
      long value = 0;
      for (int i = 0; i < octets; i++) {
        value = value << 8 | next();
      }
      long least = octets == 1 ? 24 : 1L << octets * 4;
      if (value < 0) {
        throw malformed("number beyond 63 bits");
      }
      if (value < least) {
        throw malformed("not the shortest form");
      }
      return value;
    }

    private int size(long argument, int least) throws MalformedCborException {
      if (argument > (bytes.length - at) / least) {
        throw malformed("cut short");
      }
      return (int) argument;
    }

    Object value(int depth) throws MalformedCborException {
      if (depth > MAX_DEPTH) {
        throw malformed("nested too deep");
      }
      int initial = next();
      int info = initial & 0x1F;
      switch (initial >> 5) {
        case UNSIGNED:
          return argument(info);
        case NEGATIVE:
          return ~argument(info);
        case BYTES:
          return run(info);
        case TEXT:
          return text(run(info));
        case ARRAY:
          {
            int size = size(argument(info), 1);
            List<Object> list = new ArrayList<>(Math.min(size, 64));
            for (int i = 0; i < size; i++) {
              list.add(value(depth + 1));
            }
            return Collections.unmodifiableList(list);
          }
        case MAP:
          return map(size(argument(info), 2), depth);
        case TAG:
          return new Tagged(argument(info), value(depth + 1));
        default:
          return switch (initial) {
            case 0xF4 -> Boolean.FALSE;
            case 0xF5 -> Boolean.TRUE;
            case 0xF6 -> null;
            default -> throw malformed("float or simple value");
          };
      }
    }

    private byte[] run(int info) throws MalformedCborException {
      int size = size(argument(info), 1);
      at += size;
      return Arrays.copyOfRange(bytes, at - size, at);
    }

    private String text(byte[] utf8) throws MalformedCborException {
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(utf8))
            .toString();
      } catch (CharacterCodingException e) {
        throw malformed("text that is not UTF-8");
      }
    }

    private Map<Object, Object> map(int size, int depth) throws MalformedCborException {
      Map<Object, Object> map = new LinkedHashMap<>();
      byte[] before = null;
      for (int i = 0; i < size; i++) {
        int start = at;
        Object key = value(depth + 1);
        if (!(key instanceof Long) && !(key instanceof String)) {
          throw malformed("key that is neither number nor text");
        }
        byte[] encoded = Arrays.copyOfRange(bytes, start, at);
        if (before != null && Arrays.compareUnsigned(before, encoded) >= 0) {
          throw malformed("keys out of order or twice");
        }
        before = encoded;
        map.put(key, value(depth + 1));
      }
      return Collections.unmodifiableMap(map);
    }
  }
}
