package org.commonshub.platform.clock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The number of the last epoch, on disk. A restore raises {@code epoch.floor} beside it, so that a
 * hub that came back from a backup never repeats an epoch of the hub it was.
 */
final class EpochFile {
  private static final Logger LOG = LoggerFactory.getLogger(EpochFile.class);
  private static final int MAX_BYTES = 64;

  /** Where counting resumes when the file is unreadable: beyond what one a minute reaches. */
  private static final int AFTER_DAMAGE = 100_000_000;

  private final Path file;
  private final Path floor;

  EpochFile(Path directory) {
    this.file = directory.resolve("epoch");
    this.floor = directory.resolve("epoch.floor");
  }

  /** Begins a new epoch above {@code previous}, the file and the floor; stores it. */
  int next(int previous) {
    int base = Math.max(previous, Math.max(read(file), read(floor)));
    int next = Math.addExact(base, 1);
    try {
      Files.createDirectories(file.getParent());
      DurableFiles.write(file, (next + "\n").getBytes(StandardCharsets.US_ASCII), false);
    } catch (IOException e) {
      LOG.warn(
          "Cannot store clock epoch {} in {} ({}). The hub goes on; make the directory writable, or"
              + " readings of the next start may carry the same epoch.",
          next,
          file,
          e.toString());
    }
    return next;
  }

  private static int read(Path path) {
    String text;
    try {
      text = new String(DurableFiles.read(path, MAX_BYTES), StandardCharsets.US_ASCII).strip();
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      return damaged(path, e.toString());
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= 0 && value < Integer.MAX_VALUE - 1_000_000) {
        return value;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    return damaged(path, "not a positive whole number");
  }

  private static int damaged(Path path, String why) {
    LOG.warn(
        "Clock epoch file {} is damaged ({}); counting goes on at {} and the file is kept as"
            + " {}.damaged.",
        path,
        why,
        AFTER_DAMAGE,
        path.getFileName());
    try {
      Files.move(
          path,
          path.resolveSibling(path.getFileName() + ".damaged"),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.debug("Cannot move {}", path, e);
    }
    return AFTER_DAMAGE;
  }
}
