package org.commonshub.platform.backup;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.backup.Archive.Home;

/**
 * A restore in three steps, each of which a power cut may repeat: unpack and check into {@code
 * DATA/restore.new}; rename that to {@code DATA/restore}; at the next start put its files in place
 * and its parts into {@code DATA/restore.parts}, where each waits for its participant.
 */
final class Staging {
  /** How far a restored hub's clock epoch is ahead of the hub that was backed up. */
  static final int FENCE = 1_000_000;

  private static final long RESERVE = 64L << 20;
  private static final String READY = "ready";
  private static final String SAVED = "saved";

  private final Home home;

  Staging(Home home) {
    this.home = home;
  }

  private Path fresh() {
    return home.data().resolve("restore.new");
  }

  private Path staged() {
    return home.data().resolve("restore");
  }

  private Path parts() {
    return home.data().resolve("restore.parts");
  }

  /** Checks and stages; says what will happen. */
  String stage(InputStream in, char[] passphrase, int currentEpoch) throws IOException {
    delete(fresh());
    try {
      DurableFiles.privateDirectory(fresh());
      Manifest manifest =
          Archive.extract(
              in,
              fresh(),
              passphrase,
              () -> Files.exists(fresh()) ? fresh().toFile().getUsableSpace() - RESERVE : 0);
      DurableFiles.write(fresh().resolve(READY), bytes(process()), true);
      fence(Math.max(manifest.epoch(), currentEpoch));
      delete(staged());
      Files.move(fresh(), staged(), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.force(home.data());
      long settings =
          manifest.digests().keySet().stream().filter(n -> n.startsWith("config/")).count();
      List<String> named =
          manifest.digests().keySet().stream()
              .filter(n -> n.startsWith(Archive.PARTS))
              .map(n -> n.substring(Archive.PARTS.length()))
              .toList();
      return String.format(
          "At the next start the hub takes over %d settings%s%s from the backup of %s.",
          settings,
          manifest.digests().containsKey("sealed.bin") ? ", users and secrets" : "",
          named.isEmpty() ? "" : " and " + String.join(", ", named),
          manifest.created());
    } catch (IOException | RuntimeException e) {
      delete(fresh());
      throw e;
    }
  }

  private void fence(int epoch) throws IOException {
    Path floor = home.data().resolve("platform.clock").resolve("epoch.floor");
    Files.createDirectories(floor.getParent());
    DurableFiles.write(floor, bytes(Math.addExact(epoch, FENCE) + "\n"), false);
  }

  /**
   * Puts staged files in place. Called before the bundles that read them start.
   *
   * @return whether there was something
   */
  boolean apply() throws IOException {
    Path ready = staged().resolve(READY);
    if (!Files.exists(ready)
        || new String(DurableFiles.read(ready, 1024), StandardCharsets.UTF_8).equals(process())) {
      return false; // staged by this very process: not before the next start
    }
    if (!Files.exists(staged().resolve(SAVED))) {
      save();
      DurableFiles.write(staged().resolve(SAVED), new byte[0], true);
    }
    List<String> settings = names(staged().resolve("config"));
    for (String name : settings) {
      DurableFiles.write(
          home.config().resolve(name), read(staged().resolve("config").resolve(name)), false);
    }
    for (String name : names(home.config())) {
      if (name.endsWith(".json") && !settings.contains(name)) {
        Files.deleteIfExists(home.config().resolve(name));
      }
    }
    List<String> data = new ArrayList<>(Archive.OPEN);
    data.addAll(Archive.SEALED);
    for (String name : data) {
      Path from = staged().resolve("data").resolve(name);
      if (Files.exists(from)) {
        Path to = home.data().resolve(name);
        DurableFiles.privateDirectory(to.getParent());
        DurableFiles.write(to, read(from), true);
      }
    }
    for (String name : names(staged().resolve("parts"))) {
      DurableFiles.privateDirectory(parts());
      Files.move(
          staged().resolve("parts").resolve(name),
          parts().resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Files.delete(ready); // from here on there is nothing to repeat
    delete(staged());
    return true;
  }

  /** Keeps what the restore replaces in {@code DATA/before-restore}. */
  private void save() throws IOException {
    Path saved = home.data().resolve("before-restore");
    delete(saved);
    DurableFiles.privateDirectory(saved.resolve("config"));
    for (String name : names(home.config())) {
      if (name.endsWith(".json")) {
        Files.copy(home.config().resolve(name), saved.resolve("config").resolve(name));
      }
    }
    List<String> data = new ArrayList<>(Archive.OPEN);
    data.addAll(Archive.SEALED);
    for (String name : data) {
      if (Files.exists(home.data().resolve(name))) {
        DurableFiles.privateDirectory(saved.resolve(name).getParent());
        Files.copy(
            home.data().resolve(name), saved.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  /** The part that waits for a participant. */
  Optional<Path> part(String name) {
    Path part = parts().resolve(name);
    return name.matches("[a-z0-9][a-z0-9.-]{0,99}") && Files.isRegularFile(part)
        ? Optional.of(part)
        : Optional.empty();
  }

  private static String process() {
    return ProcessHandle.current().pid()
        + "@"
        + ProcessHandle.current().info().startInstant().map(String::valueOf).orElse("?");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] read(Path file) throws IOException {
    return DurableFiles.read(file, 32 << 20);
  }

  private static List<String> names(Path directory) throws IOException {
    TreeSet<String> names = new TreeSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (Files.isRegularFile(file)) {
          names.add(file.getFileName().toString());
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    }
    return List.copyOf(names);
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException e)
              throws IOException {
            Files.delete(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
