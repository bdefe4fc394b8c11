package org.commonshub.apps.sandbox.check;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.commonshub.apps.sandbox.check.Descriptors.Component;
import org.commonshub.apps.sandbox.check.Types.Outline;

/**
 * Checks a whole jar of others: how it is packed, its headers and descriptors, and every class.
 * Takes at most what {@link Jar} allows of memory, and no longer than that takes to read.
 */
public final class JarCheck {
  /** Most findings that are told. */
  public static final int MAX_FINDINGS = 100;

  private static final String MANIFEST = "META-INF/MANIFEST.MF";
  private static final int MAX_MANIFEST = 64 << 10;
  private static final int MAX_DESCRIPTORS = 64;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Pattern SIGNATURE =
      Pattern.compile("META-INF/(?:SIG-[^/]*|[^/]*\\.(?:SF|RSA|DSA|EC))", Pattern.CASE_INSENSITIVE);
  private static final Pattern ARCHIVE =
      Pattern.compile(
          ".*\\.(?:jar|war|ear|zip|jmod|so|so\\.[0-9.]+|dll|dylib|jnilib|exe)",
          Pattern.CASE_INSENSITIVE);

  /** Headers of the manifest that take effect and are not for others, in lower case. */
  private static final Map<String, String> HEADERS =
      Map.ofEntries(
          Map.entry("bundle-activator", "A bundle of others is a component, it has no activator."),
          Map.entry("bundle-classpath", "All classes lie in the jar itself."),
          Map.entry("bundle-nativecode", "Native code is not allowed."),
          Map.entry("bundle-updatelocation", "It is updated by the catalogue."),
          Map.entry("bundle-activationpolicy", "The hub says when it starts."),
          Map.entry("fragment-host", "A fragment becomes part of another bundle."),
          Map.entry("extensionbundle-activator", "It is no extension of the framework."),
          Map.entry("require-bundle", "It imports packages, no whole bundles."),
          Map.entry("dynamicimport-package", "It says what it imports."),
          Map.entry("import-service", "It has components for that."),
          Map.entry("export-service", "It has components for that."),
          Map.entry("multi-release", "There is one version of each class."),
          Map.entry("class-path", "All classes lie in the jar itself."),
          Map.entry("premain-class", "It is no agent."),
          Map.entry("agent-class", "It is no agent."),
          Map.entry("launcher-agent-class", "It is no agent."),
          Map.entry("meta-persistence", "There is no such service."),
          Map.entry("test-cases", "There is no such service."));

  private static final Pattern TYPES =
      Pattern.compile("objectClass(?::List<String>)?\\s*=\\s*\"?([^\";]*)");
  private static final Pattern EXTENDER = Pattern.compile("osgi\\.extender\\s*[~<>]?=([^)]*)");
  private static final Pattern CLAUSE =
      Pattern.compile("(?:[^,\"]|\"[^\"]*\")+"); // Of a header: commas within quotes belong to it.

  private final Profile profile;
  private final Jar jar;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<String, Outline> outlines = new HashMap<>();

  private JarCheck(Profile profile, Jar jar) {
    this.profile = profile;
    this.jar = jar;
  }

  /**
   * Checks a jar.
   *
   * @return what is wrong, at most {@link #MAX_FINDINGS}
   * @throws IOException if the file cannot be read
   */
  public static List<Finding> check(Path file, Profile profile) throws IOException {
    try {
      return new JarCheck(profile, Jar.open(file)).run();
    } catch (MalformedJarException e) {
      return List.of(new Finding("the jar", e.getMessage(), "Build it with the archetype."));
    }
  }

  /** The same for a jar in memory. */
  public static List<Finding> check(byte[] bytes, Profile profile) {
    try {
      return new JarCheck(profile, Jar.of(bytes)).run();
    } catch (MalformedJarException e) {
      return List.of(new Finding("the jar", e.getMessage(), "Build it with the archetype."));
    }
  }

  private List<Finding> run() throws MalformedJarException {
    Optional<Attributes> headers = manifest();
    if (headers.isPresent()) {
      headers(headers.get());
    }
    List<ClassFile> classes = entries();
    ClassCheck check = new ClassCheck(profile, outlines::get, this::found);
    for (ClassFile each : classes) {
      if (findings.size() >= MAX_FINDINGS) {
        break;
      }
      check.check(each);
    }
    if (headers.isPresent()) {
      descriptors(headers.get());
    }
    return List.copyOf(findings);
  }

