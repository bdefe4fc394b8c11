package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Snapshot;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.catalogue.Metadata.Timestamp;
import org.commonshub.apps.catalogue.State.Complete;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurableFiles;

/**
 * One catalogue's folder: documents under their digests, and {@code index.json} that says which are
 * trusted. Replacing the index is the one step that counts, so a power cut leaves the state before
 * or after. Callers serialise.
 */
final class Store {
  private static final String INDEX = "index.json";
  private static final int MAX_INDEX = 256 << 10;

  private final Path folder;

  Store(Path folder) {
    this.folder = folder;
  }

  /** Whether something is kept. */
  boolean exists() {
    return Files.exists(folder.resolve(INDEX));
  }

  /** Keeps a state. */
  void keep(State state) throws IOException {
    DurableFiles.privateDirectory(folder);
    Map<String, Object> index = new TreeMap<>();
    Set<String> used = new HashSet<>();
    index.put("form", 1L);
    index.put("url", state.url().toString());
    index.put("fingerprint", state.fingerprint());
    index.put("root", put(state.root(), used));
    Map<String, Object> roots = new TreeMap<>();
    state.roots().forEach((version, sha256) -> roots.put(version.toString(), sha256));
    index.put("roots", roots);
    index.put("floors", new TreeMap<>(state.floors()));
    state.time().ifPresent(time -> index.put("time", time.toString()));
    state.updated().ifPresent(updated -> index.put("updated", updated.toString()));
    if (state.complete().isPresent()) {
      Complete set = state.complete().get();
      Map<String, Object> providers = new TreeMap<>();
      for (Map.Entry<String, Targets> provider : set.providers().entrySet()) {
        providers.put(provider.getKey(), put(provider.getValue(), used));
      }
      index.put(
          "set",
          new TreeMap<>(
              Map.of(
                  "timestamp", put(set.timestamp(), used),
                  "snapshot", put(set.snapshot(), used),
                  "targets", put(set.targets(), used),
                  "providers", providers)));
    }
    DurableFiles.write(
        folder.resolve(INDEX), Json.canonical(index).getBytes(StandardCharsets.UTF_8), false);
    tidy(used);
  }

  private String put(Metadata document, Set<String> used) throws IOException {
    byte[] raw = document.envelope().raw();
    String name = Keys.sha256(raw);
    Path file = folder.resolve(name);
    if (used.add(name) && !Files.exists(file)) {
      DurableFiles.write(file, raw, false);
    }
    return name;
  }

  /** Deletes what no index names. */
  private void tidy(Set<String> used) throws IOException {
    for (Path file : files()) {
      String name = file.getFileName().toString();
      if (!name.equals(INDEX) && !used.contains(name)) {
        Files.deleteIfExists(file);
      }
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  /** Forgets all; the index first. */
  void delete() throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.deleteIfExists(folder.resolve(INDEX));
    DurableFiles.force(folder);
    for (Path file : files()) {
      Files.deleteIfExists(file);
    }
    Files.delete(folder);
    DurableFiles.force(folder.toAbsolutePath().getParent());
  }

  /**
   * Reads and verifies what is kept. Documents that are damaged are forgotten, so that the next
   * refresh fetches them; a damaged root or index is not.
   */
  State load() throws IOException, MetadataException {
    Fields index =
        new Fields("index", Json.object(DurableFiles.read(folder.resolve(INDEX), MAX_INDEX)));
    index.integer("form", 1, 1);
    Root root = Root.parse(document(index.hex("root", 32), Metadata.MAX_ROOT));
    root.role("root").verify(root.envelope());
    SortedMap<Long, String> roots = new TreeMap<>();
    Fields trusted = index.object("roots");
    Map<String, Long> floors = new TreeMap<>();
    Fields lowest = index.object("floors");
    try {
      for (String version : trusted.names(1024)) {
        roots.put(Long.valueOf(version), trusted.hex(version, 32));
      }
      for (String role : lowest.names(4096)) {
        floors.put(role, lowest.integer(role, 1, Metadata.MAX_VERSION));
      }
      return new State(
          URI.create(index.text("url", 500)),
          index.text("fingerprint", 60),
          root,
          roots,
          floors,
          instant(index, "time"),
          instant(index, "updated"),
          complete(index, root));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new MetadataException("the index is damaged: " + e.getMessage(), e);
    }
  }

  private static Optional<Instant> instant(Fields index, String name) throws MetadataException {
    return index.has(name) ? Optional.of(Instant.parse(index.text(name, 40))) : Optional.empty();
  }

  private Optional<Complete> complete(Fields index, Root root) throws IOException {
    if (!index.has("set")) {
      return Optional.empty();
    }
    try {
      Fields set = index.object("set");
      SortedMap<String, Targets> providers = new TreeMap<>();
      Fields names = set.object("providers");
      for (String name : names.names(Metadata.MAX_PROVIDERS)) {
        providers.put(name, Targets.parse(document(names.hex(name, 32), Metadata.MAX_TARGETS)));
      }
      Complete complete =
          new Complete(
              Timestamp.parse(document(set.hex("timestamp", 32), Metadata.MAX_TIMESTAMP)),
              Snapshot.parse(document(set.hex("snapshot", 32), Metadata.MAX_SNAPSHOT)),
              Targets.parse(document(set.hex("targets", 32), Metadata.MAX_TARGETS)),
              providers);
      complete.verify(root);
      return Optional.of(complete);
    } catch (MetadataException | NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private byte[] document(String sha256, int max) throws IOException, MetadataException {
    byte[] bytes = DurableFiles.read(folder.resolve(sha256), max);
    if (!Keys.sha256(bytes).equals(sha256)) {
      Files.delete(folder.resolve(sha256));
      throw new MetadataException("a kept document is damaged");
    }
    return bytes;
  }
}
