package org.commonshub.apps.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.ManifestException;

/**
 * Looks at a package as a file: a plain ZIP that every reader reads alike (APPNOTE 6.3), no larger
 * inside than is sensible, with the manifests it should have. Streams it once, from the first byte
 * to the last, and takes its digest on the way.
 */
public final class PackageCheck {
  /** Most entries. */
  static final int MAX_ENTRIES = 4096;

  /** Largest entry, unpacked. */
  static final long MAX_ENTRY = 16 << 20;

  /** Everything unpacked. */
  static final long MAX_TOTAL = 64 << 20;

  /** How far an entry larger than {@link #PLAIN} may have been packed. */
  static final long MAX_RATIO = 100;

  /** Entries up to that size may be packed as far as they can. */
  static final long PLAIN = 256 << 10;

  private static final String BUNDLE_MANIFEST = "META-INF/MANIFEST.MF";
  private static final int MAX_DIRECTORY = 1 << 20;
  private static final int MAX_NAME = 512;
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int DESCRIPTOR = 0x08074b50;
  private static final int END_SIZE = 22;
  private static final int HAS_DESCRIPTOR = 8;

  /** Deflate's two bits of effort, descriptor, UTF-8. */
  private static final int KNOWN_FLAGS = 0x0806 | HAS_DESCRIPTOR;

  /** Extra fields without a say in how an entry is read: jar marker, times. */
  private static final Set<Integer> HARMLESS_EXTRAS = Set.of(0xCAFE, 0x5455, 0x000A);

  /**
   * What was found.
   *
   * @param manifest HUB-INF/app.json
   * @param length bytes of the file
   * @param sha256 hex, of the file
   */
  public record Found(AppManifest manifest, long length, String sha256) {}

  private record Entry(
      String name, int flags, int method, long crc, long packed, long size, long offset) {}

  private final FileChannel channel;
  private final long length;
  private final MessageDigest digest = Keys.digest();
  private final ByteBuffer buffer =
      ByteBuffer.allocate(64 << 10).order(ByteOrder.LITTLE_ENDIAN).limit(0);
  private final Map<String, byte[]> kept = new HashMap<>();
  private long at;

  private PackageCheck(FileChannel channel) throws IOException {
    this.channel = channel;
    this.length = channel.size();
  }

