package org.commonshub.apps.provider;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Listing;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.ManifestException;
import org.commonshub.identity.api.Json;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files of the desk: {@code ID/state.json} and, per version, {@code ID/VERSION/{app.jar, evidence,
 * listing.json}}. What {@code state.json} does not name is left over from a power cut and goes at
 * the next start. Callers serialise what they do to one app.
 */
final class Shelf {
  private static final Logger LOG = LoggerFactory.getLogger(Shelf.class);
  private static final String STATE = "state.json";
  private static final String NEW = "new-";
  private static final int MAX_LISTING = 256 * 1024;
  private static final int MAX_EVIDENCE = 4 * 1024 * 1024;

  private final Path root;

  Shelf(Path root) throws IOException {
    this.root = DurableFiles.privateDirectory(root);
  }

  /** Apps that are here, with what is known of them; sweeps what a power cut left. */
  Map<AppId, AppState> load() throws IOException {
    Map<AppId, AppState> states = new TreeMap<>();
    for (Path folder : folders(root)) {
      try {
        AppId app = new AppId(folder.getFileName().toString());
        AppState state =
            AppState.read(DurableFiles.read(folder.resolve(STATE), AppState.MAX_BYTES));
        states.put(app, state);
        sweep(app, state);
      } catch (NoSuchFileException e) {
        delete(folder); // An install or a removal that did not come to its end.
      } catch (IOException | IllegalArgumentException e) {
        LOG.error(
            "The app in {} is left out: its {} {}. Its files are kept; install it again.",
            folder,
            STATE,
            e.getMessage());
      }
    }
    return states;
  }

  /** Replaces what is known of an app; durable. */
  void save(AppId app, AppState state) throws IOException {
    DurableFiles.write(folder(app).resolve(STATE), state.write(), true);
  }

  /** An empty folder for a version that is being fetched. */
  Path stage(AppId app, AppVersion version) throws IOException {
    DurableFiles.privateDirectory(folder(app));
    Path staged = folder(app).resolve(NEW + version);
    delete(staged);
    return DurableFiles.privateDirectory(staged);
  }

  /** The version that was staged is whole: it gets its name. Durable. */
  void adopt(Path staged, Listing listing, byte[] evidence) throws IOException {
    DurableFiles.write(staged.resolve("evidence"), evidence, true);
    DurableFiles.write(staged.resolve("listing.json"), write(listing), true);
    try (FileChannel jar = FileChannel.open(jar(staged), StandardOpenOption.READ)) {
      jar.force(true);
    }
    DurableFiles.force(staged);
    Path place = staged.resolveSibling(listing.manifest().version().toString());
    delete(place);
    Files.move(staged, place, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.force(place.getParent());
    DurableFiles.force(root);
  }

  Path jar(AppId app, AppVersion version) {
    return jar(folder(app).resolve(version.toString()));
  }

  static Path jar(Path versionFolder) {
    return versionFolder.resolve("app.jar");
  }

  byte[] evidence(AppId app, AppVersion version) throws IOException {
    return DurableFiles.read(
        folder(app).resolve(version.toString()).resolve("evidence"), MAX_EVIDENCE);
  }

  /** What a version said when it was fetched: to show, not to believe. */
  Listing listing(AppId app, AppVersion version) throws IOException {
    byte[] bytes =
        DurableFiles.read(
            folder(app).resolve(version.toString()).resolve("listing.json"), MAX_LISTING);
    Map<String, Object> map = Json.object(bytes);
    try {
      @SuppressWarnings("unchecked") // Its members are checked by the codec.
      Map<String, Object> manifest = (Map<String, Object>) map.get("manifest");
      return new Listing(
          (String) map.get("source"),
          (String) map.get("operator"),
          ManifestCodec.of(manifest),
          (String) map.get("path"),
          (Long) map.get("length"),
          (String) map.get("sha256"),
          Math.toIntExact((Long) map.get("fee_permille")),
          Optional.empty(),
          List.of(),
          List.of());
    } catch (ManifestException | ClassCastException | NullPointerException e) {
      throw new IOException("listing.json is damaged", e);
    }
  }

  private static byte[] write(Listing listing) throws IOException {
    byte[] manifest = ManifestCodec.json(listing.manifest()).getBytes(StandardCharsets.UTF_8);
    Map<String, Object> map = new TreeMap<>();
    map.put("source", listing.source());
    map.put("operator", listing.operator());
    map.put("manifest", Json.object(manifest));
    map.put("path", listing.path());
    map.put("length", listing.length());
    map.put("sha256", listing.sha256());
    map.put("fee_permille", (long) listing.feePermille());
    return Json.canonical(map).getBytes(StandardCharsets.UTF_8);
  }

  /** Deletes what a state does not name. */
  void sweep(AppId app, AppState state) throws IOException {
    Set<String> keep = new TreeSet<>(Set.of(state.version().toString()));
    state.previous().ifPresent(version -> keep.add(version.toString()));
    for (Path folder : folders(folder(app))) {
      if (!keep.contains(folder.getFileName().toString())) {
        delete(folder);
      }
    }
  }

  /** Deletes an app: what is known of it last, so that a power cut leaves something to go on. */
  void delete(AppId app) throws IOException {
    for (Path folder : folders(folder(app))) {
      delete(folder);
    }
    delete(folder(app));
    DurableFiles.force(root);
  }

  /** Deletes what was staged and did not become a version. */
  void discard(Path staged) {
    try {
      delete(staged);
      try (Stream<Path> left = Files.list(staged.getParent())) {
        if (left.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(staged.getParent());
    } catch (IOException e) {
      LOG.debug("{} is swept at the next start.", staged, e);
    }
  }

  private Path folder(AppId app) {
    return root.resolve(app.name());
  }

  private static Collection<Path> folders(Path parent) throws IOException {
    try (Stream<Path> all = Files.list(parent)) {
      return all.filter(Files::isDirectory).sorted().collect(Collectors.toList());
    }
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
