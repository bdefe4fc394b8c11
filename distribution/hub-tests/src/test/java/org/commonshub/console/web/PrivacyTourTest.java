package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.commonshub.benchmarks.HubProcess;
import org.commonshub.hubtests.attack.SmallBundle;
import org.commonshub.launcher.FeatureSet;
import org.commonshub.launcher.Hub;
import org.commonshub.launcher.Main;
import org.commonshub.launcher.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * An app of somebody else asks on a real hub; the prosumer looks, allows less, sees values go,
 * withdraws and pauses, all in a real browser.
 */
class PrivacyTourTest {
  private static final String METER = "33333333-0000-4000-8000-000000000002";
  private static final String PAUSE = "button[role=switch][aria-label='Pause everything']";

  /** The app: asks, subscribes, and tells the test how many values came and when the last did. */
  private static final String APP =
      """
      package com.example.coach;

      import java.time.Duration;
      import java.time.Instant;
      import java.util.Set;
      import java.util.concurrent.atomic.AtomicInteger;
      import java.util.concurrent.atomic.AtomicLong;
      import java.util.function.Function;
      import org.commonshub.privacy.api.DataKind;
      import org.commonshub.privacy.api.EnergyData;
      import org.commonshub.privacy.api.Purpose;
      import org.commonshub.privacy.api.Release;
      import org.commonshub.privacy.api.Terms;

      public final class App implements Function<Object[], Object> {
        private final EnergyData data;
        private final AtomicInteger values = new AtomicInteger();
        private final AtomicLong last = new AtomicLong();

        public App(EnergyData data) {
          this.data = data;
        }

        @Override
        public Object apply(Object[] a) {
          try {
            switch ((String) a[0]) {
              case "ask":
                return data.ask(
                        Terms.ANY.toBuilder()
                            .purposes(Purpose.ADVICE)
                            .kinds(DataKind.READINGS)
                            .quantities(Set.of("power.active"))
                            .history(Duration.ofDays(1))
                            .until(Instant.now().plus(Duration.ofDays(30)))
                            .hosts(Set.of())
                            .build(),
                        "To tell you what to switch off.")
                    .state()
                    .name();
              case "subscribe":
                data.subscribe(Purpose.ADVICE, this::take);
                return "subscribed";
              case "values":
                return values.get();
              default:
                return last.get();
            }
          } catch (Exception e) {
            return "failed: " + e.getMessage();
          }
        }

        private void take(Release release) {
          last.set(System.currentTimeMillis());
          values.addAndGet(release.size());
        }
      }
      """;

