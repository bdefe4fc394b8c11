package org.commonshub.hubtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Handle;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * A built bundle of this project, as far as the house rules look at it.
 *
 * @param folder its folder below the root, {@code bundles/measure/measure.api}
 * @param artifact folder name
 * @param group first part of the artifact
 * @param imports imported packages, optional ones too
 * @param exports exported packages with their version
 * @param packages packages of its classes
 * @param types types its classes refer to, by class that does, in binary form with dots
 * @param interfaces interfaces its classes implement, by class that does
 * @param calls methods its classes call, {@code owner.name}, by class that does
 */
record BundleJar(
    Path folder,
    String artifact,
    String group,
    String symbolicName,
    Set<String> imports,
    Map<String, String> exports,
    Set<String> packages,
    Map<String, Set<String>> types,
    Map<String, Set<String>> interfaces,
    Map<String, Set<String>> calls) {

  /** All bundles below {@code bundles/}, built. */
  static List<BundleJar> all(Path root) throws IOException {
    List<BundleJar> jars = new ArrayList<>();
    try (Stream<Path> poms =
        Files.find(root.resolve("bundles"), 3, (p, a) -> p.endsWith("pom.xml"))) {
      for (Path pom : poms.sorted().toList()) {
        Path folder = pom.getParent();
        if (folder.equals(root.resolve("bundles"))) {
          continue;
        }
        String artifact = folder.getFileName().toString();
        try (Stream<Path> built = Files.list(folder.resolve("target"))) {
          Path jar =
              built
                  .filter(f -> f.getFileName().toString().startsWith(artifact + "-"))
                  .filter(f -> f.toString().endsWith(".jar"))
                  .findFirst()
                  .orElseThrow(() -> new IOException(folder + " is not built"));
          jars.add(read(root.relativize(folder), artifact, jar));
        }
      }
    }
    return jars;
  }

  /** Reads one bundle. */
  static BundleJar read(Path folder, String artifact, Path file) throws IOException {
    try (JarFile jar = new JarFile(file.toFile())) {
      Manifest manifest = jar.getManifest();
      Map<String, Set<String>> types = new TreeMap<>();
      Map<String, Set<String>> interfaces = new TreeMap<>();
      Map<String, Set<String>> calls = new TreeMap<>();
      Set<String> packages = new TreeSet<>();
      jar.stream()
          .filter(e -> e.getName().endsWith(".class") && !e.getName().startsWith("META-INF/"))
          .forEach(e -> scan(jar, e, packages, types, interfaces, calls));
      return new BundleJar(
          folder,
          artifact,
          artifact.substring(0, artifact.indexOf('.')),
          manifest.getMainAttributes().getValue("Bundle-SymbolicName"),
          clauses(manifest.getMainAttributes().getValue("Import-Package")).keySet(),
          clauses(manifest.getMainAttributes().getValue("Export-Package")),
          packages,
          types,
          interfaces,
          calls);
    }
  }

  private static void scan(
      JarFile jar,
      JarEntry entry,
      Set<String> packages,
      Map<String, Set<String>> types,
      Map<String, Set<String>> interfaces,
      Map<String, Set<String>> calls) {
    try {
      ClassReader reader = new ClassReader(jar.getInputStream(entry).readAllBytes());
      String name = reader.getClassName().replace('/', '.');
      packages.add(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
      Set<String> used = new TreeSet<>();
      char[] buffer = new char[reader.getMaxStringLength()];
      for (int i = 1; i < reader.getItemCount(); i++) {
        int at = reader.getItem(i);
        if (at > 0 && reader.readByte(at - 1) == 7) { // CONSTANT_Class
          String type = reader.readUTF8(at, buffer);
          used.add(
              (type.startsWith("[") ? Type.getType(type).getElementType().getClassName() : type)
                  .replace('/', '.'));
        }
      }
      Set<String> called = new TreeSet<>();
      reader.accept(
          new ClassVisitor(Opcodes.ASM9) {
            @Override
            public MethodVisitor visitMethod(
                int access, String method, String descriptor, String signature, String[] throwing) {
              return new MethodVisitor(Opcodes.ASM9) {
                @Override
                public void visitMethodInsn(
                    int opcode, String owner, String call, String descriptor, boolean itf) {
                  called.add(owner.replace('/', '.') + "." + call);
                }

                @Override
                public void visitInvokeDynamicInsn(
                    String call, String descriptor, Handle bootstrap, Object... arguments) {
                  for (Object argument : arguments) {
                    if (argument instanceof Handle handle) { // A method reference.
                      called.add(handle.getOwner().replace('/', '.') + "." + handle.getName());
                    }
                  }
                }
              };
            }
          },
          ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES);
      types.put(name, used);
      Set<String> implemented = new TreeSet<>();
      for (String each : reader.getInterfaces()) {
        implemented.add(each.replace('/', '.'));
      }
      interfaces.put(name, implemented);
      calls.put(name, called);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Packages of a manifest header with their version. */
  private static Map<String, String> clauses(String header) {
    Map<String, String> clauses = new TreeMap<>();
    if (header == null) {
      return clauses;
    }
    for (String clause : header.split(",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", -1)) {
      String[] parts = clause.split(";", -1);
      String version = "";
      for (String part : parts) {
        if (part.strip().startsWith("version=")) {
          version = part.strip().substring("version=".length()).replace("\"", "");
        }
      }
      for (String part : parts) {
        if (!part.contains("=")) {
          clauses.put(part.strip(), version);
        }
      }
    }
    return clauses;
  }
}
