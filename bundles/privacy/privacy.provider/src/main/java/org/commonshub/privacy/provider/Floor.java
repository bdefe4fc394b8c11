package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operator's floor: one terms document per file in {@code CONFIG/privacy/floor}. A file counts
 * for a request if it names no recipient or this one, and no purposes or this one among them. One
 * file that cannot be read closes everything: nobody knows what it forbids. Any thread.
 */
final class Floor {
  private static final Logger LOG = LoggerFactory.getLogger(Floor.class);
  private static final int MAX_FILES = 64;

  private final Path directory;
  private Map<String, String> seen = Map.of();
  private volatile State state = new State(0, List.of(), Optional.empty());

  private record State(int revision, List<Terms> terms, Optional<String> problem) {}

  Floor(Path config) {
    directory = config.resolve("privacy").resolve("floor");
    refresh();
  }

  /** Reads again what has changed; touches only the directory if nothing has. */
  synchronized void refresh() {
    try {
      Map<String, String> now = new TreeMap<>();
      for (Path file : files()) {
        BasicFileAttributes a = Files.readAttributes(file, BasicFileAttributes.class);
        now.put(file.getFileName().toString(), a.lastModifiedTime().toMillis() + "/" + a.size());
      }
      if (now.equals(seen) && state.problem().isEmpty()) {
        return;
      }
      List<Terms> terms = new ArrayList<>();
      for (String name : now.keySet()) {
        terms.add(read(name));
      }
      seen = now;
      if (!terms.equals(state.terms()) || state.problem().isPresent()) {
        state = new State(state.revision() + 1, List.copyOf(terms), Optional.empty());
      }
    } catch (IOException e) {
      fail(e.getMessage());
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> files =
          all.filter(f -> f.getFileName().toString().endsWith(".json"))
              .limit(MAX_FILES + 1L)
              .toList();
      if (files.size() > MAX_FILES) {
        throw new IOException("there are more than " + MAX_FILES + " files");
      }
      return files;
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Terms read(String name) throws IOException {
    try {
      byte[] file = DurableFiles.read(directory.resolve(name), TermsCodec.MAX_BYTES);
      // People's editors end a file with a line break, which a signed document has not.
      int end = file.length;
      while (end > 0 && (file[end - 1] == ' ' || file[end - 1] == '\n' || file[end - 1] == '\r')) {
        end--;
      }
      return TermsCodec.read(Arrays.copyOf(file, end));
    } catch (TermsException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }

  private void fail(String reason) {
    String problem =
        "The operator's floor cannot be read, so nothing is released: "
            + Texts.plain(reason, 200)
            + ". Correct or remove the file in privacy/floor of the configuration.";
    if (!state.problem().equals(Optional.of(problem))) {
      LOG.warn("{}", problem);
      state = new State(state.revision() + 1, List.of(), Optional.of(problem));
    }
  }

  /** Rises whenever something else would come out. */
  int revision() {
    return state.revision();
  }

  /** Why nothing is released, if so. */
  Optional<String> problem() {
    return state.problem();
  }

  /**
   * What the operator leaves for a recipient and purpose.
   *
   * @throws TermsException if that is nothing
   */
  Terms terms(Recipient recipient, Purpose purpose) throws TermsException {
    State now = state;
    if (now.problem().isPresent()) {
      throw new TermsException(now.problem().get());
    }
    Terms met = Terms.ANY;
    for (Terms terms : now.terms()) {
      if (terms.recipient().map(recipient::equals).orElse(true)
          && terms.purposes().map(p -> p.contains(purpose)).orElse(true)) {
        met = met.meet(terms);
      }
    }
    return met;
  }
}
