package org.commonshub.apps.sandbox.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.commonshub.apps.sandbox.api.Finding;
import org.commonshub.apps.sandbox.api.Profile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a jar is packed, its headers, names and descriptors. */
class JarCheckTest {
  private static final Map<String, byte[]> GOOD =
      Compiled.classes(
          "public class A extends B { void activate() { } } class B { void stop() { } }");

  private static List<Finding> check(byte[] jar) {
    return JarCheck.check(jar, Profile.APP);
  }

  private static Map<String, byte[]> with(String path, String content) {
    Map<String, byte[]> files = new HashMap<>(GOOD);
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
    return files;
  }

  @Test
  void aGoodOnePasses() {
    assertThat(check(good())).isEmpty();
  }

  private static byte[] good() {
    return Compiled.jar(
        Map.of(
            "Import-Package",
            "java.util,org.commonshub.apps.api;version=\"[1.0,2)\",org.commonshub.privacy.api",
            "Provide-Capability",
            "osgi.service;objectClass:List<String>=\"org.commonshub.apps.api.App\";uses:=\"a\"",
            "Require-Capability",
            "osgi.extender;filter:=\"(&(osgi.extender=osgi.component)(version>=1.5))\","
                + "osgi.ee;filter:=\"(osgi.ee=JavaSE)\"",
            "Service-Component",
            "OSGI-INF/a.xml"),
        with(
            "OSGI-INF/a.xml",
            "<component name='a' activate='activate' deactivate='stop'>"
                + "<implementation class='a.A'/></component>"));
  }

