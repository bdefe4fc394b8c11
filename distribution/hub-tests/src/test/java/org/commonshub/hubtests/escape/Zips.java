package org.commonshub.hubtests.escape;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Tricks with the container. */
final class Zips {
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;

  private Zips() {}

  /** The class twice, the second time another. */
  static byte[] duplicate(byte[] jar) throws IOException {
    byte[] changed =
        more(jar, "hostile/HostilE.class", "other".getBytes(StandardCharsets.US_ASCII));
    return replaceAll(changed, "hostile/HostilE.class", "hostile/Hostile.class");
  }

  static byte[] bomb(byte[] jar) throws IOException {
    return more(jar, "zeros", new byte[200 << 20]);
  }

  static byte[] crowd(byte[] jar) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      copy(jar, out);
      for (int i = 0; i < 100_000; i++) {
        out.putNextEntry(new ZipEntry("e" + i));
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  static byte[] slip(byte[] jar) throws IOException {
    return more(jar, "../../../tmp/escaped", new byte[1]);
  }

  /** Its mode in the central directory says: symbolic link. */
  static byte[] link(byte[] jar) throws IOException {
    byte[] changed = more(jar, "link", "/etc/passwd".getBytes(StandardCharsets.US_ASCII));
    int at = last(changed, CENTRAL);
    changed[at + 5] = 3; // made on Unix
    put2(changed, at + 40, 0120777);
    return changed;
  }

  /** The local header says another name than the directory. */
  static byte[] twoNames(byte[] jar) throws IOException {
    byte[] changed = more(jar, "nameA", new byte[1]);
    int at = last(changed, CENTRAL);
    changed[at + 46 + 4] = 'B';
    return changed;
  }

  static byte[] encrypted(byte[] jar) throws IOException {
    byte[] changed = more(jar, "sealed", new byte[1]);
    changed[last(changed, CENTRAL) + 8] |= 1;
    changed[last(changed, LOCAL) + 6] |= 1;
    return changed;
  }

  private static byte[] more(byte[] jar, String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      copy(jar, out);
      out.putNextEntry(new ZipEntry(name));
      out.write(content);
      out.closeEntry();
    }
    return bytes.toByteArray();
  }

  private static void copy(byte[] jar, ZipOutputStream out) throws IOException {
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(jar))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        out.putNextEntry(new ZipEntry(entry.getName()));
        in.transferTo(out);
        out.closeEntry();
      }
    }
  }

  private static byte[] replaceAll(byte[] bytes, String from, String to) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int last(byte[] bytes, int signature) {
    for (int i = bytes.length - 30; i >= 0; i--) {
      if ((bytes[i] & 0xff
              | (bytes[i + 1] & 0xff) << 8
              | (bytes[i + 2] & 0xff) << 16
              | bytes[i + 3] << 24)
          == signature) {
        return i;
      }
    }
    throw new IllegalStateException("not there");
  }

  private static void put2(byte[] bytes, int at, int value) {
    bytes[at] = (byte) value;
    bytes[at + 1] = (byte) (value >> 8);
  }
}
