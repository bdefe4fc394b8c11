package org.commonshub.apps.sandbox.check;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The entries of a jar (APPNOTE 6.3, sections 4.3 and 4.4), read so that nobody can read it
 * differently: local headers and directory agree, entries lie one behind the other from the first
 * byte to the directory, names are unique whatever their case, sizes and sums are what they say.
 */
final class Jar {
  static final int MAX_BYTES = 16 << 20;
  static final int MAX_ENTRY = 4 << 20;
  static final int MAX_UNPACKED = 48 << 20;
  static final int MAX_ENTRIES = 8192;
  private static final int MAX_NAME = 240;
  private static final int END = 0x06054b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int DESCRIPTOR = 0x08074b50;

  private final ByteBuffer bytes;
  private final Map<String, int[]> entries = new LinkedHashMap<>();
  private long unpacked;

  private Jar(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  static Jar open(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new MalformedJarException("the jar is larger than " + MAX_BYTES + " bytes");
    }
    return of(Files.readAllBytes(file));
  }

  static Jar of(byte[] bytes) throws MalformedJarException {
    Jar jar = new Jar(bytes);
    try {
      jar.directory();
    } catch (IndexOutOfBoundsException e) {
      throw new MalformedJarException("the jar ends too early or points outside of itself");
    }
    return jar;
  }

  /** Names of all entries but folders, in the order of the directory. */
  Set<String> names() {
    return entries.keySet();
  }

  /**
   * An entry.
   *
   * @return null if there is none
   * @throws MalformedJarException if it is not what the directory says
   */
  byte[] read(String name) throws MalformedJarException {
    int[] entry = entries.get(name);
    if (entry == null) {
      return null;
    }
    byte[] content = inflate(name, entry[0], entry[1], entry[2], entry[3]);
    CRC32 sum = new CRC32();
    sum.update(content);
    if ((int) sum.getValue() != entry[4]) {
      throw new MalformedJarException("the check sum of " + name + " is wrong");
    }
    return content;
  }

  private byte[] inflate(String name, int method, int start, int packed, int size)
      throws MalformedJarException {
    byte[] content = new byte[size];
    if (method == 0) {
      bytes.get(start, content);
      return content;
    }
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(bytes.array(), start, packed);
      int got = 0;
      while (got < size) {
        int more = inflater.inflate(content, got, size - got);
        if (more == 0) {
          break;
        }
        got += more;
      }
      boolean whole = got == size && inflater.inflate(new byte[1]) == 0 && inflater.finished();
      if (!whole || inflater.getBytesRead() != packed) {
        throw new MalformedJarException(name + " is not as long as the jar says");
      }
      return content;
    } catch (DataFormatException e) {
      throw new MalformedJarException(name + " cannot be unpacked");
    } finally {
      inflater.end();
    }
  }

  private void directory() throws MalformedJarException {
    int end = bytes.limit() - 22;
    if (end < 0 || bytes.getInt(end) != END || bytes.getShort(end + 20) != 0) {
      throw new MalformedJarException("it is no jar, or something follows its end");
    }
    int count = u2(end + 10);
    int from = bytes.getInt(end + 16);
    if (u2(end + 4) != 0
        || u2(end + 6) != 0
        || u2(end + 8) != count
        || from < 0
        || from + (long) bytes.getInt(end + 12) != end) {
      throw new MalformedJarException("the directory of the jar is not at its end");
    }
    if (count > MAX_ENTRIES) {
      throw new MalformedJarException("the jar has more than " + MAX_ENTRIES + " entries");
    }
    Set<String> seen = new HashSet<>();
    int at = from;
    int next = 0;
    for (int i = 0; i < count; i++) {
      if (bytes.getInt(at) != CENTRAL) {
        throw new MalformedJarException("the directory of the jar is not what it says");
      }
      next = entry(at, next, seen);
      at += 46 + u2(at + 28) + u2(at + 30) + u2(at + 32);
    }
    if (at != end || next != from) {
      throw new MalformedJarException("the jar has bytes that belong to no entry");
    }
  }

  /** Takes an entry of the directory, and returns where the next one's data begins. */
  private int entry(int at, int expected, Set<String> seen) throws MalformedJarException {
    int flags = u2(at + 8);
    int method = u2(at + 10);
    int sum = bytes.getInt(at + 16);
    int packed = bytes.getInt(at + 20);
    int size = bytes.getInt(at + 24);
    int local = bytes.getInt(at + 42);
    String name = name(at + 46, u2(at + 28));
    boolean folder = name.endsWith("/");
    // Made by Unix, the upper half has the file's mode: plain files (0100000), folders, or nothing.
    int mode = bytes.get(at + 5) == 3 ? u2(at + 40) >> 12 : 0;
    if (mode != 0 && mode != 8 && mode != 4) {
      throw new MalformedJarException(name + " is a link or a device");
    }
    if ((flags & ~0x80e) != 0 || method != 0 && method != 8) {
      throw new MalformedJarException(name + " is packed in a way that is not allowed here");
    }
    if (!seen.add(name.toLowerCase(Locale.ROOT))) {
      throw new MalformedJarException(name + " is there twice");
    }
    if (size < 0
        || packed < 0
        || size > MAX_ENTRY
        || method == 0 && size != packed
        || folder && size != 0
        || (unpacked += size) > MAX_UNPACKED) {
      throw new MalformedJarException(name + " is too large or not as long as the jar says");
    }
    if (local != expected || bytes.getInt(local) != LOCAL) {
      throw new MalformedJarException(name + " does not begin where the entry before it ends");
    }
    int start = local + 30 + u2(local + 26) + u2(local + 28);
    boolean later = (flags & 8) != 0;
    if (u2(local + 6) != flags
        || u2(local + 8) != method
        || !name(local + 30, u2(local + 26)).equals(name)
        || !later
            && (bytes.getInt(local + 14) != sum
                || bytes.getInt(local + 18) != packed
                || bytes.getInt(local + 22) != size)) {
      throw new MalformedJarException("the directory of the jar says otherwise about " + name);
    }
    int end = start + packed; // At most 16 MiB each, or it ends too early.
    if (packed > bytes.limit() || end > bytes.limit()) {
      throw new IndexOutOfBoundsException();
    }
    if (later) {
      if (bytes.getInt(end) == DESCRIPTOR && bytes.getInt(end + 4) == sum) {
        end += 4;
      }
      if (bytes.getInt(end) != sum
          || bytes.getInt(end + 4) != packed
          || bytes.getInt(end + 8) != size) {
        throw new MalformedJarException("the directory of the jar says otherwise about " + name);
      }
      end += 12;
    }
    if (!folder) {
      entries.put(name, new int[] {method, start, packed, size, sum});
    }
    return end;
  }

  private String name(int at, int length) throws MalformedJarException {
    if (length == 0 || length > MAX_NAME) {
      throw new MalformedJarException("a name in the jar has 1 to " + MAX_NAME + " characters");
    }
    byte[] text = new byte[length];
    bytes.get(at, text);
    for (byte b : text) {
      if (b < 0x20 || b == 0x7f || b == '\\' || b == ':') {
        throw new MalformedJarException("a name in the jar has characters that are not allowed");
      }
    }
    String name = new String(text, StandardCharsets.US_ASCII);
    if (("/" + name + "/").contains("/../")
        || ("/" + name).contains("/./")
        || name.startsWith("/")
        || name.contains("//")) {
      throw new MalformedJarException("the name " + name + " points elsewhere");
    }
    return name;
  }

  private int u2(int at) {
    return bytes.getShort(at) & 0xffff;
  }
}
