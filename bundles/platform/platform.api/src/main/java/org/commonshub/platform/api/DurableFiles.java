package org.commonshub.platform.api;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/**
 * Small files that are either wholly old or wholly new after {@code kill -9} or a power cut. For
 * state that is rewritten as a whole (accounts, settings, an epoch), not for logs or databases.
 */
public final class DurableFiles {
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> OWNER_DIRECTORY =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private DurableFiles() {}

  /**
   * Replaces the content of a file: writes {@code .NAME.tmp} beside it, forces it to the disk,
   * renames it over the old one and forces the directory. Callers serialise writes to one file.
   *
   * @param ownerOnly whether the file gets mode 0600 from its first byte on; otherwise the umask
   *     decides
   * @throws IOException if the disk is full or read-only; the old content is untouched then
   */
  public static void write(Path file, byte[] content, boolean ownerOnly) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path temporary = directory.resolve("." + file.getFileName() + ".tmp");
    try {
      Files.deleteIfExists(temporary);
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        if (ownerOnly) {
          restrict(temporary, OWNER);
        }
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    force(directory);
  }

  /**
   * Reads a whole file, but never more than a bound.
   *
   * @throws FileSystemException if the file is larger than {@code maxBytes}; the reason says so
   * @throws java.nio.file.NoSuchFileException if there is none
   */
  public static byte[] read(Path file, int maxBytes) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(maxBytes + 1);
      if (content.length > maxBytes) {
        throw new FileSystemException(
            file.toString(), null, "is larger than the allowed " + maxBytes + " bytes");
      }
      return content;
    }
  }

  /** Makes a directory (and its parents) that only the hub's user can enter, mode 0700. */
  public static Path privateDirectory(Path directory) throws IOException {
    Files.createDirectories(directory);
    restrict(directory, OWNER_DIRECTORY);
    return directory;
  }

  /** Forces a directory's entries to the disk, so that a rename in it survives a power cut. */
  public static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void restrict(Path path, Set<PosixFilePermission> permissions) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (view != null) {
      view.setPermissions(permissions);
    }
  }
}
