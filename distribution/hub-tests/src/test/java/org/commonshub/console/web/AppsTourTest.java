package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.commonshub.apps.catalogue.OperatorTargets;
import org.commonshub.apps.catalogue.ProviderTargets;
import org.commonshub.apps.catalogue.RepositoryWriter;
import org.commonshub.apps.catalogue.SigningKey;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.hubtests.attack.SmallBundle;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;

/**
 * A first-time user follows a catalogue on a real hub, installs an app, reads what it asks,
 * consents, sees the payload, toggles, and withdraws: the app is silent within a second.
 */
class AppsTourTest {
  private static final String METER = "33333333-0000-4000-8000-000000000003";
  private static final String APP = "org.example.coach";
  private static final String SWITCH = "button[role=switch]";

  /** Counts the values that it gets and shows their number. */
  private static final String COACH =
      """
      package org.example.coach;

      import java.math.BigDecimal;
      import java.util.List;
      import java.util.Locale;
      import java.util.function.Consumer;
      import org.commonshub.apps.api.App;
      import org.commonshub.apps.api.Card;
      import org.commonshub.privacy.api.EnergyData;
      import org.commonshub.privacy.api.Purpose;
      import org.commonshub.privacy.api.RefusedException;
      import org.commonshub.privacy.api.Release;

      public final class Coach implements App, Consumer<Release> {
        private final EnergyData data;
        private boolean subscribed;
        private long values;

        public Coach(EnergyData data) {
          this.data = data;
        }

        @Override
        public void accept(Release release) {
          values += release.size();
        }

        @Override
        public List<Card> cards(Locale locale) {
          String state = "Listening.";
          if (!subscribed) {
            try {
              data.subscribe(Purpose.ADVICE, this);
              subscribed = true;
            } catch (RefusedException e) {
              state = "It says: " + e.getMessage();
            }
          }
          return List.of(
              new Card(
                  "Coach",
                  List.of(
                      new Card.Figure("Values so far", BigDecimal.valueOf(values), ""),
                      new Card.Text(state))));
        }
      }
      """;

  private static final String MANIFEST =
      """
      {"manifest":1,"id":"org.example.coach","version":"1.0.0","kind":"app",
       "provider":{"id":"org.example","name":"Example Ltd","url":"https://example.org/","contact":"help@example.org"},
       "texts":{"en":{"name":"Energy Coach","summary":"Tells what to switch off.","description":"It counts.","changes":""}},
       "data":[{"purpose":"advice","for":"P30D","why":{"en":"To tell you what to switch off."},
                "terms":{"version":1,"purposes":["advice"],"kinds":["readings"],"quantities":["power.active"],
                         "mode":"raw","resolution_s":1,"history_s":86400,"hosts":[]}}],
       "actuators":[],
       "hosts":[{"host":"forecast.example.org","why":{"en":"Fetches the forecast."}}],
       "resources":{"cpu_ms_per_minute":5000,"memory_mb":16,"storage_kb":64,"network_kb_per_day":64,"log_lines_per_hour":60},
       "levels":[{"id":"basic","names":{"en":"Basic"},"features":[],"limits":{},"price_micros":1500000,"currency":"EUR","period":"P1M","trial":"P14D"}],
       "grace":"P7D","lease":"P60D"}
      """;

  /** Reads the meter for the hub, and its claim code. */
  private static final String HELPER =
      """
      package org.commonshub.console.tour;

      import java.time.Instant;
      import java.util.List;
      import java.util.function.Function;
      import org.commonshub.measure.api.DeviceId;
      import org.commonshub.measure.api.Measurement;
      import org.commonshub.measure.api.Quantity;
      import org.commonshub.measure.api.ReadingBus;
      import org.commonshub.measure.api.ReadingFrame;
      import org.commonshub.platform.api.Accounts;
      import org.osgi.framework.BundleActivator;
      import org.osgi.framework.BundleContext;

      public final class Helper implements BundleActivator, Function<Object[], Object> {
        private BundleContext context;
        private long sequence;

        @Override
        public void start(BundleContext bundle) {
          context = bundle;
          bundle.registerService(Function.class, this, null);
        }

        @Override
        public void stop(BundleContext bundle) {}

        @Override
        public Object apply(Object[] a) {
          if (a[0].equals("code")) {
            return get(Accounts.class).issueClaimCode().orElseThrow();
          }
          get(ReadingBus.class)
              .publish(
                  new ReadingFrame(
                      DeviceId.parse((String) a[1]),
                      0,
                      Instant.now(),
                      ++sequence,
                      1,
                      List.of(Measurement.of(Quantity.ACTIVE_POWER, 400 + sequence % 50, 0))));
          return "published";
        }

        private <T> T get(Class<T> type) {
          return context.getService(context.getServiceReference(type));
        }
      }
      """;

