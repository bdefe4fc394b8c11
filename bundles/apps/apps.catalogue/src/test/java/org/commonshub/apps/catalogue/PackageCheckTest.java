package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackageCheckTest {
  @TempDir Path folder;

  /** Writes ZIPs byte by byte, also such as no tool writes. */
  private static final class RawZip {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<byte[]> directory = new ArrayList<>();

    /** What can be said of an entry. */
    private static final class Entry {
      String name = "x";
      String localName;
      byte[] content = {1, 2, 3};
      byte[] packed;
      int method = 8;
      int localMethod = -1;
      int flags;
      long size = -1;
      long localSize = -1;
      long offset = -1;
      long attributes;
      int madeBy = 20;
      byte[] extra = {};
      byte[] centralExtra = {};
      String comment = "";
      boolean onlyDirectory;
    }

    static byte[] deflate(byte[] content) {
      Deflater deflater = new Deflater(9, true);
      deflater.setInput(content);
      deflater.finish();
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        packed.write(buffer, 0, deflater.deflate(buffer));
      }
      deflater.end();
      return packed.toByteArray();
    }

    RawZip good() {
      Packages.entries("org.example", "coach", "1.0.0")
          .forEach(
              (name, content) -> {
                Entry entry = new Entry();
                entry.name = name;
                entry.content = content;
                add(entry);
              });
      return this;
    }

    RawZip add(Entry entry) {
      byte[] packed =
          entry.packed != null
              ? entry.packed
              : entry.method == 0 ? entry.content : deflate(entry.content);
      CRC32 crc = new CRC32();
      crc.update(entry.content);
      long size = entry.size >= 0 ? entry.size : entry.content.length;
      long offset = entry.offset >= 0 ? entry.offset : out.size();
      byte[] name = entry.name.getBytes(StandardCharsets.ISO_8859_1);
      if (!entry.onlyDirectory) {
        byte[] localName =
            entry.localName == null ? name : entry.localName.getBytes(StandardCharsets.ISO_8859_1);
        byte[] local = new byte[30];
        ByteBuffer.wrap(local)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(0x04034b50)
            .putShort((short) 20)
            .putShort((short) entry.flags)
            .putShort((short) (entry.localMethod >= 0 ? entry.localMethod : entry.method))
            .putInt(0)
            .putInt((int) crc.getValue())
            .putInt(packed.length)
            .putInt((int) (entry.localSize >= 0 ? entry.localSize : size))
            .putShort((short) localName.length)
            .putShort((short) entry.extra.length);
        out.writeBytes(local);
        out.writeBytes(localName);
        out.writeBytes(entry.extra);
        out.writeBytes(packed);
      }
      byte[] central =
          new byte[46 + name.length + entry.centralExtra.length + entry.comment.length()];
      ByteBuffer.wrap(central)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(0x02014b50)
          .putShort((short) entry.madeBy)
          .putShort((short) 20)
          .putShort((short) entry.flags)
          .putShort((short) entry.method)
          .putInt(0)
          .putInt((int) crc.getValue())
          .putInt(packed.length)
          .putInt((int) size)
          .putShort((short) name.length)
          .putShort((short) entry.centralExtra.length)
          .putShort((short) entry.comment.length())
          .putShort((short) 0)
          .putShort((short) 0)
          .putInt((int) entry.attributes)
          .putInt((int) offset)
          .put(name)
          .put(entry.centralExtra)
          .put(entry.comment.getBytes(StandardCharsets.US_ASCII));
      directory.add(central);
      return this;
    }

    byte[] bytes() {
      int at = out.size();
      directory.forEach(out::writeBytes);
      int size = out.size() - at;
      byte[] end = new byte[22];
      ByteBuffer.wrap(end)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(0x06054b50)
          .putInt(0)
          .putShort((short) directory.size())
          .putShort((short) directory.size())
          .putInt(size)
          .putInt(at);
      out.writeBytes(end);
      return out.toByteArray();
    }
  }

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("package.jar"), bytes);
  }

  private void refused(byte[] bytes, String because) throws IOException {
    Path file = file(bytes);
    assertThatThrownBy(() -> PackageCheck.check(file))
        .isInstanceOf(MetadataException.class)
        .hasMessageContaining(because);
  }

  private static RawZip.Entry entry(java.util.function.Consumer<RawZip.Entry> change) {
    RawZip.Entry entry = new RawZip.Entry();
    change.accept(entry);
    return entry;
  }

  @Test
  void whatTheJdkWritesIsTaken() throws Exception {
    Path file = Packages.jar(folder, "org.example", "coach", "1.0.0");
    PackageCheck.Found found = PackageCheck.check(file);
    assertThat(found.manifest().id().name()).isEqualTo("org.example.coach");
    assertThat(found.length()).isEqualTo(Files.size(file));
    assertThat(found.sha256()).isEqualTo(Keys.sha256(Files.readAllBytes(file)));
  }

  @Test
  void whatTheJarToolWritesIsTaken() throws Exception {
    Path tree = folder.resolve("tree");
    for (Map.Entry<String, byte[]> entry :
        Packages.entries("org.example", "coach", "1.0.0").entrySet()) {
      Path file = tree.resolve(entry.getKey());
      if (entry.getKey().endsWith("/")) {
        Files.createDirectories(file);
      } else {
        Files.createDirectories(file.getParent());
        Files.write(file, entry.getValue());
      }
    }
    Path made = folder.resolve("made.jar");
    Process jar =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                "--create",
                "--file=" + made,
                "--manifest=" + tree.resolve("META-INF/MANIFEST.MF"),
                "-C",
                tree.toString(),
                "HUB-INF",
                "-C",
                tree.toString(),
                "org")
            .inheritIO()
            .start();
    assertThat(jar.waitFor()).isZero();
    assertThat(PackageCheck.check(made).manifest().version()).hasToString("1.0.0");
  }

  @Test
  void storedEntriesAreTaken() throws Exception {
    RawZip zip = new RawZip().good().add(entry(e -> e.method = 0));
    assertThatCode(() -> PackageCheck.check(file(zip.bytes()))).doesNotThrowAnyException();
  }

  static Stream<Arguments> tricks() {
    return Stream.of(
        trick("duplicate entries", "is there twice", e -> e.name = "HUB-INF/app.json"),
        trick("duplicate entries but for case", "is there twice", e -> e.name = "hub-inf/APP.json"),
        trick(
            "a folder of a file's name",
            "is there twice",
            e -> folderNamed(e, "org/example/Coach.class/")),
        trick(
            "a file in a file",
            "is a file and a folder",
            e -> e.name = "org/example/Coach.class/x"),
        trick("path up", "leads elsewhere", e -> e.name = "org/../../etc/passwd"),
        trick("path up at the end", "leads elsewhere", e -> folderNamed(e, "..")),
        trick("absolute path", "leads elsewhere", e -> e.name = "/etc/passwd"),
        trick("empty part", "leads elsewhere", e -> e.name = "org//x"),
        trick("empty name", "leads elsewhere", e -> e.name = ""),
        trick("this folder", "leads elsewhere", e -> e.name = "./x"),
        trick("backslash", "not plain ASCII", e -> e.name = "org\\x"),
        trick("drive", "not plain ASCII", e -> e.name = "C:/x"),
        trick("null in a name", "not plain ASCII", e -> e.name = "x\0.class"),
        trick("not ASCII", "not plain ASCII", e -> e.name = "\u00e9.class"),
        trick("dot at the end", "not plain ASCII", e -> e.name = "x."),
        trick("long name", "long name", e -> e.name = "x".repeat(513)),
        trick("multi-release", "multi-release", e -> e.name = "META-INF/versions/17/X.class"),
        trick(
            "multi-release, other case",
            "multi-release",
            e -> e.name = "meta-inf/VERSIONS/17/X.class"),
        trick(
            "symbolic link",
            "a link",
            e -> {
              e.madeBy = 3 << 8 | 20;
              e.attributes = 0xA1FFL << 16;
            }),
        trick(
            "device",
            "a link",
            e -> {
              e.madeBy = 3 << 8 | 20;
              e.attributes = 0x2000L << 16;
            }),
        trick("comment", "a comment", e -> e.comment = "hello"),
        trick(
            "extra of another name",
            "extra field",
            e -> e.centralExtra = new byte[] {0x75, 0x70, 0, 0}),
        trick("extra with sizes", "extra field", e -> e.centralExtra = new byte[] {1, 0, 0, 0}),
        trick("extra in the entry only", "extra field", e -> e.extra = new byte[] {1, 0, 0, 0}),
        trick(
            "extra beyond its end",
            "extra field",
            e -> e.centralExtra = new byte[] {0x55, 0x54, 9, 0}),
        trick("encrypted", "encrypted", e -> e.flags = 1),
        trick("unknown method", "packed in a way", e -> e.method = 14),
        trick(
            "stored with descriptor",
            "packed in a way",
            e -> {
              e.method = 0;
              e.flags = 8;
            }),
        trick("other name in the entry", "differ", e -> e.localName = "y"),
        trick("other method in the entry", "differ", e -> e.localMethod = 0),
        trick("other size in the entry", "differ", e -> e.localSize = 4),
        trick("size too small", "unpacks to more", e -> e.size = 2),
        trick("size too large", "damaged", e -> e.size = 4),
        trick("wrong bytes", "damaged", e -> e.packed = RawZip.deflate(new byte[] {9, 2, 3})),
        trick("not deflate", "damaged", e -> e.packed = new byte[] {-1, -1, -1, -1}),
        trick(
            "data behind an entry",
            "something stands behind",
            e -> e.packed = Arrays.copyOf(RawZip.deflate(e.content), 20)),
        trick(
            "overlapping entries",
            "overlap",
            e -> {
              e.onlyDirectory = true;
              e.offset = 0;
            }),
        trick("folder with content", "folder with content", e -> e.name = "x/"),
        trick("zip bomb by ratio", "unpacks to", e -> e.content = new byte[1 << 20]),
        trick("zip bomb by size", "unpacks to", e -> e.size = 17L << 20),
        trick(
            "zip bomb that lies",
            "unpacks to more",
            e -> {
              e.content = new byte[1 << 20];
              e.size = 1000;
            }));
  }

  private static void folderNamed(RawZip.Entry entry, String name) {
    entry.name = name;
    entry.content = new byte[0];
  }

  private static Arguments trick(
      String name, String because, java.util.function.Consumer<RawZip.Entry> change) {
    return Arguments.of(name, because, change);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tricks")
  void tricksWithAnEntryAreRefused(
      String name, String because, java.util.function.Consumer<RawZip.Entry> change)
      throws Exception {
    refused(new RawZip().good().add(entry(change)).bytes(), because);
  }

  @Test
  void zipBombOfManyEntries() throws Exception {
    RawZip zip = new RawZip().good();
    byte[] random = new byte[16 << 10];
    new Random(1).nextBytes(random);
    byte[] content = new byte[1 << 20];
    System.arraycopy(random, 0, content, 0, random.length);
    for (int i = 0; i < 70; i++) {
      String name = "big" + i;
      zip.add(
          entry(
              e -> {
                e.name = name;
                e.content = content;
              }));
    }
    refused(zip.bytes(), "unpacked it is larger");
    RawZip many = new RawZip().good();
    for (int i = 0; i < PackageCheck.MAX_ENTRIES; i++) {
      String name = "small" + i;
      many.add(entry(e -> e.name = name));
    }
    refused(many.bytes(), "more than 4096 entries");
  }

  @Test
  void dataBeforeBetweenAndAfter() throws Exception {
    byte[] good = new RawZip().good().bytes();
    byte[] before = new byte[good.length + 10];
    System.arraycopy(good, 0, before, 10, good.length);
    refused(before, "something stands before");
    refused(Arrays.copyOf(good, good.length + 10), "does not end like a ZIP");
    byte[] script = "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII);
    RawZip shifted = new RawZip();
    shifted.out.writeBytes(script);
    refused(shifted.good().bytes(), "overlap or leave gaps");
    RawZip gap = new RawZip().good();
    gap.out.writeBytes(script);
    refused(gap.add(entry(e -> {})).bytes(), "overlap or leave gaps");
    RawZip hidden = new RawZip().good();
    hidden.out.writeBytes(script);
    refused(hidden.bytes(), "something stands before its directory");
  }

  @Test
  void cutShortAnywhereAndEveryByteChangedIsRefusedOrTheSame() throws Exception {
    byte[] good = new RawZip().good().bytes();
    String digest = Keys.sha256(good);
    for (int i = 0; i < good.length; i++) {
      Path cut = file(Arrays.copyOf(good, i));
      assertThatThrownBy(() -> PackageCheck.check(cut)).isInstanceOf(MetadataException.class);
      byte[] changed = good.clone();
      changed[i] ^= 0x10;
      try {
        assertThat(PackageCheck.check(file(changed)).sha256()).isNotEqualTo(digest);
      } catch (MetadataException e) {
        assertThat(e).hasMessageContaining("the package is");
      }
    }
  }

  private byte[] with(String bundleManifest, String json) throws IOException {
    Map<String, byte[]> entries = Packages.entries("org.example", "coach", "1.0.0");
    if (bundleManifest != null) {
      entries.put("META-INF/MANIFEST.MF", bundleManifest.getBytes(StandardCharsets.UTF_8));
    }
    if (json != null) {
      entries.put("HUB-INF/app.json", json.getBytes(StandardCharsets.UTF_8));
    }
    return Packages.zip(entries);
  }

  private static final String NAMED =
      "Manifest-Version: 1.0\nBundle-SymbolicName: org.example.coach\nBundle-Version: 1.0.0\n";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\nManifest-Version: 1.0\nBundle-SymbolicName: org.example.coach\nBundle-Version: 1.0.0\n",
        "Manifest-Version: 1.0\nBundle-SymbolicName: org.example.coach\n",
        "Manifest-Version: 1.0\n\nBundle-SymbolicName: org.example.coach\nBundle-Version: 1.0.0\n",
        "Manifest-Version: 1.0\nBundle-SymbolicName: org.example.other\nBundle-Version: 1.0.0\n",
        "Manifest-Version: 1.0\nBundle-SymbolicName: org.example.coach\nBundle-Version: 1.0.0.q\n",
        NAMED + "bundle-symbolicname: org.example.other\n",
        NAMED + "Multi-Release: true\n",
        NAMED + "Multi-Release: false\n",
        NAMED + "X: 1\rBundle-SymbolicName: org.example.other\n",
        NAMED + "X: 1\0\n",
        NAMED + "no attribute\n",
        NAMED + ": x\n"
      })
  void bundleManifestsThatSaySomethingElseAreRefused(String manifest) throws Exception {
    refused(with(manifest, null), "the package is refused");
  }

  @Test
  void bundleManifestsWithLongLinesAndDirectivesAreTaken() throws Exception {
    Path file =
        file(
            with(
                "Manifest-Version: 1.0\r\n"
                    + "Bundle-SymbolicName: org.exam\r\n"
                    + " ple.coach;singleton:=true\r\n"
                    + "Bundle-Version: 1.0.0\r\n"
                    + "Bundle-Vendor: \u00c4pfel\r\n\r\n"
                    + "Name: x\r\n"
                    + "Y: 1\r\n",
                null));
    assertThat(PackageCheck.check(file).manifest().id().name()).isEqualTo("org.example.coach");
  }

  @Test
  void appManifestsThatAreMissingLargeOrOfAnotherAppAreRefused() throws Exception {
    Map<String, byte[]> without = Packages.entries("org.example", "coach", "1.0.0");
    without.remove("HUB-INF/app.json");
    refused(Packages.zip(without), "has no HUB-INF/app.json");
    without = Packages.entries("org.example", "coach", "1.0.0");
    without.remove("META-INF/MANIFEST.MF");
    refused(Packages.zip(without), "has no META-INF/MANIFEST.MF");
    refused(with(null, Packages.json("org.example", "other", "1.0.0")), "its manifest says");
    refused(with(null, Packages.json("org.example", "coach", "1.0.1")), "its manifest says");
    refused(with(null, "{}"), "the package is refused: manifest");
    refused(with(null, " ".repeat(97 << 10)), "too large");
  }

  @Test
  void notAZip() throws Exception {
    refused(new byte[0], "it has 0 bytes");
    refused(new byte[1000], "does not end like a ZIP");
    try (var out =
        Files.newByteChannel(
            folder.resolve("huge"),
            java.util.Set.of(
                java.nio.file.StandardOpenOption.CREATE_NEW,
                java.nio.file.StandardOpenOption.WRITE))) {
      out.position(33 << 20).write(ByteBuffer.allocate(1));
    }
    assertThatThrownBy(() -> PackageCheck.check(folder.resolve("huge")))
        .hasMessageContaining("33554432 bytes".replace("33554432", Long.toString((33 << 20) + 1)));
  }

  /** A figure for the README; no assertion on time, machines differ. */
  @Test
  void twoMegabytes() throws Exception {
    Path file = folder.resolve("two.jar");
    Random random = new Random(7);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> one :
          Packages.entries("org.example", "coach", "1.0.0").entrySet()) {
        zip.putNextEntry(new ZipEntry(one.getKey()));
        zip.write(one.getValue());
      }
      for (int i = 0; i < 800; i++) {
        byte[] code = new byte[5000];
        for (int j = 0; j < code.length; j++) {
          code[j] = (byte) (random.nextInt(100) < 55 ? 0 : random.nextInt(256));
        }
        zip.putNextEntry(new ZipEntry("org/example/C" + i + ".class"));
        zip.write(code);
      }
    }
    long best = Long.MAX_VALUE;
    long first = 0;
    for (int i = 0; i < 5; i++) {
      long start = System.nanoTime();
      PackageCheck.check(file);
      long took = System.nanoTime() - start;
      first = i == 0 ? took : first;
      best = Math.min(best, took);
    }
    System.out.printf(
        "check of a package of %d KiB: first %d ms, best %d ms%n",
        Files.size(file) >> 10, first / 1_000_000, best / 1_000_000);
    assertThat(Files.size(file)).isBetween(1_500_000L, 3_000_000L);
  }
}