  /** Reads the meter for the hub, and its claim code. */
  private static final String HELPER =
"""
      package org.commonshub.console.tour;

      import java.time.Instant;
      import java.util.List;
import java.util.Map;
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
  private Hub hub;

  PrivacyTourTest() throws IOException {}

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void anAppGetsWhatWasAllowedUntilItIsWithdrawn() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    Path work = Files.createTempDirectory("privacy-tour");
    int port = HubProcess.freePort();
    start(work, port);
    ScheduledExecutorService meter = Executors.newSingleThreadScheduledExecutor();
    try (Browser browser = new Browser()) {
      Bundle helper =
          install(
              "hub:tour.jar",
              new SmallBundle("org.commonshub.console.tour")
                  .header("Bundle-Activator", "org.commonshub.console.tour.Helper")
                  .header(
                      "Import-Package",
                      "org.osgi.framework,org.commonshub.measure.api,org.commonshub.platform.api")
                  .source("org.commonshub.console.tour.Helper", HELPER));
      Bundle app =
          install(
              "file:coach.jar",
              new SmallBundle("com.example.coach")
                  .header("Bundle-Name", "Energy Coach")
                  .header("Import-Package", "org.commonshub.privacy.api")
                  .component(
                      "com.example.coach.App",
                      "org.commonshub.privacy.api.EnergyData",
                      Function.class.getName())
                  .source("com.example.coach.App", APP));
      meter.scheduleAtFixedRate(
          () -> call(helper, "publish", METER), 0, 200, TimeUnit.MILLISECONDS);

      Tour.claim(browser, "http://127.0.0.1:" + port + "/", (String) call(helper, "code"));
      browser.until("signed in", () -> browser.has(".tabs a[href='#/privacy']"));
      browser.go("privacy");
      browser.see("Nothing leaves your home");
      assertThat((String) call(app, "subscribe")).as("before anybody said yes").contains("failed");

      grant(browser, app);
      awaitValues(app);

      long tapped = System.currentTimeMillis();
      browser.element("button[aria-label^='Withdraw from']").click();
      browser.see("gets nothing any more");
      silent(app, tapped);
      assertThat((String) call(app, "subscribe")).as("after the withdrawal").contains("failed");

      grant(browser, app);
      awaitValues(app);
      long switched = System.currentTimeMillis();
      browser.element(PAUSE).click();
      browser.see("All paused");
      silent(app, switched);
      browser.element(PAUSE).click();
      browser.seeNot("All paused");
      awaitValues(app);
      Tour.patiently(
          "what was given within the last minutes",
          () -> {
            browser.go("now");
            browser.until("another page", () -> !browser.has("#log"));
            browser.go("privacy");
            browser.until("the log", () -> browser.has("#log tbody tr"));
            return browser.element("#log tbody").getText().contains("power.active")
                && !browser.text().contains("nothing yet");
          });
      Tour.picture(browser, "privacy");
      assertThat(browser.complaints()).isEmpty();
    } finally {
      meter.shutdownNow();
      hub.stop(20_000);
      HubProcess.delete(work);
    }
  }

  /** The app asks; the person looks at it, allows less than asked, and the app subscribes. */
  private void grant(Browser browser, Bundle app) throws Exception {
    assertThat(call(app, "ask")).isEqualTo("ASKED");
    browser.go("now");
    browser.until("badge", () -> browser.has(".tabs .count") || reloaded(browser, "now"));
    browser.go("privacy");
    browser.see("To tell you what to switch off.");
    browser.press("Look at it");
    browser.see("asks for data");
    browser.see("every single value, as it is measured");
    browser.until("curves", () -> browser.has("dialog .curve svg.mine"));
    browser.script(
        "const e = document.querySelector('dialog input[type=range]'); e.value = 1;"
            + "e.dispatchEvent(new Event('input', {bubbles: true}))");
    browser.see("one value for every 1 second");
    browser.until("redrawn", () -> browser.has("dialog .curve svg.theirs"));
    Tour.picture(browser, "privacy-decide");
    browser.press("Yes, allow this");
    browser.see("gets what you allowed.");
    browser.see("gets data");
    assertThat(call(app, "subscribe")).isEqualTo("subscribed");
  }

  /** The badge is asked for every 15 s; a reload asks at once. */
  private static boolean reloaded(Browser browser, String route) {
    browser.script("location.reload()");
    browser.go(route);
    return false;
  }

  private void awaitValues(Bundle app) throws Exception {
    int before = (Integer) call(app, "values");
    Tour.patiently("released values", () -> (Integer) call(app, "values") > before + 2);
  }

  /** Nothing comes later than a second after the tap, though the meter goes on. */
  private void silent(Bundle app, long since) throws Exception {
    Tour.patiently("three seconds", () -> System.currentTimeMillis() > since + 3_000);
    int values = (Integer) call(app, "values");
    long last = (Long) call(app, "last");
    assertThat(last - since).as("ms from the tap to silence").isLessThanOrEqualTo(1_000);
    long until = System.currentTimeMillis() + 2_000;
    Tour.patiently("two more", () -> System.currentTimeMillis() > until);
    assertThat(call(app, "values")).isEqualTo(values);
  }

  private void start(Path work, int port) throws Exception {
    Path config = Files.createDirectories(work.resolve("config"));
    Files.writeString(
        config.resolve("org.commonshub.metering.device~meter.json"),
        "{ \"id\": \""
            + METER
            + "\", \"name\": \"Meter\", \"role\": \"GRID_METER\", \"driver\": \"vedirect\","
            + " \"endpoint\": \"tcp://127.0.0.1:9\" }\n");
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
    Map<String, String> properties = Main.properties(options, port);
    properties.put("commonshub.unlisted", "true"); // Bundles of others come by hand here.
    hub = new Hub(options, properties);
    FeatureSet features = FeatureSet.read(List.of(options.home().resolve("features")));
    List<String> wanted = new ArrayList<>(features.defaults());
    wanted.removeIf(f -> f.startsWith("metering-") || f.startsWith("simulated"));
    wanted.add("metering-vedirect");
    List<String> problems = new ArrayList<>();
    problems.addAll(hub.start(features.resolve(wanted, problems)));
    assertThat(problems).as("the hub starts").isEmpty();
  }

  private Bundle install(String location, SmallBundle bundle) throws Exception {
    Bundle installed =
        hub.context().installBundle(location, new ByteArrayInputStream(bundle.bytes(image)));
    installed.start(Bundle.START_TRANSIENT);
    Tour.patiently(location, () -> function(installed) != null);
    return installed;
  }

  private Object call(Bundle bundle, Object... arguments) {
    BundleContext context = hub.context();
    return context.getService(function(bundle)).apply(arguments);
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static ServiceReference<Function<Object[], Object>> function(Bundle bundle) {
    ServiceReference<?>[] all = bundle.getRegisteredServices();
    for (ServiceReference reference : all == null ? new ServiceReference[0] : all) {
      if (List.of((String[]) reference.getProperty("objectClass"))
          .contains(Function.class.getName())) {
        return reference;
      }
    }
    return null;
  }
}
