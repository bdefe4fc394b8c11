package org.commonshub.platform.backup;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;

/**
 * The archive: a ZIP of {@code config/*.json}, {@code data/…} (the choice of features), {@code
 * parts/NAME} per participant, {@code sealed.bin} (accounts, secrets, certificate, participants
 * that hold keys; a {@link Seal} around a ZIP that also repeats all digests) and last {@code
 * manifest.json}.
 */
final class Archive {
  /** Files of the data directory that hold keys or hashes: only in the sealed part. */
  static final List<String> SEALED =
      List.of(
          "platform.accounts/accounts.json",
          "platform.config/secrets.json",
          "platform.config/secrets.key",
          "platform.tls/keystore.p12",
          "platform.tls/keystore.pass");

  /** Files of the data directory that may be read by anybody. */
  static final List<String> OPEN = List.of("platform.features/enabled.json");

  static final String PARTS = "parts/";
  private static final String CONFIG = "config/";
  private static final String DATA = "data/";
  private static final String SEAL = "sealed.bin";
  private static final String DIGESTS = "digests";
  private static final Pattern CONFIG_NAME =
      Pattern.compile("config/[A-Za-z0-9][A-Za-z0-9._~-]{0,250}\\.json");
  private static final Pattern PART_NAME = Pattern.compile("parts/[a-z0-9][a-z0-9.-]{0,99}");
  private static final int MAX_ENTRIES = 25_000;
  private static final int MAX_SMALL = 1 << 20;
  private static final int MAX_SEALED = 32 << 20;
  private static final int MAX_MANIFEST = 8 << 20;

  private Archive() {}

  /** Where a hub keeps its files. */
  record Home(Path data, Path config) {}

  // ---- writing ---------------------------------------------------------------------------------

