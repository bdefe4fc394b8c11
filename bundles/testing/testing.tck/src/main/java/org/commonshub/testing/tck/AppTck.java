package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What {@code apps.api} asks of every {@link App}, as tests. An app's test class extends this and
 * says how the app is made and what an ordinary home gives it; tests of what it is for are its own.
 */
@Timeout(120)
public abstract class AppTck {
  private static final Set<String> SERVICES =
      Set.of(
          "org.commonshub.apps.api.AppActuators",
          "org.commonshub.apps.api.AppHome",
          "org.commonshub.apps.api.AppHttp",
          "org.commonshub.apps.api.AppLicence",
          "org.commonshub.apps.api.AppLog",
          "org.commonshub.apps.api.AppStore",
          "org.commonshub.apps.api.AppTimers",
          "org.commonshub.privacy.api.EnergyData");

  /** Packages an app may use; the hub's own check is by member and stricter. */
  private static final List<String> PACKAGES =
      List.of(
          "java/",
          "org/commonshub/apps/api/",
          "org/commonshub/measure/api/",
          "org/commonshub/privacy/api/");

  private static final List<String> FORBIDDEN =
      List.of(
          "java/io/File",
          "java/io/ObjectInputStream",
          "java/io/RandomAccessFile",
          "java/lang/Class.forName",
          "java/lang/ClassLoader",
          "java/lang/Process",
          "java/lang/Runtime.",
          "java/lang/System.currentTimeMillis",
          "java/lang/System.exit",
          "java/lang/System.getProperty",
          "java/lang/System.getenv",
          "java/lang/System.load",
          "java/lang/System.nanoTime",
          "java/lang/Thread",
          "java/lang/reflect/",
          "java/net/InetAddress",
          "java/net/Socket",
          "java/net/http/",
          "java/nio/channels/",
          "java/nio/file/",
          "java/time/Clock",
          "java/time/Instant.now",
          "java/time/ZoneId.systemDefault",
          "java/util/ServiceLoader",
          "java/util/Timer",
          "java/util/concurrent/CompletableFuture.runAsync",
          "java/util/concurrent/CompletableFuture.supplyAsync",
          "java/util/concurrent/Executor",
          "java/util/concurrent/ForkJoin",
          "java/util/concurrent/ThreadPool",
          "java/util/jar/",
          "java/util/logging/",
          "java/util/prefs/",
          "java/util/zip/ZipFile");

  /** Instants around which days have 23 and 25 hours in Rome. */
  private static final List<Instant> BEGINNINGS =
      List.of(
          Instant.parse("2026-01-15T12:00:00Z"),
          Instant.parse("2026-03-28T12:00:00Z"),
          Instant.parse("2026-10-24T12:00:00Z"));

  /** A new app with the services it needs; nothing of an app before it may matter. */
  protected abstract App app(AppHarness harness);

  /** What the app's deactivate method does, if it has one. */
  protected void stop(App app) {}

  /**
   * An ordinary home for two days from the harness's clock on: data in all purposes, hosts that
   * answer, devices.
   */
  protected abstract void home(AppHarness harness);

  /** Manifest; that of the class path if not said otherwise. */
  protected AppManifest manifest() {
    return AppHarness.manifestOnClassPath();
  }

  // ---------------------------------------------------------------- package

  @Test
  void theHubTakesItsManifest() throws Exception {
    AppManifest manifest = manifest();
    byte[] canonical = ManifestCodec.json(manifest).getBytes(StandardCharsets.UTF_8);
    assertThat(ManifestCodec.json(ManifestCodec.read(canonical)).getBytes(StandardCharsets.UTF_8))
        .isEqualTo(canonical);
    assertThat(manifest.kind()).isEqualTo(AppManifest.Kind.APP);
    Set<String> languages = manifest.texts().keySet();
    manifest
        .data()
        .forEach(r -> assertThat(r.why()).as("%s", r.purpose()).containsOnlyKeys(languages));
    manifest
        .actuators()
        .forEach(r -> assertThat(r.why()).as("%s", r.key()).containsOnlyKeys(languages));
    manifest
        .hosts()
        .forEach(r -> assertThat(r.why()).as("%s", r.host()).containsOnlyKeys(languages));
    manifest.place().ifPresent(why -> assertThat(why).as("place").containsOnlyKeys(languages));
    manifest
        .levels()
        .forEach(l -> assertThat(l.names()).as("%s", l.id()).containsOnlyKeys(languages));
  }

