package org.commonshub.history.sqlite;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.commonshub.measure.api.Quantity;

/**
 * Bytes of a sealed run of frames of one stream: self-describing, with a checksum of its own, so
 * that it can be salvaged from a damaged file. README.md documents the format.
 */
final class Chunk {
  static final int MAGIC = 'F';
  static final int VERSION = 1;

  /** Most frames in a chunk; fewer for wide frames. */
  static final int MAX_FRAMES = 4096;

  private static final int MAX_VALUES = 1 << 18;

  /** How exponents and mantissas of a column are held. */
  private static final int CONSTANT = 0;

  private static final int STRIPPED = 1;
  private static final int SCALED = 2;
  private static final int EXPLICIT = 3;

  private static final long[] TENS = new long[19];

  static {
    TENS[0] = 1;
    for (int i = 1; i < TENS.length; i++) {
      TENS[i] = TENS[i - 1] * 10;
    }
  }

  private Chunk() {}

  static int maxFrames(int columns) {
    return Math.max(64, Math.min(MAX_FRAMES, MAX_VALUES / Math.max(1, columns)));
  }

  static byte[] encode(Rows rows) {
    int n = rows.count;
    Out out = new Out(64 + n * rows.columns.length * 2);
    out.u8(MAGIC);
    out.u8(VERSION);
    rows.key.write(out);
    out.uvar(n);
    Longs.encode(out, rows.times, n);
    Longs.encode(out, rows.sequences, n);
    long[] scratch = new long[n];
    Out section = new Out(n * 2 + 64);
    for (Rows.Column column : rows.columns) {
      section.length = 0;
      column(section, column, n, scratch);
      out.uvar(section.length);
      out.raw(section.bytes, 0, section.length);
    }
    if (rows.extras == null) {
      out.u8(0);
    } else {
      out.u8(1);
      for (int i = 0; i < n; i++) {
        object(out, rows.extrasOf(i));
      }
    }
    return sealed(out);
  }

  static byte[] sealed(Out out) {
    CRC32C crc = new CRC32C();
    crc.update(out.bytes, 0, out.length);
    out.i32((int) crc.getValue());
    return out.toBytes();
  }