  /**
   * Checks a package.
   *
   * @throws IOException if it can't be read
   * @throws MetadataException if it is not what a package has to be
   */
  public static Found check(Path file) throws IOException, MetadataException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new PackageCheck(channel).run();
    } catch (java.nio.BufferUnderflowException e) {
      throw new MetadataException("the package is cut short", e);
    }
  }

  /** The one form of a manifest, as it stands in the metadata. */
  static byte[] canonical(AppManifest manifest) {
    return ManifestCodec.json(manifest).getBytes(StandardCharsets.UTF_8);
  }

  private static MetadataException wrong(String what) {
    return new MetadataException("the package is refused: " + what);
  }

  private Found run() throws IOException, MetadataException {
    if (length < END_SIZE || length > Metadata.MAX_PACKAGE) {
      throw wrong("it has " + length + " bytes");
    }
    ByteBuffer end = read(length - END_SIZE, END_SIZE);
    if (end.getInt(0) != END || end.getShort(20) != 0) {
      throw wrong("it does not end like a ZIP without comment");
    }
    int count = end.getShort(10) & 0xFFFF;
    long directorySize = end.getInt(12) & 0xFFFFFFFFL;
    long directoryAt = end.getInt(16) & 0xFFFFFFFFL;
    if (end.getInt(4) != 0 || (end.getShort(8) & 0xFFFF) != count) {
      throw wrong("it is in several parts");
    }
    if (count < 1 || count > MAX_ENTRIES || directorySize > MAX_DIRECTORY) {
      throw wrong("it has more than " + MAX_ENTRIES + " entries");
    }
    if (directoryAt + directorySize + END_SIZE != length) {
      throw wrong("something stands before or after the ZIP, or between its parts");
    }
    ByteBuffer directory = read(directoryAt, (int) directorySize);
    List<Entry> entries = entries(directory, count);
    names(entries);
    Inflater inflater = new Inflater(true);
    try {
      long total = 0;
      for (Entry entry : entries) {
        if (entry.offset != at) {
          throw wrong("its entries overlap or leave gaps at " + entry.name);
        }
        total += entry.size;
        if (total > MAX_TOTAL) {
          throw wrong("unpacked it is larger than " + MAX_TOTAL + " bytes");
        }
        walk(entry, inflater);
      }
    } finally {
      inflater.end();
    }
    if (at != directoryAt) {
      throw wrong("something stands before its directory");
    }
    byte[] tail = take((int) (length - at));
    if (!ByteBuffer.wrap(tail, 0, (int) directorySize).equals(directory.flip())) {
      throw wrong("it changed while it was read");
    }
    AppManifest manifest = manifest();
    return new Found(manifest, length, HexFormat.of().formatHex(digest.digest()));
  }

  private AppManifest manifest() throws MetadataException {
    byte[] json = kept.get(ManifestCodec.PATH);
    byte[] bundle = kept.get(BUNDLE_MANIFEST);
    if (json == null || bundle == null) {
      throw wrong("it has no " + (json == null ? ManifestCodec.PATH : BUNDLE_MANIFEST));
    }
    AppManifest manifest;
    try {
      manifest = ManifestCodec.read(json);
    } catch (ManifestException e) {
      throw new MetadataException("the package is refused: " + e.getMessage(), e);
    }
    Map<String, String> headers = headers(bundle);
    String name = headers.getOrDefault("bundle-symbolicname", "").split(";", 2)[0].strip();
    String version = headers.getOrDefault("bundle-version", "");
    if (!name.equals(manifest.id().name()) || !version.equals(manifest.version().toString())) {
      throw wrong(
          "its bundle is "
              + name
              + " "
              + version
              + ", and its manifest says "
              + manifest.id()
              + " "
              + manifest.version());
    }
    if (headers.containsKey("multi-release")) {
      throw wrong("it is a multi-release JAR");
    }
    return manifest;
  }

  /** Main attributes, names in lower case; only what all readers read alike. */
  static Map<String, String> headers(byte[] bytes) throws MetadataException {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new MetadataException("the package is refused: its bundle manifest is not UTF-8", e);
    }
    text = text.replace("\r\n", "\n");
    if (text.startsWith("\n")
        || text.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c))) {
      throw wrong("its bundle manifest has control characters or begins with an empty line");
    }
    Map<String, String> headers = new TreeMap<>();
    String main = text.split("\n\n", 2)[0].replace("\n ", "");
    for (String line : main.strip().split("\n", -1)) {
      int colon = line.indexOf(": ");
      if (colon < 1 || !line.substring(0, colon).matches("[A-Za-z0-9_-]{1,70}")) {
        throw wrong("its bundle manifest has a line that is no attribute");
      }
      if (headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2))
          != null) {
        throw wrong("its bundle manifest has " + line.substring(0, colon) + " twice");
      }
    }
    return headers;
  }

  private static List<Entry> entries(ByteBuffer directory, int count) throws MetadataException {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (directory.getInt() != CENTRAL) {
        throw wrong("its directory is damaged");
      }
      int madeBy = directory.getShort() & 0xFFFF;
      directory.getShort();
      int flags = directory.getShort() & 0xFFFF;
      int method = directory.getShort() & 0xFFFF;
      directory.getInt();
      long crc = directory.getInt() & 0xFFFFFFFFL;
      long packed = directory.getInt() & 0xFFFFFFFFL;
      long size = directory.getInt() & 0xFFFFFFFFL;
      int nameLength = directory.getShort() & 0xFFFF;
      int extra = directory.getShort() & 0xFFFF;
      int comment = directory.getShort() & 0xFFFF;
      int disk = directory.getShort() & 0xFFFF;
      directory.getShort();
      int attributes = directory.getInt();
      long offset = directory.getInt() & 0xFFFFFFFFL;
      if (nameLength > MAX_NAME || comment != 0 || disk != 0) {
        throw wrong("an entry has a long name or a comment");
      }
      String name = name(directory, nameLength);
      extras(directory, extra, name);
      int kind = attributes >>> 28;
      if (madeBy >> 8 == 3 && kind != 0 && kind != 8 && kind != 4) {
        throw wrong(name + " is a link or a device");
      }
      if ((flags & ~KNOWN_FLAGS) != 0
          || (method != 0 && method != 8)
          || (method == 0 && ((flags & HAS_DESCRIPTOR) != 0 || packed != size))) {
        throw wrong(name + " is encrypted or packed in a way that is not known here");
      }
      if (size > MAX_ENTRY
          || (size > PLAIN && size / MAX_RATIO > packed)
          || packed > Metadata.MAX_PACKAGE) {
        throw wrong(name + " unpacks to " + size + " bytes");
      }
      if (name.endsWith("/") && size != 0) {
        throw wrong(name + " is a folder with content");
      }
      entries.add(new Entry(name, flags, method, crc, packed, size, offset));
    }
    if (directory.hasRemaining()) {
      throw wrong("something stands in its directory");
    }
    entries.sort((a, b) -> Long.compare(a.offset, b.offset));
    return entries;
  }

  private static String name(ByteBuffer bytes, int length) {
    byte[] name = new byte[length];
    bytes.get(name);
    return new String(name, StandardCharsets.ISO_8859_1);
  }

  private static void extras(ByteBuffer bytes, int length, String name) throws MetadataException {
    int end = bytes.position() + length;
    while (bytes.position() < end) {
      int id = bytes.getShort() & 0xFFFF;
      int size = bytes.getShort() & 0xFFFF;
      if (!HARMLESS_EXTRAS.contains(id) || bytes.position() + size > end) {
        throw wrong(name + " has an extra field that is not known here");
      }
      bytes.position(bytes.position() + size);
    }
    if (bytes.position() != end) {
      throw wrong(name + " has a damaged extra field");
    }
  }

  /** Names that mean one place each, whatever the file system. */
  private static void names(List<Entry> entries) throws MetadataException {
    Set<String> seen = new HashSet<>();
    Set<String> folders = new HashSet<>();
    for (Entry entry : entries) {
      String name = entry.name;
      String path = name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
      for (String part : path.split("/", -1)) {
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
          throw wrong("the path " + printable(name) + " leads elsewhere");
        }
      }
      if (name.chars().anyMatch(c -> c < ' ' || c > '~' || "\\:*?\"<>|".indexOf(c) >= 0)
          || path.endsWith(" ")
          || path.endsWith(".")) {
        throw wrong("the path " + printable(name) + " is not plain ASCII");
      }
      String folded = path.toLowerCase(Locale.ROOT);
      if (!seen.add(folded)) {
        throw wrong(name + " is there twice");
      }
      if (folded.startsWith("meta-inf/versions/") || folded.equals("meta-inf/versions")) {
        throw wrong("it is a multi-release JAR");
      }
      boolean known = name.equals(BUNDLE_MANIFEST) || name.equals(ManifestCodec.PATH);
      if (!known
          && (folded.equals(BUNDLE_MANIFEST.toLowerCase(Locale.ROOT))
              || folded.equals(ManifestCodec.PATH.toLowerCase(Locale.ROOT)))) {
        throw wrong(name + " is written otherwise");
      }
      for (int slash = folded.indexOf('/'); slash > 0; slash = folded.indexOf('/', slash + 1)) {
        folders.add(folded.substring(0, slash));
      }
    }
    for (Entry entry : entries) {
      if (!entry.name.endsWith("/") && folders.contains(entry.name.toLowerCase(Locale.ROOT))) {
        throw wrong(entry.name + " is a file and a folder");
      }
    }
  }

  private static String printable(String name) {
    return name.replaceAll("[^ -~]", "?");
  }

  /** Reads one entry where the stream stands. */
  private void walk(Entry entry, Inflater inflater) throws IOException, MetadataException {
    ByteBuffer head = ByteBuffer.wrap(take(30)).order(ByteOrder.LITTLE_ENDIAN);
    int signature = head.getInt(0);
    int flags = head.getShort(6) & 0xFFFF;
    int method = head.getShort(8) & 0xFFFF;
    long crc = head.getInt(14) & 0xFFFFFFFFL;
    long packed = head.getInt(18) & 0xFFFFFFFFL;
    long size = head.getInt(22) & 0xFFFFFFFFL;
    int nameLength = head.getShort(26) & 0xFFFF;
    int extra = head.getShort(28) & 0xFFFF;
    boolean later = (entry.flags & HAS_DESCRIPTOR) != 0;
    boolean empty = later && crc == 0 && packed == 0 && size == 0;
    boolean same = crc == entry.crc && packed == entry.packed && size == entry.size;
    if (signature != LOCAL
        || flags != entry.flags
        || method != entry.method
        || nameLength != entry.name.length()
        || !name(ByteBuffer.wrap(take(nameLength)), nameLength).equals(entry.name)
        || (!same && !empty)) {
      throw wrong("the directory and the entry differ at " + entry.name);
    }
    extras(ByteBuffer.wrap(take(extra)).order(ByteOrder.LITTLE_ENDIAN), extra, entry.name);
    content(entry, inflater);
    if (later) {
      ByteBuffer told = ByteBuffer.wrap(take(16)).order(ByteOrder.LITTLE_ENDIAN);
      if (told.getInt() != DESCRIPTOR
          || (told.getInt() & 0xFFFFFFFFL) != entry.crc
          || (told.getInt() & 0xFFFFFFFFL) != entry.packed
          || (told.getInt() & 0xFFFFFFFFL) != entry.size) {
        throw wrong("the directory and the entry differ at " + entry.name);
      }
    }
  }

  private void content(Entry entry, Inflater inflater) throws IOException, MetadataException {
    boolean keep = entry.name.equals(BUNDLE_MANIFEST) || entry.name.equals(ManifestCodec.PATH);
    if (keep && entry.size > ManifestCodec.MAX_BYTES) {
      throw wrong(entry.name + " is too large");
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    CRC32 crc = new CRC32();
    byte[] out = new byte[16 << 10];
    long left = entry.packed;
    long made = 0;
    inflater.reset();
    while (left > 0) {
      fill();
      int chunk = (int) Math.min(left, buffer.remaining());
      if (entry.method == 0) {
        crc.update(buffer.array(), buffer.position(), chunk);
        if (keep) {
          content.write(buffer.array(), buffer.position(), chunk);
        }
        made += chunk;
      } else {
        inflater.setInput(buffer.array(), buffer.position(), chunk);
        made += inflate(entry, inflater, made, crc, out, keep ? content : null);
        if (inflater.getRemaining() > 0 || (inflater.finished() && left > chunk)) {
          throw wrong("something stands behind " + entry.name);
        }
      }
      buffer.position(buffer.position() + chunk);
      at += chunk;
      left -= chunk;
    }
    if (made != entry.size
        || crc.getValue() != entry.crc
        || (entry.method == 8 && !inflater.finished())) {
      throw wrong(entry.name + " is damaged");
    }
    if (keep) {
      kept.put(entry.name, content.toByteArray());
    }
  }

  private static long inflate(
      Entry entry,
      Inflater inflater,
      long before,
      CRC32 crc,
      byte[] out,
      ByteArrayOutputStream keep)
      throws MetadataException {
    long made = 0;
    try {
      while (!inflater.finished()) {
        int count = inflater.inflate(out);
        if (count == 0) {
          if (inflater.needsDictionary()) {
            throw wrong(entry.name + " is damaged");
          }
          break;
        }
        made += count;
        if (before + made > entry.size) {
          throw wrong(entry.name + " unpacks to more than it says");
        }
        crc.update(out, 0, count);
        if (keep != null) {
          keep.write(out, 0, count);
        }
      }
    } catch (DataFormatException e) {
      throw new MetadataException("the package is refused: " + entry.name + " is damaged", e);
    }
    return made;
  }

  /** Has something in the buffer. */
  private void fill() throws IOException, MetadataException {
    if (!buffer.hasRemaining()) {
      buffer.clear();
      int count = channel.read(buffer);
      if (count < 1) {
        throw wrong("it is cut short");
      }
      buffer.flip();
      digest.update(buffer.array(), 0, count);
    }
  }

  private byte[] take(int count) throws IOException, MetadataException {
    byte[] bytes = new byte[count];
    for (int done = 0; done < count; ) {
      fill();
      int chunk = Math.min(count - done, buffer.remaining());
      buffer.get(bytes, done, chunk);
      done += chunk;
    }
    at += count;
    return bytes;
  }

  private ByteBuffer read(long position, int count) throws IOException, MetadataException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, position + bytes.position()) < 1) {
        throw wrong("it is cut short");
      }
    }
    return bytes.flip();
  }
}
