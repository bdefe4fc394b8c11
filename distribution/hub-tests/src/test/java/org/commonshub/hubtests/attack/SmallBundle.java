package org.commonshub.hubtests.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A real bundle, compiled when the test runs against the jars of the image. */
public final class SmallBundle {
  /** Classes by their sources: the same app comes under many names. */
  private static final Map<String, Map<String, byte[]>> COMPILED = new ConcurrentHashMap<>();

  private final Manifest manifest = new Manifest();
  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<JavaFileObject> sources = new ArrayList<>();
  private final StringBuilder texts = new StringBuilder();

  /** An empty bundle. */
  public SmallBundle(String symbolicName) {
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    header("Bundle-ManifestVersion", "2");
    header("Bundle-SymbolicName", symbolicName);
  }

  /** Adds a manifest header. */
  public SmallBundle header(String name, String value) {
    manifest.getMainAttributes().putValue(name, value);
    return this;
  }

  /** Adds a file of text. */
  public SmallBundle file(String path, String content) {
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Source of a class. */
  public SmallBundle source(String className, String text) {
    texts.append(text);
    sources.add(
        new SimpleJavaFileObject(
            URI.create("string:///" + className.replace('.', '/') + ".java"),
            JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
          }
        });
    return this;
  }

  /** Source of a class among the test's resources. */
  SmallBundle resource(String className) throws IOException {
    String simple = className.substring(className.lastIndexOf('.') + 1);
    try (InputStream in = SmallBundle.class.getResourceAsStream("/attack/" + simple + ".java")) {
      return source(className, new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** A component with one service and one reference that is its constructor's parameter. */
  public SmallBundle component(String className, String reference, String... provided) {
    header("Service-Component", "OSGI-INF/component.xml");
    header(
        "Require-Capability",
        "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.4)(!(version>=2)))\"");
    StringBuilder services = new StringBuilder();
    for (String type : provided) {
      services.append("<provide interface='").append(type).append("'/>");
    }
    return file(
        "OSGI-INF/component.xml",
        "<scr:component xmlns:scr='http://www.osgi.org/xmlns/scr/v1.4.0' name='"
            + className
            + "' immediate='true' configuration-policy='ignore' init='1'><implementation class='"
            + className
            + "'/><service>"
            + services
            + "</service><reference name='data' interface='"
            + reference
            + "' cardinality='0..1' policy-option='greedy' parameter='0'/></scr:component>");
  }

  /** The jar. */
  public byte[] bytes(Path image) throws IOException {
    Map<String, byte[]> all = new TreeMap<>(files);
    if (!sources.isEmpty()) {
      String key = texts.toString();
      if (!COMPILED.containsKey(key)) {
        COMPILED.put(key, compile(image));
      }
      all.putAll(COMPILED.get(key));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> file : all.entrySet()) {
        jar.putNextEntry(new ZipEntry(file.getKey()));
        jar.write(file.getValue());
        jar.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private Map<String, byte[]> compile(Path image) throws IOException {
    String classPath;
    try (Stream<Path> bundles = Files.list(image.resolve("bundles"));
        Stream<Path> lib = Files.list(image.resolve("lib"))) {
      classPath =
          Stream.concat(bundles, lib)
              .map(Path::toString)
              .filter(f -> f.endsWith(".jar"))
              .sorted()
              .collect(Collectors.joining(java.io.File.pathSeparator));
    }
    Map<String, byte[]> classes = new TreeMap<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (JavaFileManager manager =
        new ForwardingJavaFileManager<JavaFileManager>(
            compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
          @Override
          public JavaFileObject getJavaFileForOutput(
              Location location,
              String className,
              JavaFileObject.Kind kind,
              javax.tools.FileObject sibling) {
            return new SimpleJavaFileObject(
                URI.create("mem:///" + className.replace('.', '/') + ".class"), kind) {
              @Override
              public java.io.OutputStream openOutputStream() {
                return new ByteArrayOutputStream() {
                  @Override
                  public void close() {
                    classes.put(className.replace('.', '/') + ".class", toByteArray());
                  }
                };
              }
            };
          }
        }) {
      boolean good =
          compiler
              .getTask(
                  said,
                  manager,
                  null,
                  List.of(
                      "-proc:none", "-nowarn", "--release", "17", "-parameters", "-cp", classPath),
                  null,
                  sources)
              .call();
      if (!good) {
        throw new IOException("a bundle of the test does not compile: " + said);
      }
    }
    return classes;
  }
}
