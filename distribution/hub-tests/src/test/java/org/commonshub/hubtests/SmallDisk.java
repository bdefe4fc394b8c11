package org.commonshub.hubtests;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A disk of its own, in memory, that can be filled up and made read-only.
 *
 * <p>Linux refuses to make a file system read-only while files are open for writing, unless it is
 * damaged. So the folder is covered with a read-only view of itself: whatever opens, makes or
 * renames a file is refused as on a read-only disk; files that are open already can be written.
 */
final class SmallDisk implements AutoCloseable {
  private final Path folder;
  private final Deque<Path> mounted = new ArrayDeque<>();

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  static SmallDisk mount(Path folder) throws IOException, InterruptedException {
    assumeTrue("root".equals(System.getProperty("user.name")), "skipped: mount needs root");
    Files.createDirectories(folder);
    Run run = Run.of(10, "mount", "-t", "tmpfs", "-o", "size=96m", "hub-test", folder.toString());
    assumeTrue(run.exit() == 0, "skipped: cannot mount here: " + run.output().strip());
    SmallDisk disk = new SmallDisk(folder);
    disk.mounted.push(folder);
    return disk;
  }

  Path folder() {
    return folder;
  }

  /** Leaves no byte free. */
  void fill() throws IOException {
    byte[] block = new byte[4096];
    try (OutputStream out = Files.newOutputStream(folder.resolve("filler"))) {
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  void free() throws IOException {
    Files.delete(folder.resolve("filler"));
  }

  /** Turns a folder of the disk read-only. */
  void readOnly(Path part) throws IOException, InterruptedException {
    must("mount", "--bind", part.toString(), part.toString());
    mounted.push(part);
    must("mount", "-o", "remount,bind,ro", part.toString());
  }

  /** Undoes the last {@link #readOnly}. */
  void writable() throws IOException, InterruptedException {
    must("umount", "-l", mounted.pop().toString());
  }

  private static void must(String... command) throws IOException, InterruptedException {
    Run run = Run.of(10, command);
    if (run.exit() != 0) {
      throw new IOException(String.join(" ", command) + ": " + run.output());
    }
  }

  @Override
  public void close() throws IOException, InterruptedException {
    while (!mounted.isEmpty()) {
      writable();
    }
  }
}