  static void write(
      OutputStream out,
      Home home,
      List<BackupParticipant> participants,
      char[] passphrase,
      int iterations,
      String version,
      Instant now,
      int epoch)
      throws IOException {
    Map<String, String> digests = new TreeMap<>();
    ZipOutputStream zip = new ZipOutputStream(out);
    zip.setLevel(Deflater.BEST_SPEED);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(home.config, "*.json")) {
      for (Path file : files) {
        String name = CONFIG + file.getFileName();
        if (CONFIG_NAME.matcher(name).matches()) {
          add(zip, digests, name, DurableFiles.read(file, MAX_SMALL));
        }
      }
    }
    for (String name : OPEN) {
      addIfThere(zip, digests, DATA + name, home.data.resolve(name));
    }
    for (BackupParticipant participant : participants) {
      String name = PARTS + participant.backupName();
      if (!PART_NAME.matcher(name).matches()) {
        throw new IOException("The part " + participant.backupName() + " has an unusable name.");
      }
      if (!participant.sealed()) {
        add(zip, digests, name, participant::writeBackup);
      }
    }
    if (passphrase.length > 0) {
      ByteArrayOutputStream inner = new ByteArrayOutputStream();
      try (ZipOutputStream secrets = new ZipOutputStream(inner)) {
        for (String name : SEALED) {
          addIfThere(secrets, new TreeMap<>(), name, home.data.resolve(name));
        }
        for (BackupParticipant participant : participants) {
          if (participant.sealed()) {
            String name = PARTS + participant.backupName();
            add(secrets, new TreeMap<>(), name, participant::writeBackup);
          }
        }
        add(secrets, new TreeMap<>(), DIGESTS, lines(digests));
      }
      add(zip, digests, SEAL, Seal.seal(inner.toByteArray(), passphrase, iterations));
    }
    add(zip, new TreeMap<>(), Manifest.NAME, new Manifest(version, now, epoch, digests).toBytes());
    zip.finish();
  }

  private static byte[] lines(Map<String, String> digests) {
    StringBuilder text = new StringBuilder();
    digests.forEach((name, digest) -> text.append(digest).append(' ').append(name).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  private static void addIfThere(
      ZipOutputStream zip, Map<String, String> digests, String name, Path file) throws IOException {
    try {
      add(zip, digests, name, DurableFiles.read(file, MAX_SMALL));
    } catch (NoSuchFileException e) {
      // a hub without it has nothing to back up
    }
  }

  private static void add(
      ZipOutputStream zip, Map<String, String> digests, String name, byte[] content)
      throws IOException {
    add(zip, digests, name, out -> out.write(content));
  }

  private static void add(
      ZipOutputStream zip, Map<String, String> digests, String name, Content content)
      throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    MessageDigest digest = sha256();
    OutputStream entry =
        new FilterOutputStream(new DigestOutputStream(zip, digest)) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
          }

          @Override
          public void close() {
            // the archive goes on
          }
        };
    content.writeTo(entry);
    entry.flush();
    zip.closeEntry();
    if (digests.put(name, HexFormat.of().formatHex(digest.digest())) != null) {
      throw new IOException("Two parts are called " + name + ".");
    }
  }

  // ---- reading ---------------------------------------------------------------------------------

  /**
   * Unpacks into an empty directory and checks everything.
   *
   * @param room bytes that may still be written
   * @throws IOException with a sentence for people
   */
  static Manifest extract(InputStream in, Path into, char[] passphrase, LongSupplier room)
      throws IOException {
    Map<String, String> digests = new TreeMap<>();
    byte[] sealed = null;
    Manifest manifest = null;
    try (ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        String name = entry.getName();
        if (manifest != null || digests.size() >= MAX_ENTRIES) {
          throw new IOException("This is not a backup of a hub: it holds too much.");
        }
        if (name.equals(Manifest.NAME)) {
          manifest = Manifest.parse(bounded(zip, MAX_MANIFEST, name));
          continue;
        }
        MessageDigest digest = sha256();
        if (name.equals(SEAL)) {
          sealed = bounded(zip, MAX_SEALED, name);
          digest.update(sealed);
        } else if (CONFIG_NAME.matcher(name).matches()
            || (name.startsWith(DATA) && OPEN.contains(name.substring(DATA.length())))) {
          byte[] content = bounded(zip, MAX_SMALL, name);
          digest.update(content);
          store(into.resolve(name), content);
        } else if (PART_NAME.matcher(name).matches()) {
          copy(zip, into.resolve(name), digest, room);
        } else {
          throw new IOException("This is not a backup of a hub: it holds " + printable(name) + ".");
        }
        if (digests.put(name, HexFormat.of().formatHex(digest.digest())) != null) {
          throw new IOException("The backup is damaged: " + name + " is in it twice.");
        }
      }
    } catch (ZipException | java.io.EOFException | IllegalArgumentException e) {
      throw new IOException("The backup is damaged or cut off (" + e.getMessage() + ").", e);
    }
    if (manifest == null) {
      throw new IOException("This is not a backup of a hub, or its end is missing.");
    }
    if (!manifest.digests().equals(digests)) {
      throw new IOException("The backup is damaged: its content does not match its manifest.");
    }
    if (sealed != null) {
      if (passphrase.length == 0) {
        throw new IOException("This backup is sealed: enter its passphrase.");
      }
      digests.remove(SEAL);
      unseal(Seal.open(sealed, passphrase), into, lines(digests));
    } else if (passphrase.length > 0) {
      throw new IOException(
          "This backup is not sealed: it holds no users or secrets. Leave the passphrase empty.");
    }
    return manifest;
  }

  private static void unseal(byte[] plain, Path into, byte[] digests) throws IOException {
    boolean bound = false;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(plain))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        byte[] content = bounded(zip, MAX_MANIFEST, entry.getName());
        if (entry.getName().equals(DIGESTS)) {
          bound = MessageDigest.isEqual(content, digests);
        } else if (SEALED.contains(entry.getName())) {
          store(into.resolve(DATA + entry.getName()), content);
        } else if (PART_NAME.matcher(entry.getName()).matches()
            && !Files.exists(into.resolve(entry.getName()))) {
          store(into.resolve(entry.getName()), content);
        } else {
          throw new IOException("The sealed part holds " + printable(entry.getName()) + ".");
        }
      }
    }
    if (!bound) {
      throw new IOException("The backup was changed after it was sealed.");
    }
  }

  private static byte[] bounded(InputStream in, int max, String name) throws IOException {
    byte[] content = in.readNBytes(max + 1);
    if (content.length > max) {
      throw new IOException("The backup's " + name + " is larger than " + max + " bytes.");
    }
    return content;
  }

  private static void store(Path file, byte[] content) throws IOException {
    DurableFiles.privateDirectory(file.getParent());
    DurableFiles.write(file, content, true);
  }

  private static void copy(InputStream in, Path file, MessageDigest digest, LongSupplier room)
      throws IOException {
    DurableFiles.privateDirectory(file.getParent());
    byte[] buffer = new byte[64 * 1024];
    long left = room.getAsLong();
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        left -= n;
        if (left < 0) {
          throw new IOException("There is not enough free space to unpack the backup.");
        }
        digest.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
    } catch (java.nio.file.FileAlreadyExistsException e) {
      throw new IOException("The backup is damaged: " + file.getFileName() + " is in it twice.", e);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static String printable(String name) {
    String safe = name.replaceAll("[^A-Za-z0-9._/~-]", "?");
    return safe.length() <= 60 ? safe : safe.substring(0, 60) + "…";
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
