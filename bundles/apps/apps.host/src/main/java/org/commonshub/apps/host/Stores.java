package org.commonshub.apps.host;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.platform.api.DurableFiles;

/**
 * Where one app's values lie: numbered folders, and a file {@code state} that says which is the
 * store and which was it before. Every change of that is one write of {@code state}. Any thread.
 */
final class Stores {
  private static final Pattern STATE =
      Pattern.compile("([1-9][0-9]{0,8}) ([0-9.]{5,20})\n(?:([1-9][0-9]{0,8}) ([0-9.]{5,20})\n)?");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  /**
   * Folders in use.
   *
   * @param before 0 for none
   */
  private record State(int now, AppVersion version, int before, AppVersion versionBefore) {
    String text() {
      return now + " " + version + "\n" + (before == 0 ? "" : before + " " + versionBefore + "\n");
    }
  }

  private final Path home;
  private final Runnable step;
  private final Set<Integer> tried = new HashSet<>();

  Stores(Path home) {
    this(home, () -> {});
  }

  /**
   * @param step called before each change of the disk; a test cuts the power there
   */
  Stores(Path home, Runnable step) {
    this.home = home;
    this.step = step;
  }

  /** The store, made for that version if there is none. Folders that nobody needs go. */
  synchronized Path open(AppVersion version) throws IOException {
    State state = state();
    if (state == null) {
      DurableFiles.privateDirectory(home);
      clear(Set.of());
      state = new State(1, version, 0, version);
      make(1);
      write(state);
      // The app's folder itself has to survive, too.
      DurableFiles.force(home.toAbsolutePath().getParent());
    } else {
      clear(Set.of(state.now(), state.before()));
    }
    return home.resolve(Integer.toString(state.now()));
  }

  /** A copy of the store to try on; {@link #open} without {@link #promote} lets it go. */
  synchronized Path copy(AppVersion version) throws IOException {
    State state = state();
    if (state == null) {
      open(version);
      state = state();
    }
    clear(Set.of(state.now(), state.before()));
    int number = next(state);
    Path to = make(number);
    tried.add(number);
    Path from = home.resolve(Integer.toString(state.now()));
    for (Map.Entry<String, Path> file : values(from).entrySet()) {
      byte[] value;
      try {
        value = DurableFiles.read(file.getValue(), AppStore.MAX_VALUE);
      } catch (NoSuchFileException e) {
        continue; // The version that runs has just forgotten it.
      }
      step.run();
      DurableFiles.write(to.resolve(file.getKey()), value, true);
    }
    return to;
  }

  /** Nobody tries a copy any more; if it was not promoted it goes with the next {@link #open}. */
  synchronized void release(Path copy) {
    tried.remove(Integer.parseInt(copy.getFileName().toString()));
  }

  /** A copy becomes the store; the one before is kept. */
  synchronized void promote(Path copy, AppVersion version) throws IOException {
    State state = state();
    int number = Integer.parseInt(copy.getFileName().toString());
    if (state == null || number == state.now()) {
      return;
    }
    DurableFiles.force(copy);
    write(new State(number, version, state.now(), state.version()));
    clear(Set.of(number, state.now()));
  }

  /** See {@code AppHosts.revert}. */
  synchronized void revert(AppVersion version) throws IOException {
    State state = state();
    if (state == null || state.version().equals(version)) {
      return;
    }
    if (state.before() == 0 || !state.versionBefore().equals(version)) {
      throw new IOException("What version " + version + " kept is not there any more.");
    }
    write(new State(state.before(), version, 0, version));
    clear(Set.of(state.before()));
  }

  synchronized void erase() throws IOException {
    if (!Files.exists(home)) {
      return;
    }
    step.run();
    Files.deleteIfExists(home.resolve("state")); // First: what follows is garbage then.
    DurableFiles.force(home);
    delete(home);
    DurableFiles.force(home.toAbsolutePath().getParent());
  }

  synchronized void export(OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    State state = state();
    if (state != null) {
      for (Map.Entry<String, Path> file :
          values(home.resolve(Integer.toString(state.now()))).entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setLastModifiedTime(FileTime.fromMillis(315_532_800_000L)); // the format's first day
        zip.putNextEntry(entry);
        zip.write(DurableFiles.read(file.getValue(), AppStore.MAX_VALUE));
        zip.closeEntry();
      }
    }
    zip.finish();
  }

  /** Files of values in a folder. */
  static TreeMap<String, Path> values(Path folder) throws IOException {
    TreeMap<String, Path> values = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (Store.named(name)) {
          values.put(name, file);
        }
      }
    }
    return values;
  }

  private State state() throws IOException {
    String text;
    try {
      text = new String(DurableFiles.read(home.resolve("state"), 200), StandardCharsets.US_ASCII);
    } catch (NoSuchFileException e) {
      return null;
    }
    Matcher matcher = STATE.matcher(text);
    try {
      if (matcher.matches()) {
        boolean before = matcher.group(3) != null;
        return new State(
            Integer.parseInt(matcher.group(1)),
            AppVersion.parse(matcher.group(2)),
            before ? Integer.parseInt(matcher.group(3)) : 0,
            AppVersion.parse(matcher.group(before ? 4 : 2)));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException(home.resolve("state") + " is damaged.", e);
    }
    throw new IOException(home.resolve("state") + " is damaged.");
  }

  private void write(State state) throws IOException {
    step.run();
    DurableFiles.write(
        home.resolve("state"), state.text().getBytes(StandardCharsets.US_ASCII), true);
  }

  private int next(State state) throws IOException {
    int number = Math.max(state.now(), state.before()) + 1;
    while (Files.exists(home.resolve(Integer.toString(number)))) {
      number++;
    }
    return number;
  }

  private Path make(int number) throws IOException {
    step.run();
    Path folder = DurableFiles.privateDirectory(home.resolve(Integer.toString(number)));
    DurableFiles.force(home);
    return folder;
  }

  /** Deletes folders that are not in use. */
  private void clear(Set<Integer> used) throws IOException {
    Set<Path> garbage = new HashSet<>();
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(home)) {
      for (Path folder : folders) {
        String name = folder.getFileName().toString();
        if (NUMBER.matcher(name).matches()) {
          int number = Integer.parseInt(name);
          if (!used.contains(number) && !tried.contains(number)) {
            garbage.add(folder);
          }
        }
      }
    }
    for (Path folder : garbage) {
      delete(folder);
    }
  }

  private void delete(Path path) throws IOException {
    if (Files.isDirectory(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
        for (Path file : files) {
          delete(file);
        }
      }
    }
    step.run();
    Files.deleteIfExists(path);
  }
}