  private Optional<Attributes> manifest() throws MalformedJarException {
    byte[] bytes = jar.read(MANIFEST);
    if (bytes == null || bytes.length > MAX_MANIFEST) {
      found(MANIFEST, "the manifest", "A bundle has one of at most " + MAX_MANIFEST + " bytes.");
      return Optional.empty();
    }
    try {
      Manifest manifest = new Manifest(new ByteArrayInputStream(bytes));
      if (!manifest.getEntries().isEmpty()) {
        found(
            MANIFEST, "sections for entries", "The package is signed as a whole, not in the jar.");
      }
      return Optional.of(manifest.getMainAttributes());
    } catch (IOException | IllegalArgumentException e) {
      found(MANIFEST, "the manifest", "It cannot be read: " + e.getMessage() + ".");
      return Optional.empty();
    }
  }

  private void headers(Attributes headers) {
    for (Object key : headers.keySet()) {
      String why = HEADERS.get(key.toString().toLowerCase(Locale.ROOT));
      if (why != null) {
        found(MANIFEST, key.toString(), why);
      }
    }
    if (!"2".equals(value(headers, "Bundle-ManifestVersion"))) {
      found(MANIFEST, "Bundle-ManifestVersion", "It is 2.");
    }
    String name = symbolicName(headers);
    if (!NAME.matcher(name).matches()) {
      found(MANIFEST, "Bundle-SymbolicName", "It is 1 to 128 letters, digits or any of . _ -.");
    } else if (name.startsWith("org.commonshub.")) {
      found(MANIFEST, "Bundle-SymbolicName: " + name, "Such names are the hub's own.");
    } else if (!value(headers, "Bundle-SymbolicName").strip().equals(name)) {
      found(
          MANIFEST,
          "Bundle-SymbolicName: " + value(headers, "Bundle-SymbolicName"),
          "It has no directives: it is no singleton and has no fragments.");
    }
    for (String each : paths(headers, "Import-Package")) {
      if (!each.startsWith("java.") && !Packages.of(profile).contains(each)) {
        found(MANIFEST, "Import-Package: " + each, "This package is not granted to such a bundle.");
      }
    }
    for (String each : paths(headers, "Export-Package")) {
      String path = each.replace('.', '/') + "/";
      if (profile == Profile.APP || Packages.RESERVED.stream().anyMatch(path::startsWith)) {
        found(MANIFEST, "Export-Package: " + each, "Nobody imports from a bundle of others.");
      }
    }
    for (String clause : clauses(headers, "Provide-Capability")) {
      if (!namespace(clause).equals("osgi.service")
          || !every(TYPES, clause, type -> type.equals(Packages.offer(profile)))) {
        found(
            MANIFEST,
            "Provide-Capability: " + clause,
            "It provides services of type " + Packages.offer(profile) + " only.");
      }
    }
    for (String clause : clauses(headers, "Require-Capability")) {
      String namespace = namespace(clause);
      if (!Set.of("osgi.ee", "osgi.extender", "osgi.service").contains(namespace)
          || namespace.equals("osgi.extender")
              && !every(EXTENDER, clause, extender -> extender.equals("osgi.component"))) {
        found(
            MANIFEST,
            "Require-Capability: " + clause,
            "It may require a version of Java, Declarative Services and services.");
      }
    }
  }

  private static String namespace(String clause) {
    return clause.split(";", 2)[0].strip();
  }

  /** Whether a clause has what the pattern looks for, and each is a good one. */
  private static boolean every(Pattern pattern, String clause, Predicate<String> good) {
    Matcher matcher = pattern.matcher(clause);
    boolean any = false;
    while (matcher.find()) {
      any = true;
      for (String each : matcher.group(1).split(",", -1)) {
        if (!good.test(each.strip())) {
          return false;
        }
      }
    }
    return any;
  }

