package org.commonshub.apps.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.commonshub.apps.sandbox.Permits.Grant;
import org.commonshub.apps.sandbox.check.Descriptors;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

/**
 * Looks at a bundle of others without resolving it. What the framework's hooks stop needs no look;
 * this is about what Declarative Services and the console's settings read out of a bundle: a
 * component gets the configurations it names, whoever's they are. Jars of apps are checked more
 * thoroughly before they are installed; this does not rely on it.
 */
final class Inspection {
  private static final int MAX_DESCRIPTORS = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final String COMPONENTS = "Service-Component";
  private static final String METATYPES = "OSGI-INF/metatype/";

  private Inspection() {}

  /** Why a bundle of others may not be here, in the middle of a sentence. */
  static Optional<String> of(Bundle bundle, Bundle[] all, Origins origins, Optional<Grant> grant) {
    String name = bundle.getSymbolicName();
    if (name == null || !NAME.matcher(name).matches()) {
      return Optional.of("a symbolic name is 1 to 128 letters, digits or any of . _ -");
    }
    for (Bundle other : all) {
      if (name.startsWith("org.commonshub.")
          || origins.ours(other) && name.equals(other.getSymbolicName())) {
        return Optional.of("its symbolic name " + name + " is one of the hub's own");
      }
    }
    if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null) {
      return Optional.of("it is a fragment, which becomes part of another bundle");
    }
    Optional<String> odd = grant.flatMap(it -> odd(bundle, it));
    if (odd.isPresent()) {
      return odd;
    }
    try {
      for (String path : descriptors(bundle)) {
        Optional<String> foreign =
            Descriptors.read(read(bundle, path)).pids().stream()
                .filter(pid -> !Rules.owns(name, pid))
                .findFirst();
        if (foreign.isPresent()) {
          return Optional.of(
              path
                  + " reads the settings of "
                  + foreign.get()
                  + "; names of a bundle's settings begin with its symbolic name "
                  + name);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("its descriptors cannot be read: " + e.getMessage());
    }
  }

  /** Whether it is something else than what the permit is for. */
  private static Optional<String> odd(Bundle bundle, Grant grant) {
    if (!grant.id().equals(bundle.getSymbolicName())
        || !grant.version().equals(bundle.getVersion().toString())) {
      return Optional.of(
          "it is "
              + bundle.getSymbolicName()
              + " "
              + bundle.getVersion()
              + " and not what the permit is for");
    }
    for (String header :
        List.of(
            Constants.BUNDLE_ACTIVATOR,
            Constants.BUNDLE_CLASSPATH,
            Constants.BUNDLE_NATIVECODE,
            Constants.BUNDLE_ACTIVATIONPOLICY)) {
      if (bundle.getHeaders("").get(header) != null) {
        return Optional.of("it has the header " + header);
      }
    }
    if (grant.proxy()
        && (bundle.getHeaders("").get(COMPONENTS) != null
            || bundle.findEntries("/", "*.class", true) != null)) {
      return Optional.of("it has code, and version 0.0.0 only stands for the app");
    }
    return Optional.empty();
  }

  /** Paths of its descriptors of components and settings. */
  private static List<String> descriptors(Bundle bundle) throws IOException {
    List<String> paths = new ArrayList<>();
    String components = bundle.getHeaders("").get(COMPONENTS);
    if (components != null) {
      for (String path : components.split(",", -1)) {
        if (path.contains("*") || path.contains(";")) {
          throw new IOException(COMPONENTS + " names each file by its path");
        }
        if (bundle.getEntry(path.strip()) != null) {
          paths.add(path.strip());
        }
      }
    }
    Enumeration<String> settings = bundle.getEntryPaths(METATYPES);
    while (settings != null && settings.hasMoreElements()) {
      String path = settings.nextElement();
      if (!path.endsWith("/")) {
        paths.add(path);
      }
    }
    if (paths.size() > MAX_DESCRIPTORS) {
      throw new IOException("there are more than " + MAX_DESCRIPTORS);
    }
    return paths;
  }

  private static byte[] read(Bundle bundle, String path) throws IOException {
    URL entry = bundle.getEntry(path);
    if (entry == null) {
      throw new IOException(path + " is gone");
    }
    try (InputStream in = entry.openStream()) {
      byte[] content = in.readNBytes(Descriptors.MAX_BYTES + 1);
      if (content.length > Descriptors.MAX_BYTES) {
        throw new IOException(path + " is larger than " + Descriptors.MAX_BYTES + " bytes");
      }
      return content;
    }
  }
}
