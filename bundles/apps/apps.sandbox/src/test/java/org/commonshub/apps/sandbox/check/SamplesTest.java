package org.commonshub.apps.sandbox.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.commonshub.apps.sandbox.api.Profile;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What our own samples, archetypes and a driver of the hub are made of passes. */
class SamplesTest {
  private static final Path ROOT = Path.of("../../..");

  private static final Map<String, String> WORDS =
      Map.ofEntries(
          Map.entry("${package}", "org.example.acme"),
          Map.entry("${driverId}", "acme"),
          Map.entry("${driverClass}", "Acme"),
          Map.entry("${driverTitle}", "Acme"),
          Map.entry("${policyClass}", "Acme"),
          Map.entry("${policyName}", "org.example.acme"),
          Map.entry("${policyTitle}", "Acme"),
          Map.entry("${appClass}", "Acme"),
          Map.entry("${appTitle}", "Acme"),
          // A package of its own: the hub's are refused by their names.
          Map.entry("org.commonshub.metering.vedirect", "org.example.vedirect"));

  @ParameterizedTest
  @CsvSource({
    "third-party-apps/quiet-hours, POLICY",
    "third-party-apps/solar-coach, APP",
    "third-party-apps/surplus-charging, APP",
    "third-party-apps/tariff-finder, APP",
    "third-party-apps/policy-archetype, POLICY",
    "third-party-apps/driver-archetype, DRIVER",
    "third-party-apps/app-archetype, APP",
    "bundles/metering/metering.vedirect, DRIVER"
  })
  void passes(String folder, Profile profile) throws IOException {
    Path main = ROOT.resolve(folder).resolve("src/main");
    Path template = main.resolve("resources/archetype-resources/src/main/java");
    Path sources = Files.isDirectory(template) ? template : main.resolve("java");
    assumeTrue(Files.isDirectory(sources), sources + " is not there");
    Map<String, String> texts = new LinkedHashMap<>();
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        if (file.endsWith("package-info.java")) {
          continue;
        }
        String text = Files.readString(file);
        String name = file.getFileName().toString().replaceAll("__\\w+?__", "Acme");
        for (Map.Entry<String, String> word : WORDS.entrySet()) {
          text = text.replace(word.getKey(), word.getValue());
        }
        String home = text.replaceFirst("(?s).*?package ([\\w.]+);.*", "$1").replace('.', '/');
        texts.put(home + "/" + name, text);
      }
    }
    Map<String, byte[]> classes = Compiled.sources(texts);
    assertThat(classes).isNotEmpty();
    assertThat(JarCheck.check(Compiled.jar(Map.of(), classes), profile)).isEmpty();
    for (Map.Entry<String, byte[]> each : classes.entrySet()) {
      assertThat(
              new Definition(profile, classes::get)
                  .check(each.getKey().replace(".class", "").replace('/', '.'), each.getValue()))
          .isEmpty();
    }
    System.out.println(folder + ": " + classes.size() + " classes, " + List.of(profile));
  }
}