  private List<ClassFile> entries() throws MalformedJarException {
    List<ClassFile> classes = new ArrayList<>();
    for (String name : jar.names()) {
      if (name.startsWith("META-INF/services/") || name.startsWith("META-INF/versions/")) {
        found(name, "in META-INF", "Services and versions of classes are not looked for there.");
      } else if (SIGNATURE.matcher(name).matches()) {
        found(name, "a signature", "The package is signed as a whole, not in the jar.");
      } else if (ARCHIVE.matcher(name).matches()) {
        found(name, "an archive or native code", "All classes lie in the jar itself.");
      } else if (name.endsWith(".class")) {
        try {
          ClassFile file = ClassFile.read(jar.read(name));
          if (!name.equals(file.name + ".class")) {
            found(name, file.name.replace('/', '.'), "A class lies where its name says.");
            continue;
          }
          outlines.put(file.name, Outline.of(file));
          classes.add(file);
        } catch (MalformedClassException e) {
          found(name, "a class file", "It cannot be taken: " + e.getMessage() + ".");
        }
      } else {
        jar.read(name); // Its length and sum are right, or an exception.
      }
      if (findings.size() >= MAX_FINDINGS) {
        break;
      }
    }
    return classes;
  }

  private void descriptors(Attributes headers) throws MalformedJarException {
    String bundle = symbolicName(headers);
    List<String> names = new ArrayList<>(paths(headers, "Service-Component"));
    jar.names().stream().filter(n -> n.startsWith("OSGI-INF/metatype/")).forEach(names::add);
    if (names.size() > MAX_DESCRIPTORS) {
      found(MANIFEST, "Service-Component", "There are at most " + MAX_DESCRIPTORS + ".");
      return;
    }
    for (String name : names) {
      byte[] bytes = jar.read(name);
      if (bytes == null || bytes.length > Descriptors.MAX_BYTES) {
        found(
            MANIFEST,
            "Service-Component: " + name,
            "Each descriptor is named by its path, is there and has at most 1 MiB.");
        continue;
      }
      try {
        Descriptors read = Descriptors.read(bytes);
        for (String pid : read.pids()) {
          if (!pid.equals(bundle) && !pid.startsWith(bundle + ".")) {
            found(name, pid, "Names of a bundle's settings begin with its symbolic name.");
          }
        }
        read.components().forEach(component -> component(name, component));
      } catch (IOException e) {
        found(name, "a descriptor", "It cannot be read: " + e.getMessage() + ".");
      }
    }
  }

  /** Declarative Services make an object of the class, and call and set members by their names. */
  private void component(String descriptor, Component component) {
    String type = component.implementation().replace('.', '/');
    if (!outlines.containsKey(type)) {
      found(descriptor, component.implementation(), "A component's class is one of the jar.");
      return;
    }
    for (String member : component.members()) {
      if (!declares(type, member)) {
        found(descriptor, member, "The component's class or one above it in the jar declares it.");
      }
    }
  }

  private boolean declares(String type, String member) {
    Outline outline = outlines.get(type);
    for (int depth = 0; outline != null && depth < 64; depth++) {
      for (String each : outline.members()) {
        if (each.startsWith(member + "(") || each.startsWith(member + ":")) {
          return true;
        }
      }
      outline = outlines.get(outline.superName());
    }
    return false;
  }

  private static String symbolicName(Attributes headers) {
    return value(headers, "Bundle-SymbolicName").split(";", 2)[0].strip();
  }

  private static String value(Attributes headers, String name) {
    String value = headers.getValue(name);
    return value == null ? "" : value;
  }

  /** The paths of a header's clauses: what stands before its attributes and directives. */
  private static List<String> paths(Attributes headers, String header) {
    List<String> paths = new ArrayList<>();
    for (String clause : clauses(headers, header)) {
      for (String part : clause.split(";", -1)) {
        if (part.indexOf('=') >= 0 || part.indexOf('"') >= 0) {
          break;
        }
        if (!part.isBlank()) {
          paths.add(part.strip());
        }
      }
    }
    return paths;
  }

  private static List<String> clauses(Attributes headers, String header) {
    List<String> clauses = new ArrayList<>();
    Matcher clause = CLAUSE.matcher(value(headers, header));
    while (clause.find()) {
      if (!clause.group().isBlank()) {
        clauses.add(clause.group().strip());
      }
    }
    return clauses;
  }

  private void found(String where, String what, String why) {
    found(new Finding(where, what, why));
  }

  private void found(Finding finding) {
    if (findings.size() < MAX_FINDINGS) {
      findings.add(finding);
    }
  }
}