  private final Path image = HubProcess.image();
  private final boolean walls = Files.isExecutable(Path.of("/usr/bin/bwrap"));
  private Hub hub;

  AppsTourTest() throws IOException {}

  @Test
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aFirstTimeUserInstallsReadsConsentsTogglesSeesThePayloadAndWithdraws() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    Path work = Files.createTempDirectory("apps-tour");
    Path catalogue = work.resolve("catalogue");
    byte[] root = publish(catalogue, work);
    Path rootFile = Files.write(work.resolve("1.root.json"), root);
    int port = HubProcess.freePort();
    start(work, port);
    ScheduledExecutorService meter = Executors.newSingleThreadScheduledExecutor();
    try (Browser browser = new Browser()) {
      Bundle helper = helper();
      meter.scheduleAtFixedRate(
          () -> call(helper, "publish", METER), 0, 200, TimeUnit.MILLISECONDS);
      Tour.claim(browser, "http://127.0.0.1:" + port + "/", (String) call(helper, "code"));
      browser.until("signed in", () -> browser.has(".tabs a[href='#/apps']"));

      browser.go("apps");
      browser.see("No catalogue is followed yet");
      browser.press("Follow a catalogue");
      browser.fill("Address of the catalogue", catalogue.resolve("metadata").toUri().toString());
      browser.fill("Name for it here", "village");
      browser.field("Root file").sendKeys(rootFile.toString());
      browser.fill("Fingerprint the operator told you", "0000");
      browser.press("Compare and follow");
      browser.see("This is not the fingerprint of the root file");
      browser.fill(
          "Fingerprint the operator told you", RepositoryWriter.fingerprint(root).toUpperCase());
      browser.press("Compare and follow");
      browser.see("village is followed: the fingerprint agrees.");
      browser.see("up to date");
      browser.complaints(); // One is the refusal.

      browser.go("apps");
      browser.press("Energy Coach");
      browser.see("every single value, as it is measured");
      browser.see("forecast.example.org");
      Tour.picture(browser, "apps-offer");
      browser.press("Install");
      browser.see("Nothing runs yet.");
      if (!walls) {
        browser.element("input[type=radio][value=INSIDE]").click();
      }
      browser.press("Allow this");
      browser.see("It may do what you allowed, and nothing else.");
      browser.press("Try");
      browser.see("The trial has begun.");

      browser.press("See what would leave, and decide");
      browser.until("curves", () -> browser.has("dialog .curve svg.mine"));
      browser.press("The exact next message");
      browser.see("\"quantity\":\"power.active\"");
      Tour.picture(browser, "apps-decide");
      browser.press("Yes, allow this");
      browser.see("It gets the data that you allowed.");

      long pressed = System.nanoTime();
      browser.element(SWITCH).click();
      Tour.patiently("on", () -> browser.text().contains("Values so far"));
      System.out.printf(
          "An app was on and showed its card %d ms after the switch was pressed%n",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - pressed));
      Tour.patiently("values", () -> values(browser) > 5);
      browser.until("its card", () -> browser.has(".app-cards .figure"));
      Tour.picture(browser, "apps-on");

      browser.press("Withdraw");
      browser.see("It gets no more of this data.");
      long withdrawn = System.nanoTime();
      Tour.patiently("a second", () -> System.nanoTime() > withdrawn + 1_000_000_000L);
      long after = values(browser);
      Tour.patiently("three more", () -> System.nanoTime() > withdrawn + 4_000_000_000L);
      assertThat(values(browser)).as("values a second after it was withdrawn").isEqualTo(after);

