package org.commonshub.launcher;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.launch.Framework;

/** The framework and the bundles in it. Public for tests and benchmarks that run a hub inside. */
public final class Hub {
  /** Bundle locations are {@code hub:FILE}: the same bundle keeps its cache entry across starts. */
  static final String LOCATION = "hub:";

  private static final String DIGESTS = "cache.properties";

  private final Framework framework;
  private final List<Path> repositories;
  private final Path digestFile;

  /** Makes the framework; nothing runs yet. */
  public Hub(Options options, Map<String, String> properties) throws BundleException {
    repositories = new ArrayList<>();
    repositories.add(options.home().resolve("bundles"));
    options.overlays().forEach(o -> repositories.add(o.resolve("bundles")));
    Path cache = options.data().resolve("cache");
    // Beside the cache: Felix takes every file in it for a bundle and deletes what is none.
    digestFile = cache.resolveSibling(DIGESTS);
    Map<String, String> config = new HashMap<>(properties);
    config.put(Constants.FRAMEWORK_STORAGE, cache.toString());
    config.put("commonshub.locations", LOCATION);
    config.put("felix.extensions.disable", "true");
    config.put("felix.bootdelegation.implicit", "false");
    config.put("felix.cache.rootdir", options.data().toString());
    config.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, SystemPackages.EXTRA);
    framework = new FrameworkFactory().newFramework(config);
    framework.init();
  }

  /** Context of the system bundle. */
  public BundleContext context() {
    return framework.getBundleContext();
  }

  Framework framework() {
    return framework;
  }

  /**
   * Brings the cache in step with the features, starts the framework and every bundle.
   *
   * @return one line per bundle that could not be installed or started
   */
  public List<String> start(List<Feature> features) throws BundleException {
    List<String> problems = new ArrayList<>();
    Map<String, Feature.BundleRef> wanted = new LinkedHashMap<>();
    Map<String, String> wantedBy = new HashMap<>();
    for (Feature feature : features) {
      for (Feature.BundleRef bundle : feature.bundles()) {
        wanted.putIfAbsent(LOCATION + bundle.file(), bundle);
        wantedBy.putIfAbsent(LOCATION + bundle.file(), feature.name());
      }
    }
    Properties known = digests();
    for (Bundle bundle : context().getBundles()) {
      if (bundle.getBundleId() == 0) {
        continue;
      }
      if (!bundle.getLocation().startsWith(LOCATION)) {
        bundle.stop(); // A bundle of others never starts by itself, before the fence stands.
      } else if (!wanted.containsKey(bundle.getLocation())) {
        bundle.uninstall();
      }
    }
    Properties now = new Properties();
    List<Bundle> bundles = new ArrayList<>();
    for (Map.Entry<String, Feature.BundleRef> entry : wanted.entrySet()) {
      Feature.BundleRef ref = entry.getValue();
      try {
        bundles.add(install(entry.getKey(), ref, known, now));
      } catch (IOException | BundleException e) {
        problems.add(
            "Bundle "
                + ref.file()
                + " of feature '"
                + wantedBy.get(entry.getKey())
                + "' cannot be installed: "
                + reason(e));
      }
    }
    save(now);
    framework.start();
    for (Bundle bundle : bundles) {
      if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null) {
        continue;
      }
      try {
        bundle.start(Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
      } catch (BundleException e) {
        problems.add(
            "Bundle "
                + bundle.getSymbolicName()
                + " of feature '"
                + wantedBy.get(bundle.getLocation())
                + "' cannot start: "
                + reason(e));
      }
    }
    return problems;
  }

  private Bundle install(String location, Feature.BundleRef ref, Properties known, Properties now)
      throws IOException, BundleException {
    Path jar = find(ref.file());
    // What the image ships is pinned; a jar that is not what was pinned is never started. The
    // digest of a cached copy is compared by size and time first: hashing 20 MB costs a second on
    // a router, and who can forge both can replace the launcher, too.
    String stamp =
        Files.size(jar) + "@" + Files.getLastModifiedTime(jar).toMillis() + "@" + ref.sha256();
    Bundle present = context().getBundle(location);
    if (present != null && stamp.equals(known.getProperty(location))) {
      now.setProperty(location, stamp);
      return present;
    }
    if (!ref.sha256().isEmpty() && !ref.sha256().equals(sha256(jar))) {
      if (present != null) {
        present.uninstall();
      }
      throw new IOException(
          "its content is not what the feature pins (SHA-256 differs). Install the image again.");
    }
    try (InputStream in = new FileInputStream(jar.toFile())) {
      if (present != null) {
        present.update(in);
      } else {
        present = context().installBundle(location, in);
      }
    }
    now.setProperty(location, stamp);
    return present;
  }

  private Path find(String file) throws IOException {
    for (Path repository : repositories) {
      Path jar = repository.resolve(file);
      if (Files.isRegularFile(jar)) {
        return jar;
      }
    }
    throw new IOException("there is no such file in " + repositories);
  }

  /** Stops everything and waits; returns whether it ended in time. */
  public boolean stop(long millis) throws BundleException, InterruptedException {
    framework.stop();
    return framework.waitForStop(millis).getType()
        != org.osgi.framework.FrameworkEvent.WAIT_TIMEDOUT;
  }

  private Properties digests() {
    Properties known = new Properties();
    if (Files.isRegularFile(digestFile)) {
      try (InputStream in = Files.newInputStream(digestFile)) {
        known.load(in);
      } catch (IOException | IllegalArgumentException e) {
        known.clear(); // Unreadable: every bundle is checked and installed afresh.
      }
    }
    return known;
  }

  private void save(Properties now) {
    StringBuilder text = new StringBuilder();
    now.stringPropertyNames().stream()
        .sorted()
        .forEach(
            k ->
                text.append(k.replace(":", "\\:"))
                    .append('=')
                    .append(now.getProperty(k))
                    .append('\n'));
    try {
      Path temporary = digestFile.resolveSibling(DIGESTS + ".new");
      Files.createDirectories(digestFile.getParent());
      Files.write(temporary, text.toString().getBytes(StandardCharsets.ISO_8859_1));
      Files.move(temporary, digestFile, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      System.err.println("The bundle cache cannot be recorded (" + e + "); next start is slower.");
    }
  }

  /** Digest in hex. Streams: a jar read whole leaves its size behind in native memory. */
  static String sha256(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    byte[] buffer = new byte[8192];
    try (InputStream in = new FileInputStream(file.toFile())) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static final Pattern PACKAGE = Pattern.compile("osgi\\.wiring\\.package=([\\w.]+)");
  private static final Pattern CAPABILITY =
      Pattern.compile("missing requirement \\[[^]]*\\] ([\\w.]+); \\(?(.{0,80})");

  /** The innermost cause of a failure in a few words. */
  static String reason(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    int innermost = message.lastIndexOf("missing requirement");
    if (innermost >= 0) {
      Matcher matcher = PACKAGE.matcher(message.substring(innermost));
      if (matcher.find()) {
        return "no bundle provides package " + matcher.group(1);
      }
      matcher = CAPABILITY.matcher(message.substring(innermost));
      if (matcher.find()) {
        return "no bundle provides " + matcher.group(1) + " " + matcher.group(2);
      }
    }
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text =
        root == failure ? message : root.getClass().getSimpleName() + ": " + root.getMessage();
    return text.replaceAll("\\s+", " ");
  }
}
