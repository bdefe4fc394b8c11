package org.commonshub.apps.provider;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.desk.api.AppHosts;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.apps.desk.api.AppVersion;
import org.commonshub.apps.desk.api.Grants;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.testing.fakes.FakeAppHosts;

/** Stores of apps on the disk, a folder per version, and an index that says which is in force. */
final class DiskHosts implements AppHosts {
  private static final String INDEX = "index";

  private final Path root;
  private final FakeAppHosts sessions = new FakeAppHosts();

  DiskHosts(Path root) throws IOException {
    this.root = Files.createDirectories(root);
  }

  private Path folder(AppId app, String version) {
    return root.resolve(app.name()).resolve(version);
  }

  /** Version in force and the one before; empty if there is no store. */
  private List<String> index(AppId app) throws IOException {
    Path file = root.resolve(app.name()).resolve(INDEX);
    return Files.exists(file) ? List.of(Files.readString(file).split(" ")) : List.of();
  }

  private void index(AppId app, String versions) throws IOException {
    DurableFiles.write(
        root.resolve(app.name()).resolve(INDEX), versions.getBytes(StandardCharsets.UTF_8), false);
  }

  /** The value of a name now. */
  Optional<String> value(AppId app, String name) throws IOException {
    List<String> index = index(app);
    Path file = index.isEmpty() ? root.resolve("-") : folder(app, index.get(0)).resolve(name);
    return Files.exists(file) ? Optional.of(Files.readString(file)) : Optional.empty();
  }

  @Override
  public AppSession open(
      String location, AppManifest manifest, Grants grants, EnergyData view, boolean probation) {
    AppId app = manifest.id();
    String version = manifest.version().toString();
    try {
      List<String> index = index(app);
      Path store;
      if (index.isEmpty()) {
        store = Files.createDirectories(folder(app, version));
        index(app, version);
      } else if (probation) {
        store = folder(app, version);
        delete(store);
        Files.createDirectories(store);
        try (Stream<Path> files = Files.list(folder(app, index.get(0)))) {
          for (Path file : files.toList()) {
            Files.copy(file, store.resolve(file.getFileName()));
          }
        }
      } else {
        store = folder(app, index.get(0));
      }
      return session(
          sessions.open(location, manifest, grants, view, probation),
          store,
          () -> index(app, version + " " + index(app).get(0)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Promotion {
    void run() throws IOException;
  }

  /** A session whose store and promotion are on the disk. */
  private static AppSession session(AppSession fake, Path store, Promotion promotion) {
    return (AppSession)
        java.lang.reflect.Proxy.newProxyInstance(
            DiskHosts.class.getClassLoader(),
            new Class<?>[] {AppSession.class},
            (proxy, method, arguments) -> {
              switch (method.getName()) {
                case "promote" -> {
                  promotion.run();
                  return null;
                }
                case "store" -> {
                  return new DiskStore(store);
                }
                default -> {
                  return method.invoke(fake, arguments);
                }
              }
            });
  }

  private record DiskStore(Path folder) implements AppStore {
    @Override
    public Optional<byte[]> get(String name) {
      try {
        Path file = folder.resolve(name);
        return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void put(String name, byte[] value) {
      try {
        DurableFiles.write(folder.resolve(name), value, false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void remove(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> names() {
      throw new UnsupportedOperationException();
    }
  }

  @Override
  public void revert(AppId app, AppVersion version) throws IOException {
    List<String> index = index(app);
    if (index.isEmpty() || index.get(0).equals(version.toString())) {
      return;
    }
    if (index.size() < 2 || !index.get(1).equals(version.toString())) {
      throw new IOException("there is no store of " + version);
    }
    index(app, version.toString());
  }

  @Override
  public void erase(AppId app) throws IOException {
    delete(root.resolve(app.name()).resolve(INDEX));
    delete(root.resolve(app.name()));
  }

  @Override
  public void export(AppId app, OutputStream out) {
    throw new UnsupportedOperationException();
  }

  private static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> all = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(path)) {
      walk.forEach(file -> all.add(0, file));
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
