package org.commonshub.apps.catalogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Packages: as they come, a ZIP with bytes overwritten, and headers of a bundle. */
public final class PackageFuzz {
  private static final Path FILE = file();
  private static final byte[] ZIP = zip();

  private PackageFuzz() {}

  private static Path file() {
    try {
      Path file = Files.createTempFile("package", ".fuzz");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] zip() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : new String[] {"META-INF/MANIFEST.MF", "HUB-INF/app.json", "a/B.class"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write("Manifest-Version: 1.0\n".repeat(9).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static void fuzzerTestOneInput(byte[] data) {
    check(data);
    byte[] changed = ZIP.clone();
    for (int i = 0; i + 2 < data.length && i < 30; i += 3) {
      changed[((data[i] & 0xFF) << 8 | (data[i + 1] & 0xFF)) % changed.length] = data[i + 2];
    }
    check(changed);
    try {
      PackageCheck.headers(data);
    } catch (MetadataException e) {
      // The declared refusal.
    }
  }

  private static void check(byte[] bytes) {
    try {
      Files.write(FILE, bytes);
      PackageCheck.check(FILE);
      throw new AssertionError("there is no whole manifest in it");
    } catch (MetadataException e) {
      // The declared refusal.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
