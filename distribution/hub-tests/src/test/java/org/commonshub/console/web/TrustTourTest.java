package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Trust on a real hub in a real browser: switched on, the journal has entries, the hub's card is
 * shown and its key changed, and a receipt is checked with the hub gone.
 */
class TrustTourTest {
  private static final Path ROOT =
      Path.of(System.getProperty("hub.root", "../..")).toAbsolutePath();
  private static final Path IMAGE = ROOT.resolve("distribution/image/target");
  private static final Pattern CODE = Pattern.compile("Claim code: (\\S+)");

  private static final String FETCH =
      "const done = arguments[arguments.length - 1];"
          + "fetch('/api/v1/journal/' + arguments[0] + '/receipt').then(r => r.arrayBuffer())"
          + ".then(b => { window.receipt = b; done(b.byteLength); }, e => done(String(e)));";

  private static final String DROP =
      "const bytes = new Uint8Array(window.receipt);"
          + "if (arguments[0]) bytes[bytes.length - 40] ^= 1;"
          + "const files = new DataTransfer();"
          + "files.items.add(new File([bytes], 'mine.receipt'));"
          + "document.querySelector('.drop').dispatchEvent("
          + "new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));";

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void whatThisHubCanProve() throws Exception {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the tour out");
    Browser.missing().ifPresent(why -> assumeTrue(false, "skipped: " + why));
    Path work = Files.createTempDirectory("trust-tour");
    int port = freePort();
    ProcessBuilder start =
        new ProcessBuilder(
            IMAGE.resolve("hub/bin/hub").toString(),
            "--no-simulation",
            "--data",
            work.resolve("data").toString(),
            "--config",
            Files.createDirectories(work.resolve("config")).toString(),
            "--port",
            Integer.toString(port),
            "--tls-port",
            Integer.toString(freePort()));
    start.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process hub = start.redirectErrorStream(true).start();
    try (Browser browser = new Browser()) {
      String code = claimCode(hub);
      browser.size(1200, 900);
      browser.media("light", true);
      browser.open("http://127.0.0.1:" + port + "/");
      browser.see("Make this hub yours");
      browser.fill("Claim code", code);
      browser.fill("Your name", "Anna");
      browser.fill("Choose a password", "correct horse battery");
      browser.fill("Repeat the password", "correct horse battery");
      browser.press("Claim this hub");
      browser.see("No meter yet");

      switchOn(browser, "Identity", "Signed journal", "Neighbouring hubs");

      browser.go("settings/identity");
      browser.see("Card of this hub");
      browser.until("code", () -> browser.has("svg.qr path"));
      String did = did(browser);
      browser.press("Change the key");
      browser.see("Move to the next key?");
      browser.press("Change the key");
      browser.see("The hub signs with its next key now.");
      assertThat(did(browser)).as("the name stays").isEqualTo(did);
      assertThat(browser.text()).contains("current");
      picture(browser, "identity");

      patiently(
          "the journal's first entries",
          () -> {
            browser.go("now");
            browser.see("No meter yet");
            browser.go("trust");
            browser.see("Check a receipt");
            return browser.text().contains("Nothing was changed")
                && browser.has("a[href$='/journal/0/receipt']");
          });
      browser.see("The hub itself");
      picture(browser, "trust");
      assertThat((long) browser.scriptAsync(FETCH, 0)).isBetween(1_000L, 64L * 1024);
      browser.go("settings/neighbours");
      browser.see("No neighbour was entered yet.");
      browser.go("settings/homes");
      browser.see("Who comes in from other hubs");
      browser.go("health");
      browser.see("signed entr");
      assertThat(browser.complaints()).isEmpty();

      browser.go("trust/check");
      browser.see("Drop a file ending in .receipt here");
      hub.destroy();
      assertThat(hub.waitFor(20, TimeUnit.SECONDS)).as("stops on SIGTERM").isTrue();
      browser.script(DROP, false);
      browser.see("This receipt holds");
      browser.see("entry 0 of a signed journal");
      browser.see("it calls itself " + did);
      picture(browser, "receipt");
      browser.script(DROP, true);
      browser.seeNot("This receipt holds");
    } finally {
      hub.destroyForcibly().waitFor();
      try (Stream<Path> files = Files.walk(work)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** Features that are off; some may be on from the start. */
  private static void switchOn(Browser browser, String... titles) throws Exception {
    for (String title : titles) {
      String button = "button[role=switch][aria-label='" + title + "']";
      browser.go("settings/features");
      browser.until(title, () -> browser.has(button));
      if (browser.element(button).getDomAttribute("aria-checked").equals("false")) {
        browser.element(button).click();
      }
      patiently(
          title + " on",
          () -> browser.element(button).getDomAttribute("aria-checked").equals("true"));
    }
  }

  private static String did(Browser browser) {
    Matcher did = Pattern.compile("did:webvh:\\S+").matcher(browser.text());
    assertThat(did.find()).as("the hub's name").isTrue();
    return did.group();
  }

  private interface Check {
    boolean holds() throws Exception;
  }

  private static void patiently(String what, Check check) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(75).toNanos();
    while (!check.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited 75 s in vain for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  private static String claimCode(Process hub) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(hub.getInputStream(), StandardCharsets.UTF_8));
    StringBuilder said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      Matcher code = CODE.matcher(line);
      if (code.find()) {
        Thread drain =
            new Thread(
                () -> {
                  try {
                    for (String more = lines.readLine(); more != null; more = lines.readLine()) {
                      System.out.println("hub: " + more);
                    }
                  } catch (IOException e) {
                    // It ended.
                  }
                });
        drain.setDaemon(true);
        drain.start();
        return code.group(1);
      }
    }
    throw new AssertionError("the hub ended without a claim code:\n" + said);
  }

  private static void picture(Browser browser, String name) throws IOException {
    Path pictures = Files.createDirectories(Path.of("target/pictures"));
    Files.write(pictures.resolve(name + ".png"), browser.picture());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