  @Test
  void usesOnlyWhatAppsMay() throws Exception {
    String own = appClass().getPackageName().replace('.', '/') + "/";
    List<String> offences = new ArrayList<>();
    for (Path file : classFiles()) {
      for (String use : ClassFile.uses(Files.readAllBytes(file))) {
        String type = use.replaceAll("\\..*$", "").replaceAll("^\\[+L?|;$", "");
        if (FORBIDDEN.stream().anyMatch(use::startsWith)
            || type.length() > 1
                && !type.startsWith(own)
                && PACKAGES.stream().noneMatch(type::startsWith)) {
          offences.add(file.getFileName() + " uses " + use);
        }
      }
    }
    assertThat(offences).isEmpty();
  }

  @Test
  void isOneComponentThatTakesItsServicesOnly() throws Exception {
    String type = appClass().getName();
    String xml;
    try (InputStream in =
        appClass().getClassLoader().getResourceAsStream("OSGI-INF/" + type + ".xml")) {
      assertThat(in).as("a declarative service: @Component on " + type).isNotNull();
      xml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(xml).contains("<provide interface=\"" + App.class.getName() + "\"");
    Matcher reference = Pattern.compile("<reference[^>]*interface=\"([^\"]*)\"").matcher(xml);
    while (reference.find()) {
      assertThat(reference.group(1)).as("a service that apps get").isIn(SERVICES);
    }
  }

  // ---------------------------------------------------------------- life

  @Test
  void startsWithNothingButANo() {
    AppHarness harness = harness(BEGINNINGS.get(0)).refuseAll();
    App app = harness.start(() -> app(harness));
    look(harness);
    harness.advance(Duration.ofHours(26));
    look(harness);
    assertThat(harness.http().sent()).isEmpty();
    assertThat(harness.actuators().wishes()).isEmpty();
    stop(app);
  }

  @Test
  void livesTwoDaysAlsoWhenTheClockChanges() {
    for (Instant beginning : BEGINNINGS) {
      AppHarness harness = harness(beginning).zone("Europe/Rome");
      home(harness);
      App app = harness.start(() -> app(harness));
      for (int hour = 0; hour < 48; hour++) {
        harness.advance(Duration.ofHours(1));
        look(harness);
      }
      assertThat(harness.problem()).as("problem in an ordinary home").isEmpty();
      assertThat(harness.log().dropped()).as("log lines beyond the quota").isZero();
      assertThat(harness.log().warnings()).as("warnings in an ordinary home").isEmpty();
      stop(app);
    }
  }

  @Test
  void goesOnAsTheSameAfterARestart() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App first = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(12));
    stop(first);
    harness.stop();
    App second = harness.start(() -> app(harness));
    look(harness);
    harness.advance(Duration.ofHours(12));
    assertThat(harness.problem()).isEmpty();
    stop(second);
    harness.stop();
    assertThat(harness.timers().size()).isZero();
  }

  @Test
  void survivesWhateverStandsInItsStore() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App first = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(24));
    stop(first);
    harness.stop();
    Map<String, byte[]> kept = new HashMap<>();
    for (String name : harness.store().names()) {
      kept.put(name, harness.store().get(name).orElseThrow());
    }
    byte[] garbage = new byte[64];
    new Random(1).nextBytes(garbage);
    for (int i = 0; i < 4; i++) {
      for (Map.Entry<String, byte[]> entry : kept.entrySet()) {
        byte[] value = entry.getValue().clone();
        byte[] spoilt =
            switch (i) {
              case 0 -> new byte[0];
              case 1 -> Arrays.copyOf(value, value.length / 2);
              case 2 -> garbage;
              default -> "{\"version\":999999999999999999999}".getBytes(StandardCharsets.UTF_8);
            };
        harness.store().put(entry.getKey(), spoilt);
      }
      App app = harness.start(() -> app(harness));
      look(harness);
      harness.advance(Duration.ofHours(2));
      look(harness);
      stop(app);
      harness.stop();
    }
  }

  @Test
  void goesOnWhenRightsAreTakenBack() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App app = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(6));
    manifest().data().forEach(request -> harness.energy().pause(request.purpose()));
    harness.advance(Duration.ofHours(2));
    look(harness);
    manifest().data().forEach(request -> harness.energy().open(request.purpose()));
    harness.advance(Duration.ofHours(2));
    look(harness);
    harness.refuseAll();
    harness.advance(Duration.ofHours(2));
    look(harness);
    stop(app);
  }

  @Test
  void showsLessWhenTheLicenceHasEnded() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App app = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(6));
    harness.licence().degrade();
    int sent = harness.http().sent().size();
    int wishes = harness.actuators().wishes().size();
    harness.advance(Duration.ofHours(24));
    look(harness);
    assertThat(harness.http().sent()).hasSize(sent);
    assertThat(harness.actuators().wishes()).hasSize(wishes);
    stop(app);
  }

  @Test
  void offersEachLevelOfTheManifest() {
    for (AppManifest.Level level : manifest().levels()) {
      AppHarness harness = harness(BEGINNINGS.get(0));
      harness.licence().buy(level.id());
      home(harness);
      App app = harness.start(() -> app(harness));
      harness.advance(Duration.ofHours(24));
      look(harness);
      stop(app);
    }
  }

  // ---------------------------------------------------------------- hostile surroundings

  @Test
  void takesNothingFromHostsOnTrust() {
    List<HarnessHttp.Host> hosts =
        List.of(
            request -> {
              throw new IOException("No answer came within 30 s.");
            },
            request -> HarnessHttp.response(500, "down"),
            request -> HarnessHttp.response(404, "<html>"),
            request -> HarnessHttp.response(200, ""),
            request -> HarnessHttp.response(200, "{}"),
            request -> HarnessHttp.response(200, "[]"),
            request -> HarnessHttp.response(200, "null"),
            request -> HarnessHttp.response(200, "{\"a\":"),
            request -> HarnessHttp.response(200, "[".repeat(AppHttp.MAX_RECEIVED)),
            request -> HarnessHttp.response(200, "[1e999999999,-1e999999999,\"\\ud800\",1.5e-400]"),
            request ->
                new AppHttp.Response(
                    200, Map.of("content-type", List.of("x")), new byte[] {-1, -2, 0, 1}));
    for (HarnessHttp.Host host : hosts) {
      AppHarness harness = harness(BEGINNINGS.get(0));
      home(harness);
      harness.http().answer("https://", host);
      App app = harness.start(() -> app(harness));
      harness.advance(Duration.ofHours(26));
      look(harness);
      stop(app);
    }
  }

  @Test
  void refusesFormsItDoesNotHave() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App app = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(1));
    assertThat(app.submit("no-such-form", Map.of("a", "1"), Locale.ENGLISH)).isPresent();
    stop(app);
  }

  @Test
  void takesEveryValueThatItsFormsAllow() {
    AppHarness harness = harness(BEGINNINGS.get(0));
    home(harness);
    App app = harness.start(() -> app(harness));
    harness.advance(Duration.ofHours(1));
    for (Card.Form form : AppHarness.elements(harness.cards(), Card.Form.class)) {
      for (Card.Field field : form.fields()) {
        for (String value : values(field)) {
          Map<String, String> sent = new HashMap<>();
          form.fields().forEach(f -> sent.put(f.id(), f.value()));
          sent.put(field.id(), value);
          assertThatCode(() -> app.submit(form.id(), sent, Locale.ENGLISH))
              .as("%s=%s", field.id(), value)
              .doesNotThrowAnyException();
          harness.run();
          look(harness);
          harness.advance(Duration.ofMinutes(1));
        }
      }
    }
    stop(app);
  }

  private static List<String> values(Card.Field field) {
    return switch (field.kind()) {
      case TEXT -> List.of("", " ", "x".repeat(200), "<b>&amp;'\"\u202e\u0000", "-1");
      case NUMBER ->
          List.of(
              field.min().map(BigDecimal::toPlainString).orElse("-999999999999"),
              field.max().map(BigDecimal::toPlainString).orElse("999999999999"));
      case TIME -> List.of("00:00", "23:59", "02:30");
      case SWITCH -> List.of("true", "false");
      case CHOICE -> List.copyOf(field.choices().keySet());
    };
  }

  // ---------------------------------------------------------------- helpers

  private AppHarness harness(Instant beginning) {
    return AppHarness.of(manifest(), beginning);
  }

  /** Looks at the cards in each language of the manifest and one that it has not. */
  private static void look(AppHarness harness) {
    for (String language : harness.manifest().texts().keySet()) {
      harness.cards(Locale.forLanguageTag(language));
    }
    harness.cards(Locale.forLanguageTag("eo"));
  }

  /** Classes of the app's package and those below it. */
  private List<Path> classFiles() throws Exception {
    Path root = base().resolve(appClass().getPackageName().replace('.', '/'));
    try (Stream<Path> files = Files.walk(root)) {
      List<Path> classes =
          files
              .filter(file -> file.toString().endsWith(".class"))
              .filter(file -> !file.endsWith("package-info.class"))
              .toList();
      assertThat(classes).as("class files of the app").isNotEmpty();
      return classes;
    }
  }

  private Class<?> appClass() {
    return app(harness(BEGINNINGS.get(0))).getClass();
  }

  /** Where the app's classes lie. */
  private Path base() throws IOException, URISyntaxException {
    Path path = Path.of(appClass().getProtectionDomain().getCodeSource().getLocation().toURI());
    if (Files.isDirectory(path)) {
      return path;
    }
    FileSystem jar = FileSystems.newFileSystem(path);
    return jar.getPath("/");
  }
}