      browser.element(SWITCH).click();
      browser.see("Energy Coach is off.");
      browser.until("no cards", () -> !browser.has(".app-cards"));
      assertThat(browser.complaints()).isEmpty();
      browser.press("Remove");
      browser.press("Remove");
      browser.see("In the catalogues");
      browser.seeNot("On this hub");
      Tour.patiently(
          "nothing left of it",
          () ->
              List.of(hub.context().getBundles()).stream()
                  .noneMatch(bundle -> bundle.getLocation().startsWith("app:")));
      Tour.picture(browser, "apps");
    } finally {
      meter.shutdownNow();
      hub.stop(20_000);
      HubProcess.delete(work);
    }
  }

  /** What the app says that it got, asked as the page asks; −1 while it does not run. */
  private static long values(Browser browser) {
    return (long)
        browser.scriptAsync(
            "const done = arguments[arguments.length - 1];"
                + "fetch('/api/v1/apps/"
                + APP
                + "/cards').then(r => r.json())"
                + ".then(cards => done(cards[0]?.elements[0].value ?? -1), () => done(-1))");
  }

  /** An operator and a provider who publish the app in a folder. */
  private byte[] publish(Path folder, Path work) throws Exception {
    SigningKey key = SigningKey.generate();
    SigningKey timestamp = SigningKey.generate();
    SigningKey provider = SigningKey.generate();
    Instant now = Instant.now();
    RepositoryWriter writer = new RepositoryWriter(folder);
    byte[] root =
        key.signDocument(
            writer.draftRoot(
                "Village Energy",
                new RepositoryWriter.Roles(
                    List.of(key.key()),
                    1,
                    List.of(key.key()),
                    1,
                    List.of(timestamp.key()),
                    List.of(timestamp.key())),
                List.of(key.key()),
                90,
                now.plus(Duration.ofDays(900))));
    writer.publishRoot(root);
    Path jar = Files.write(work.resolve(APP + "-1.0.0.jar"), coach());
    ProviderTargets edition =
        ProviderTargets.next("org.example", writer.providerDocument("org.example"));
    edition.add(jar);
    byte[] signed = provider.signDocument(edition.draft(now.plus(Duration.ofDays(300))));
    OperatorTargets targets = writer.targets();
    targets.delegate("org.example", List.of(provider.key()), 1);
    writer.countersign(targets, "org.example", signed, path -> jar, 150);
    writer.publishTargets(key.signDocument(targets.draft(now.plus(Duration.ofDays(200)))));
    writer.publishProvider("org.example", signed);
    writer.snapshot(timestamp, now.plus(Duration.ofDays(30)));
    writer.timestamp(timestamp, now, now.plus(Duration.ofDays(7)));
    return root;
  }

  private byte[] coach() throws IOException {
    return new SmallBundle(APP)
        .header("Bundle-Version", "1.0.0")
        .header("Import-Package", "org.commonshub.apps.api,org.commonshub.privacy.api")
        .component(
            "org.example.coach.Coach",
            "org.commonshub.privacy.api.EnergyData",
            "org.commonshub.apps.api.App")
        .source("org.example.coach.Coach", COACH)
        .file("HUB-INF/app.json", MANIFEST)
        .bytes(image);
  }

  private void start(Path work, int port) throws Exception {
    Path config = Files.createDirectories(work.resolve("config"));
    Files.writeString(
        config.resolve("org.commonshub.metering.device~meter.json"),
        "{ \"id\": \""
            + METER
            + "\", \"name\": \"Meter\", \"role\": \"GRID_METER\", \"driver\": \"vedirect\","
            + " \"endpoint\": \"tcp://127.0.0.1:9\" }\n");
    Files.writeString(
        config.resolve("org.commonshub.apps.catalogue.json"), "{ \"allow.files\": true }\n");
    Files.writeString(
        config.resolve("org.commonshub.apps.provider.json"),
        "{ \"inside.providers\": [\"org.example\"] }\n");
    Options options =
        Options.parse(
            new String[] {
              "--data", work.resolve("data").toString(),
              "--config", config.toString(),
              "--port", Integer.toString(port),
              "--tls-port", Integer.toString(HubProcess.freePort()),
              "--no-simulation"
            },
            image);
    Files.createDirectories(options.data());
    hub = new Hub(options, Main.properties(options, port));
    FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
    List<String> wanted = new ArrayList<>(features.defaults());
    wanted.removeIf(f -> f.startsWith("metering-") || f.startsWith("simulated"));
    wanted.addAll(List.of("metering-vedirect", "apps"));
    List<String> problems = new ArrayList<>();
    problems.addAll(hub.start(features.resolve(wanted, problems)));
    assertThat(problems).as("the hub starts").isEmpty();
  }

  private Bundle helper() throws Exception {
    byte[] jar =
        new SmallBundle("org.commonshub.console.tour")
            .header("Bundle-Activator", "org.commonshub.console.tour.Helper")
            .header(
                "Import-Package",
                "org.osgi.framework,org.commonshub.measure.api,org.commonshub.platform.api")
            .source("org.commonshub.console.tour.Helper", HELPER)
            .bytes(image);
    Bundle bundle = hub.context().installBundle("hub:tour.jar", new ByteArrayInputStream(jar));
    bundle.start(Bundle.START_TRANSIENT);
    return bundle;
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Object call(Bundle bundle, Object... arguments) {
    ServiceReference reference = bundle.getRegisteredServices()[0];
    return ((Function<Object[], Object>) hub.context().getService(reference)).apply(arguments);
  }
}