  @ParameterizedTest
  @CsvSource({
    "Bundle-Activator, a.A",
    "Bundle-ClassPath, 'lib.jar,.'",
    "bundle-classpath, .",
    "Bundle-NativeCode, x.so",
    "Fragment-Host, system.bundle",
    "Require-Bundle, org.commonshub.privacy.provider",
    "DynamicImport-Package, *",
    "Multi-Release, true",
    "Class-Path, x.jar",
    "Premain-Class, a.A",
    "Bundle-ActivationPolicy, lazy",
    "Import-Package, org.osgi.framework",
    "Import-Package, 'java.util;version=\"[1,2)\",org.commonshub.apps.desk.api'",
    "Import-Package, 'org.commonshub.apps.api;org.slf4j;version=1'",
    "Import-Package, org.commonshub.metering.api",
    "Export-Package, a",
    "Provide-Capability, osgi.extender;osgi.extender=x",
    "Require-Capability, osgi.identity;filter:=\"(a=b)\"",
    "Require-Capability, 'osgi.ee;filter:=\"(osgi.ee=JavaSE)\",osgi.native'",
    "Require-Capability, osgi.extender;filter:=\"(osgi.extender=osgi.configurator)\"",
    "Require-Capability, osgi.extender;filter:=\"(|(osgi.extender=osgi.component)(osgi.extender=x))\"",
    "Require-Capability, osgi.extender;filter:=\"(osgi.extender=*)\"",
    "Require-Capability, osgi.extender",
    "Provide-Capability, osgi.service;objectClass=org.commonshub.platform.api.Secrets",
    "Provide-Capability, 'osgi.service;objectClass:List<String>=\"org.commonshub.apps.api.App,x\"'",
    "Provide-Capability, osgi.service;objectClass:List<String>=\"org.commonshub.metering.api.MeterDriver\"",
    "Provide-Capability, osgi.service",
    "Bundle-SymbolicName, a/b",
    "Bundle-SymbolicName, org.commonshub.uplink.evil",
    "Bundle-SymbolicName, a;singleton:=true",
    "Bundle-SymbolicName, a;fragment-attachment:=always",
    "Bundle-ManifestVersion, 1",
    "Service-Component, OSGI-INF/*.xml",
    "Service-Component, none.xml"
  })
  void refusesTheHeader(String name, String value) {
    assertThat(check(Compiled.jar(Map.of(name, value), GOOD))).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "META-INF/services/java.lang.Runnable",
        "META-INF/versions/11/a/A.class",
        "META-INF/A.SF",
        "META-INF/a.rsa",
        "META-INF/SIG-X",
        "lib/x.jar",
        "x.ZIP",
        "x.so",
        "x.so.1",
        "lib/x.dll",
        "a/../../x",
        "../x",
        "./x",
        "x\\y",
        "a:b",
        "a//b",
        "a\u0001b",
        "A/a.CLASS",
        "a/a.class",
        "META-INF/manifest.mf",
        "module-info.class",
        "b/A.class"
      })
  void refusesTheFile(String path) throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>(GOOD);
    files.put(path, path.endsWith("b/A.class") ? GOOD.get("a/A.class") : new byte[] {1});
    if (path.equals("A/a.CLASS")) {
      assertThat(check(Compiled.jar(Map.of(), files))).as("not a class, but a twin").isNotEmpty();
    } else {
      assertThat(check(Compiled.jar(Map.of(), files))).isNotEmpty();
    }
  }

  static Stream<String> descriptors() {
    return Stream.of(
        "<component name='other'><implementation class='a.A'/></component>",
        "<component name='a'><implementation class='java.util.Timer'/></component>",
        "<component name='a'><implementation class='org.commonshub.apps.api.Card'/></component>",
        "<component name='a'><implementation/></component>",
        "<component name='a' activate='wait'><implementation class='a.A'/></component>",
        "<component name='a' deactivate='getClass'><implementation class='a.A'/></component>",
        "<component name='a'><reference bind='notify'/><implementation class='a.A'/></component>",
        "<component name='a'><implementation class='a.A'/><reference field='x'/></component>",
        "<component name='a' activation-fields='x'><implementation class='a.A'/></component>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><component name='a'/>",
        "no xml");
  }

  @ParameterizedTest
  @MethodSource("descriptors")
  void refusesTheDescriptor(String xml) {
    assertThat(
            check(
                Compiled.jar(
                    Map.of("Service-Component", "OSGI-INF/a.xml"), with("OSGI-INF/a.xml", xml))))
        .isNotEmpty();
  }

  private static byte[] zip(Map<String, byte[]> files) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> each : files.entrySet()) {
        zip.putNextEntry(new ZipEntry(each.getKey()));
        zip.write(each.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** Offset of a signature, counted from 0. */
  private static int find(byte[] zip, int signature, int which) {
    ByteBuffer buffer = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + 4 <= zip.length; i++) {
      if (buffer.getInt(i) == signature && which-- == 0) {
        return i;
      }
    }
    throw new AssertionError("no such signature");
  }

  static Stream<Arguments> tricks() {
    return Stream.of(
        Arguments.of("a link", 0x02014b50, 38, (0xA000 | 0x1ff) << 16, true),
        Arguments.of("a device", 0x02014b50, 38, 0x21ff << 16, true),
        Arguments.of("encrypted", 0x02014b50, 8, 0x0801, false),
        Arguments.of("another method", 0x02014b50, 10, 12, false),
        Arguments.of("another size", 0x02014b50, 24, 7, false),
        Arguments.of("another place", 0x02014b50, 42, 1, false),
        Arguments.of("another name", 0x02014b50, 46, 0x41414141, false),
        Arguments.of("another name in front", 0x04034b50, 30, 0x41414141, false),
        Arguments.of("another sum", 0x02014b50, 16, 7, false),
        Arguments.of("another length in front", 0x04034b50, 26, 2, false),
        Arguments.of("an extra field", 0x04034b50, 28, 8, false),
        Arguments.of("more entries than there are", 0x06054b50, 10, 0x50005, false),
        Arguments.of("a comment", 0x06054b50, 20, 3, false));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("tricks")
  void refusesTheTrick(String name, int signature, int offset, int value, boolean unix)
      throws Exception {
    byte[] zip = good();
    int at = find(zip, signature, signature == 0x06054b50 ? 0 : 1);
    ByteBuffer buffer = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    if (unix) {
      zip[at + 5] = 3;
      buffer.putInt(at + offset, value);
    } else if (value > 0xffff) {
      buffer.putInt(at + offset, value);
    } else {
      buffer.putShort(at + offset, (short) value);
    }
    assertThat(check(zip)).isNotEmpty();
  }

  @Test
  void refusesBytesInFrontBetweenAndBehind() throws Exception {
    byte[] good = good();
    byte[] behind = java.util.Arrays.copyOf(good, good.length + 1);
    assertThat(check(behind)).isNotEmpty();
    byte[] front = new byte[good.length + 1];
    System.arraycopy(good, 0, front, 1, good.length);
    assertThat(check(front)).isNotEmpty();
    assertThat(check(new byte[0])).isNotEmpty();
    assertThat(check(new byte[22])).isNotEmpty();
  }

  @Test
  void refusesBombs() throws Exception {
    Map<String, byte[]> large = new LinkedHashMap<>();
    large.put("x", new byte[Jar.MAX_ENTRY + 1]);
    assertThat(check(zip(large))).extracting(Finding::what).anyMatch(w -> w.contains("too large"));
    Map<String, byte[]> many = new LinkedHashMap<>();
    for (int i = 0; i < Jar.MAX_UNPACKED / Jar.MAX_ENTRY + 1; i++) {
      many.put("x" + i, new byte[Jar.MAX_ENTRY]);
    }
    assertThat(check(zip(many))).extracting(Finding::what).anyMatch(w -> w.contains("too large"));
    Map<String, byte[]> names = new LinkedHashMap<>();
    for (int i = 0; i <= Jar.MAX_ENTRIES; i++) {
      names.put("x" + i, new byte[0]);
    }
    assertThat(check(zip(names))).extracting(Finding::what).anyMatch(w -> w.contains("entries"));
  }

  @Test
  void aLieAboutTheSizeIsNoBomb() throws Exception {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("x", new byte[Jar.MAX_ENTRY]);
    byte[] zip = zip(files);
    ByteBuffer buffer = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    int central = find(zip, 0x02014b50, 0);
    buffer.putInt(central + 24, 10);
    buffer.putInt(find(zip, 0x08074b50, 0) + 12, 10);
    assertThat(check(zip)).extracting(Finding::what).anyMatch(w -> w.contains("not as long"));
  }

  @Test
  void tellsNoMoreThanAHundred() {
    StringBuilder many = new StringBuilder("class A { ");
    for (int i = 0; i < 300; i++) {
      many.append("Object x").append(i).append("() { return System.getenv(\"").append(i);
      many.append("\"); } native void n").append(i).append("(); ");
    }
    assertThat(check(Compiled.jar(Map.of(), Compiled.classes(many.append('}').toString()))))
        .hasSize(JarCheck.MAX_FINDINGS);
  }

  @Test
  void anythingElseIsRefusedInOneWay() {
    Random random = new Random(1);
    byte[] good = good();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertThat(check(bytes).size()).isLessThanOrEqualTo(JarCheck.MAX_FINDINGS);
    }
  }
}
