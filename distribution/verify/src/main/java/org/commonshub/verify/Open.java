package org.commonshub.verify;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import org.commonshub.ledger.content.SealedFile;

/** Sealed readings for whoever they were sealed to. A key file is 64 hexadecimal digits. */
final class Open {
  private static final int MAX_KEY_FILE = 256;

  private Open() {}

  /** {@code new-key KEYFILE}. */
  static int newKey(Path file, PrintStream out, PrintStream err) {
    byte[] key = SealedFile.newKey();
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] mode =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try {
      Files.createFile(file, mode);
      Files.writeString(file, HexFormat.of().formatHex(key) + "\n");
    } catch (FileAlreadyExistsException e) {
      err.println(file + " is there already; a key is never overwritten.");
      return Main.UNREADABLE;
    } catch (IOException e) {
      err.println(file + " cannot be written: " + e.getMessage());
      return Main.UNREADABLE;
    }
    out.println("Keep " + file + " to yourself. For the hub that seals readings to you:");
    out.println(SealedFile.publicKey(key));
    return Main.SOUND;
  }

  /** {@code open FILE --key KEYFILE --out OUT}. */
  static int open(Path file, Path keyFile, Path to, PrintStream out, PrintStream err) {
    byte[] key;
    try (InputStream in = Files.newInputStream(keyFile)) {
      String text = new String(in.readNBytes(MAX_KEY_FILE), StandardCharsets.US_ASCII).strip();
      key = HexFormat.of().parseHex(text);
      SealedFile.publicKey(key);
    } catch (IOException | IllegalArgumentException e) {
      err.println(keyFile + " holds no key: it has 64 hexadecimal digits, see new-key.");
      return Main.UNREADABLE;
    }
    boolean made = false;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        OutputStream opened = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
      made = true;
      SealedFile.Opened what = SealedFile.open(in, key, opened);
      out.printf(
          "%d records of %d meters, %s to %s, written to %s.%n%n",
          what.records(), what.devices(), what.from(), what.to(), to);
      out.println(
          "proven      Signed, all of it, with key "
              + what.key().multikey()
              + ", fingerprint "
              + what.key().fingerprint()
              + ".");
      out.println(
          "not proven  That the key is the hub's it names, "
              + what.hub().replaceAll("[^ -~]", "?")
              + ": compare with its Settings page.");
      return Main.SOUND;
    } catch (NoSuchFileException e) {
      err.println(e.getFile() + " does not exist.");
    } catch (FileAlreadyExistsException e) {
      err.println(to + " is there already.");
    } catch (IOException e) {
      err.println(file + " cannot be opened: " + e.getMessage() + ".");
    }
    return made ? remove(to, err) : Main.UNREADABLE;
  }

  /** Of a file that does not hold nothing is left. */
  private static int remove(Path to, PrintStream err) {
    try {
      Files.deleteIfExists(to);
    } catch (IOException e) {
      err.println(to + " is not complete, and cannot be deleted.");
    }
    return Main.BROKEN;
  }
}
