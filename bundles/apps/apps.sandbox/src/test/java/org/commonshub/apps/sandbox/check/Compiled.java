package org.commonshub.apps.sandbox.check;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Sources compiled when the test runs, and jars of them. */
public final class Compiled {
  private static final Pattern TYPE =
      Pattern.compile("(?:class|interface|record|enum|@interface) (\\w+)");

  private Compiled() {}

  /** Class files by their paths, of one source in package {@code a}. */
  public static Map<String, byte[]> classes(String source) {
    Matcher type = TYPE.matcher(source);
    if (!type.find()) {
      throw new IllegalArgumentException("no type in " + source);
    }
    return sources(
        Map.of(
            "a/" + type.group(1) + ".java",
            source.startsWith("package ") ? source : "package a; " + source));
  }

  /** Class files by their paths, of sources by their paths. */
  public static Map<String, byte[]> sources(Map<String, String> texts) {
    List<JavaFileObject> files = new ArrayList<>();
    texts.forEach(
        (path, text) ->
            files.add(
                new SimpleJavaFileObject(
                    URI.create("string:///" + path), JavaFileObject.Kind.SOURCE) {
                  @Override
                  public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                    return text;
                  }
                }));
    Map<String, byte[]> classes = new TreeMap<>();
    StringWriter said = new StringWriter();
    try (JavaFileManager manager = new Memory(classes)) {
      boolean good =
          ToolProvider.getSystemJavaCompiler()
              .getTask(
                  said,
                  manager,
                  null,
                  List.of("-proc:none", "-nowarn", "-source", "17", "-target", "17", "-parameters"),
                  null,
                  files)
              .call();
      if (!good) {
        throw new IllegalArgumentException(texts + "\n" + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return classes;
  }

  /** A jar with a manifest that may be a bundle's. */
  public static byte[] jar(Map<String, String> headers, Map<String, byte[]> files) {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.putValue("Bundle-ManifestVersion", "2");
    main.putValue("Bundle-SymbolicName", "a");
    headers.forEach(main::putValue);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> each : files.entrySet()) {
        jar.putNextEntry(new ZipEntry(each.getKey()));
        jar.write(each.getValue());
        jar.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, byte[]> classes;

    Memory(Map<String, byte[]> classes) {
      super(
          ToolProvider.getSystemJavaCompiler()
              .getStandardFileManager(null, null, StandardCharsets.UTF_8));
      this.classes = classes;
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      String path = name.replace('.', '/') + ".class";
      return new SimpleJavaFileObject(URI.create("mem:///" + path), kind) {
        @Override
        public OutputStream openOutputStream() {
          return new ByteArrayOutputStream() {
            @Override
            public void close() {
              classes.put(path, toByteArray());
            }
          };
        }
      };
    }
  }
}
