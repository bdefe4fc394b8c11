package org.commonshub.hubtests.escape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.commonshub.hubtests.attack.SmallBundle;
import org.commonshub.hubtests.escape.Hostile.Layer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/**
 * Every bundle of the corpus against the layer that is to stop it, each layer alone, on the hub as
 * the image ships it; only its app desk is replaced by one that leaves its own checks out.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EscapeTest {
  private static EscapeHub hub;
  private static Function<Object[], Object> desk;

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the attacks out");
    hub = new EscapeHub();
    hub.ours("apps.provider").uninstall();
    String source;
    try (InputStream in = EscapeTest.class.getResourceAsStream("/escape/Desk.java")) {
      source = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    byte[] jar =
        new SmallBundle("org.commonshub.apps.provider")
            .header("Bundle-Activator", "org.commonshub.apps.provider.Desk")
            .header(
                "Import-Package",
                "org.osgi.framework,org.commonshub.apps.api,org.commonshub.apps.desk.api,"
                    + "org.commonshub.apps.sandbox.api,org.commonshub.privacy.api")
            .source("org.commonshub.apps.provider.Desk", source)
            .bytes(hub.image);
    Bundle bundle =
        hub.context().installBundle("hub:escape-desk.jar", new ByteArrayInputStream(jar));
    bundle.start(Bundle.START_TRANSIENT);
    desk = function(bundle);
    hub.await("sandbox and services of apps", () -> Boolean.TRUE.equals(ask("ready")));
  }

  @AfterAll
  static void stop() throws Exception {
    if (hub != null) {
      hub.close();
    }
  }

  static Stream<Hostile> packages() {
    return of(Layer.PACKAGE);
  }

  static Stream<Hostile> code() {
    return of(Layer.CODE);
  }

  static Stream<Hostile> hooks() {
    return of(Layer.HOOK);
  }

  static Stream<Hostile> services() {
    return of(Layer.SERVICE);
  }

  static Stream<Hostile> quotas() {
    return of(Layer.QUOTA);
  }

  @ParameterizedTest
  @MethodSource("packages")
  void isRefusedByItsPackage(Hostile hostile) throws Exception {
    assertFound(hostile);
  }

  @ParameterizedTest
  @MethodSource("code")
  void isRefusedByItsCodeBeforeAndWhenItIsDefined(Hostile hostile) throws Exception {
    assertFound(hostile);
    String outcome = run(hostile, "");
    // A class that is looked for only when the app runs is not there for it.
    assertThat(outcome)
        .as("without the check before")
        .matches(
            "(?s)(refused|none|ended|stopped: java.lang.(ClassFormatError|NoClassDefFoundError)).*");
  }

  @ParameterizedTest
  @MethodSource("hooks")
  void isStoppedByAHook(Hostile hostile) throws Exception {
    String provided = hostile.says.equals("unseen") ? hostile.offers() : "";
    assertThat(run(hostile, provided))
        .doesNotContain("ESCAPED")
        .matches("(?s)(refused|none|nothing|stopped).*");
  }

  @ParameterizedTest
  @MethodSource("services")
  void isRefusedByTheService(Hostile hostile) throws Exception {
    assertThat(check(hostile)).as("its code is that of any app").isEmpty();
    assertThat(run(hostile, "")).startsWith("stopped");
  }

  @ParameterizedTest
  @MethodSource("quotas")
  void isEndedByItsQuota(Hostile hostile) throws Exception {
    assertThat(check(hostile)).as("its code is that of any app").isEmpty();
    assertThat(run(hostile, "")).doesNotContain("ESCAPED").contains(hostile.says);
  }

  /** The same kit without anything hostile passes, so the tests above mean something. */
  @Test
  void anHonestAppRuns() throws Exception {
    Hostile honest =
        new Hostile("honest", Layer.SERVICE, "")
            .does(
                "log.info(\"hello\"); store.put(\"x\", new byte[] {1});"
                    + " return \"fine: \" + home.zone() + store.names() + actuators.available();");
    assertThat(check(honest)).isEmpty();
    assertThat(run(honest, "")).startsWith("fine: ").contains("[x]");
  }

  private static void assertFound(Hostile hostile) throws Exception {
    List<String> found = check(hostile);
    assertThat(found).isNotEmpty();
    if (!hostile.says.isEmpty()) {
      assertThat(found)
          .anySatisfy(
              f ->
                  assertThat(f.toLowerCase(Locale.ROOT))
                      .contains(hostile.says.toLowerCase(Locale.ROOT)));
    }
  }

  @SuppressWarnings("unchecked")
  private static List<String> check(Hostile hostile) throws Exception {
    Path jar = write(hostile);
    try {
      Object answer = ask("check", jar);
      return answer instanceof List<?> list ? (List<String>) list : List.of(answer.toString());
    } finally {
      Files.delete(jar);
    }
  }

  private static String run(Hostile hostile, String offered) throws Exception {
    Path jar = write(hostile);
    try {
      return (String) ask("run", jar, hostile.id(), offered);
    } finally {
      Files.delete(jar);
    }
  }

  private static Path write(Hostile hostile) throws Exception {
    return Files.write(Files.createTempFile("hostile", ".jar"), hostile.jar(hub.image));
  }

  private static Object ask(Object... arguments) {
    return desk.apply(arguments);
  }

  private static Stream<Hostile> of(Layer layer) {
    return Corpus.all().stream().filter(hostile -> hostile.layer == layer);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static Function<Object[], Object> function(Bundle bundle) {
    ServiceReference reference = bundle.getRegisteredServices()[0];
    return (Function<Object[], Object>) hub.context().getService(reference);
  }
}