  /** Opens sealed bytes at their contents. */
  static In open(byte[] bytes, int magic) throws Damaged {
    if (bytes == null || bytes.length < 6) {
      throw new Damaged("too short");
    }
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, bytes.length - 4);
    if (new In(bytes, bytes.length - 4, bytes.length).i32() != (int) crc.getValue()) {
      throw new Damaged("checksum is wrong");
    }
    In in = new In(bytes, 0, bytes.length - 4);
    int found = in.u8();
    int version = in.u8();
    if (found != magic || version != VERSION) {
      throw new Damaged("kind " + found + " version " + version + " is not known here");
    }
    return in;
  }

  private static void column(Out out, Rows.Column c, int n, long[] scratch) {
    int mode = CONSTANT;
    long[] mantissas = c.mantissas;
    int min = c.exponent;
    if (c.exponents != null) {
      min = 18;
      for (int i = 0; i < n; i++) {
        min = Math.min(min, c.exponents[i]);
      }
      mode = min <= 0 ? STRIPPED : SCALED;
      for (int i = 0; i < n && mode != EXPLICIT; i++) {
        int up = c.exponents[i] - min;
        long high = up > 18 ? (c.mantissas[i] == 0 ? 0 : 1) : 0;
        if (up <= 18) {
          high = Math.multiplyHigh(c.mantissas[i], TENS[up]);
          scratch[i] = c.mantissas[i] * TENS[up];
        } else {
          scratch[i] = 0;
        }
        if (up <= 18 ? high != scratch[i] >> 63 : high != 0) {
          mode = EXPLICIT;
        } else if (mode == STRIPPED) {
          long m = scratch[i];
          int e = m == 0 ? 0 : min;
          while (e < 0 && m % 10 == 0) {
            m /= 10;
            e++;
          }
          if (m != c.mantissas[i] || e != c.exponents[i]) {
            mode = SCALED;
          }
        }
      }
      if (mode != EXPLICIT) {
        mantissas = scratch;
      }
    }
    out.u8(mode | (c.qualities == null ? 0 : 0x10));
    out.svar(min);
    Longs.encode(out, mantissas, n);
    if (mode == SCALED || mode == EXPLICIT) {
      long[] exponents = new long[n];
      for (int i = 0; i < n; i++) {
        exponents[i] = c.exponents[i];
      }
      Longs.encode(out, exponents, n);
    }
    if (c.qualities != null) {
      long[] qualities = new long[n];
      for (int i = 0; i < n; i++) {
        qualities[i] = c.qualities[i];
      }
      Longs.encode(out, qualities, n);
    }
  }

  /** Decodes, with only the columns wanted. */
  static Rows decode(byte[] bytes, Predicate<Quantity> wanted) throws Damaged {
    In in = open(bytes, MAGIC);
    StreamKey key = StreamKey.read(in);
    int n = in.size(MAX_FRAMES);
    Rows rows = new Rows(key, n, Longs.decode(in, n), Longs.decode(in, n));
    for (int i = 0; i < rows.columns.length; i++) {
      int length = in.size(bytes.length);
      in.need(length);
      if (wanted.test(key.quantities().get(i))) {
        rows.columns[i] = column(new In(bytes, in.position, in.position + length), n);
      }
      in.skip(length);
    }
    if (in.u8() == 1) {
      rows.extras = new Object[n];
      for (int i = 0; i < n; i++) {
        Map<?, ?> map = extras(in);
        rows.extras[i] = map.isEmpty() ? null : map;
      }
    }
    return rows;
  }

  private static Rows.Column column(In in, int n) throws Damaged {
    int head = in.u8();
    int mode = head & 0xf;
    Rows.Column c = new Rows.Column();
    int min = in.i32var();
    if (mode > EXPLICIT || min < -18 || min > 18) {
      throw new Damaged("unknown column: " + head + ", exponent " + min);
    }
    c.exponent = (byte) min;
    c.mantissas = Longs.decode(in, n);
    if (mode == STRIPPED) {
      c.exponents = new byte[n];
      for (int i = 0; i < n; i++) {
        long m = c.mantissas[i];
        int e = m == 0 ? 0 : min;
        while (e < 0 && m % 10 == 0) {
          m /= 10;
          e++;
        }
        c.mantissas[i] = m;
        c.exponents[i] = (byte) e;
      }
    } else if (mode != CONSTANT) {
      long[] exponents = Longs.decode(in, n);
      c.exponents = new byte[n];
      for (int i = 0; i < n; i++) {
        if (exponents[i] < -18 || exponents[i] > 18) {
          throw new Damaged("exponent " + exponents[i]);
        }
        c.exponents[i] = (byte) exponents[i];
        if (mode == SCALED) {
          int up = (int) exponents[i] - min;
          if (up < 0) {
            throw new Damaged("exponent " + exponents[i] + " below " + min);
          }
          c.mantissas[i] = up > 18 ? 0 : c.mantissas[i] / TENS[up];
        }
      }
    }
    if ((head & 0x10) != 0) {
      long[] qualities = Longs.decode(in, n);
      c.qualities = new int[n];
      for (int i = 0; i < n; i++) {
        c.qualities[i] = (int) qualities[i];
      }
    }
    return c;
  }

  /** Extras as they came: null, booleans, numbers, text, bytes, lists, maps. */
  static void object(Out out, Object value) {
    if (value == null) {
      out.u8(0);
    } else if (value instanceof Boolean b) {
      out.u8(b ? 2 : 1);
    } else if (value instanceof Integer i) {
      out.u8(3);
      out.svar(i);
    } else if (value instanceof Long l) {
      out.u8(4);
      out.svar(l);
    } else if (value instanceof Double d) {
      out.u8(5);
      out.f64(d);
    } else if (value instanceof BigInteger big) {
      out.u8(6);
      out.text(big.toString());
    } else if (value instanceof BigDecimal decimal) {
      out.u8(7);
      out.text(decimal.toString());
    } else if (value instanceof byte[] bytes) {
      out.u8(9);
      out.uvar(bytes.length);
      out.raw(bytes, 0, bytes.length);
    } else if (value instanceof List<?> list) {
      out.u8(10);
      out.uvar(list.size());
      list.forEach(item -> object(out, item));
    } else if (value instanceof Map<?, ?> map) {
      out.u8(11);
      out.uvar(map.size());
      map.forEach(
          (k, v) -> {
            out.text(String.valueOf(k));
            object(out, v);
          });
    } else {
      out.u8(8);
      out.text(value.toString());
    }
  }

  /** The extras of a frame: a map whose own values are all there. */
  static Map<?, ?> extras(In in) throws Damaged {
    if (!(object(in, 0) instanceof Map<?, ?> map) || map.containsValue(null)) {
      throw new Damaged("extras are not a map of values");
    }
    return map;
  }

  private static Object object(In in, int depth) throws Damaged {
    if (depth > 64) {
      throw new Damaged("extras nested deeper than 64");
    }
    int tag = in.u8();
    int limit = in.end - in.position;
    try {
      return switch (tag) {
        case 0 -> null;
        case 1 -> false;
        case 2 -> true;
        case 3 -> in.i32var();
        case 4 -> in.svar();
        case 5 -> in.f64();
        case 6 -> new BigInteger(in.text(limit));
        case 7 -> new BigDecimal(in.text(limit));
        case 8 -> in.text(limit);
        case 9 -> in.raw(in.size(limit));
        case 10 -> {
          int size = in.size(limit);
          List<Object> list = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            list.add(object(in, depth + 1));
          }
          yield list;
        }
        case 11 -> {
          int size = in.size(limit);
          Map<String, Object> map = new LinkedHashMap<>();
          for (int i = 0; i < size; i++) {
            map.put(in.text(limit), object(in, depth + 1));
          }
          yield map;
        }
        default -> throw new Damaged("unknown kind of extra: " + tag);
      };
    } catch (NumberFormatException e) {
      throw new Damaged("extra is not a number");
    }
  }
}
