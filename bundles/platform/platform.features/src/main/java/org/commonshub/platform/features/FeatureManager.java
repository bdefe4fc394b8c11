package org.commonshub.platform.features;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.Features;
import org.commonshub.platform.features.FeatureFile.Jar;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches features on and off in the running framework. Bundles that several enabled features need
 * stay; the choice is written before anything is stopped, so that a power cut leaves the new one.
 */
final class FeatureManager implements Features {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureManager.class);
  private static final String LOCATION = "hub:";
  private static final int MAX_FEATURES = 256;
  private static final int MAX_CHOICE = 64 * 1024;
  private static final int PIECE = 64 * 1024;
  private static final long REFRESH_SECONDS = 10;

  private final BundleContext framework;
  private final Path repository;
  private final Path choice;
  private final Map<String, FeatureFile> features;
  private final Map<String, String> failures = new HashMap<>();
  private Set<String> wanted;

  /**
   * Reads the features; installs and starts nothing, the launcher did.
   *
   * @param framework context of the system bundle, so that what is installed here outlives this
   *     bundle
   * @param chosen features named on the command line, if any were
   */
  FeatureManager(
      BundleContext framework,
      Path directory,
      Path repository,
      Path choice,
      Optional<List<String>> chosen)
      throws IOException {
    this.framework = framework;
    this.repository = repository;
    this.choice = choice;
    this.features = read(directory);
    this.wanted = closure(chosen.or(this::stored).orElseGet(this::defaults));
  }

  private static Map<String, FeatureFile> read(Path directory) throws IOException {
    Map<String, FeatureFile> found = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
      for (Path file : files) {
        try {
          FeatureFile feature = FeatureFile.parse(DurableFiles.read(file, FeatureFile.MAX_BYTES));
          if (!feature.process() && found.size() < MAX_FEATURES) {
            found.put(feature.name(), feature);
          }
        } catch (IOException e) {
          LOG.warn("Feature file {} is skipped: {}", file, e.getMessage());
        }
      }
    }
    return Collections.unmodifiableMap(found);
  }

  private List<String> defaults() {
    return features.values().stream()
        .filter(feature -> !feature.offByDefault())
        .map(FeatureFile::name)
        .toList();
  }

  private Optional<List<String>> stored() {
    List<String> names = new ArrayList<>();
    try (JsonParser parser =
        new JsonFactory().createParser(DurableFiles.read(choice, MAX_CHOICE))) {
      if (parser.nextToken() != JsonToken.START_OBJECT
          || !"enabled".equals(parser.nextFieldName())
          || parser.nextToken() != JsonToken.START_ARRAY) {
        throw new IOException("expected {\"enabled\": [...]}");
      }
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
          throw new IOException("expected names");
        }
        names.add(parser.getText());
      }
      return Optional.of(names);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      LOG.warn(
          "The choice of features in {} is not readable ({}): all run.", choice, e.getMessage());
      return Optional.empty();
    }
  }

  /** The features, what they require, and what is essential; names that are none are dropped. */
  private Set<String> closure(Collection<String> names) {
    Set<String> closed = new TreeSet<>();
    for (FeatureFile feature : features.values()) {
      if (feature.essential()) {
        close(feature.name(), closed);
      }
    }
    names.forEach(name -> close(name, closed));
    return closed;
  }

  private void close(String name, Set<String> closed) {
    FeatureFile feature = features.get(name);
    if (feature != null && closed.add(name)) {
      feature.requires().forEach(required -> close(required, closed));
    }
  }

  /** Features in the order in which they start: what is required first. */
  private List<FeatureFile> ordered(Set<String> names) {
    Set<String> done = new LinkedHashSet<>();
    names.forEach(name -> order(name, names, done, new TreeSet<>()));
    return done.stream().map(features::get).toList();
  }

  private void order(String name, Set<String> names, Set<String> done, Set<String> path) {
    if (!names.contains(name) || done.contains(name) || !path.add(name)) {
      return;
    }
    features.get(name).requires().forEach(required -> order(required, names, done, path));
    done.add(name);
  }

  @Override
  public synchronized List<Feature> list() {
    return features.values().stream().map(this::feature).toList();
  }

  private Feature feature(FeatureFile file) {
    boolean enabled = wanted.contains(file.name());
    Optional<String> problem = enabled ? problem(file) : Optional.empty();
    return new Feature(
        file.name(),
        file.title(),
        file.description(),
        file.requires(),
        file.essential(),
        enabled,
        enabled && problem.isEmpty(),
        problem);
  }

  private Optional<String> problem(FeatureFile file) {
    for (String required : file.requires()) {
      if (!features.containsKey(required)) {
        return Optional.of("It requires the feature " + required + ", which is not in this image.");
      }
    }
    for (Jar jar : file.bundles()) {
      String location = LOCATION + jar.file();
      Bundle bundle = framework.getBundle(location);
      if (bundle == null) {
        return Optional.of(
            failures.getOrDefault(location, jar.file() + " is not installed: restart the hub."));
      }
      if (!runs(bundle)) {
        return Optional.of(
            failures.getOrDefault(
                location, bundle.getSymbolicName() + " is installed but not started."));
      }
    }
    return Optional.empty();
  }

  private static boolean runs(Bundle bundle) {
    if (fragment(bundle)) {
      return bundle.getState() == Bundle.RESOLVED || bundle.getState() == Bundle.INSTALLED;
    }
    return bundle.getState() == Bundle.ACTIVE || bundle.getState() == Bundle.STARTING;
  }

  private static boolean fragment(Bundle bundle) {
    return bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
  }

  @Override
  public synchronized Feature enable(String name, boolean enabled) {
    FeatureFile file = features.get(name);
    if (file == null) {
      throw new IllegalArgumentException("There is no feature " + name + " in this image.");
    }
    Set<String> next = new TreeSet<>(wanted);
    if (enabled) {
      close(name, next);
    } else {
      refuseIfNeeded(file);
      next.remove(name);
    }
    if (!next.equals(wanted)) {
      store(next);
      wanted = next;
    }
    if (enabled) {
      start(next);
    } else {
      stopUnneeded(file, next);
    }
    return feature(file);
  }

  private void refuseIfNeeded(FeatureFile file) {
    if (file.essential()) {
      throw new IllegalStateException(
          file.title() + " cannot be switched off: the hub would not be reachable any more.");
    }
    List<String> needing =
        wanted.stream()
            .map(features::get)
            .filter(other -> other.requires().contains(file.name()))
            .map(FeatureFile::title)
            .toList();
    if (!needing.isEmpty()) {
      throw new IllegalStateException(
          file.title()
              + " is needed by "
              + String.join(", ", needing)
              + ": switch that off first.");
    }
  }

  private void store(Set<String> names) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      try (JsonGenerator json = new JsonFactory().createGenerator(out, JsonEncoding.UTF8)) {
        json.writeStartObject();
        json.writeArrayFieldStart("enabled");
        for (String name : names) {
          json.writeString(name);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      Files.createDirectories(choice.getParent());
      DurableFiles.write(choice, out.toByteArray(), false);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The choice of features could not be written to " + choice + ": check free space.", e);
    }
  }

  private void start(Set<String> names) {
    List<Bundle> fresh = new ArrayList<>();
    for (Jar jar : jars(names)) {
      String location = LOCATION + jar.file();
      Bundle present = framework.getBundle(location);
      try {
        if (present == null) {
          try (InputStream in = verified(jar)) {
            present = framework.installBundle(location, in);
          }
          fresh.add(present);
        } else if (!runs(present)) {
          fresh.add(present);
        }
        failures.remove(location);
      } catch (IOException | BundleException e) {
        failed(location, jar.file() + " cannot be installed: " + reason(e));
      }
    }
    for (Bundle bundle : fresh) {
      if (fragment(bundle)) {
        continue;
      }
      try {
        bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
      } catch (BundleException e) {
        failed(bundle.getLocation(), bundle.getSymbolicName() + " cannot be started: " + reason(e));
      }
    }
  }

  private void failed(String location, String problem) {
    failures.put(location, problem);
    LOG.warn("{}", problem);
  }

  private static String reason(Exception e) {
    String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").strip();
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }

  private Collection<Jar> jars(Set<String> names) {
    Map<String, Jar> jars = new LinkedHashMap<>();
    for (FeatureFile feature : ordered(names)) {
      feature.bundles().forEach(jar -> jars.putIfAbsent(jar.file(), jar));
    }
    return jars.values();
  }

  /** The jar, once its digest was found right; read in pieces, some are larger than the heap. */
  private InputStream verified(Jar jar) throws IOException {
    Path path = repository.resolve(jar.file());
    if (!Files.isRegularFile(path)) {
      throw new IOException("there is no such file in " + repository);
    }
    if (!jar.sha256().isEmpty() && !jar.sha256().toLowerCase(Locale.ROOT).equals(sha256(path))) {
      throw new IOException(
          "its content is not what the feature pins (SHA-256 differs); install the image again");
    }
    return Files.newInputStream(path);
  }

  private static String sha256(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[PIECE];
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        digest.update(piece, 0, n);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void stopUnneeded(FeatureFile file, Set<String> names) {
    Set<String> needed = new TreeSet<>();
    jars(names).forEach(jar -> needed.add(jar.file()));
    List<Bundle> gone = new ArrayList<>();
    List<Jar> reversed = new ArrayList<>(file.bundles());
    Collections.reverse(reversed);
    for (Jar jar : reversed) {
      Bundle bundle = framework.getBundle(LOCATION + jar.file());
      if (bundle != null && !needed.contains(jar.file())) {
        try {
          bundle.uninstall(); // stops it first
          gone.add(bundle);
        } catch (BundleException e) {
          failed(bundle.getLocation(), jar.file() + " cannot be removed: " + reason(e));
        }
      }
      failures.remove(LOCATION + jar.file());
    }
    refresh(gone);
  }

  /** Lets go of the classes of bundles that were uninstalled. */
  private void refresh(List<Bundle> gone) {
    if (gone.isEmpty()) {
      return;
    }
    CountDownLatch done = new CountDownLatch(1);
    framework
        .getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
        .adapt(FrameworkWiring.class)
        .refreshBundles(gone, event -> done.countDown());
    try {
      if (!done.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("The packages of a removed feature are still in use after {} s.", REFRESH_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
