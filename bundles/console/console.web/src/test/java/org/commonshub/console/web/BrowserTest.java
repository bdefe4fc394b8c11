package org.commonshub.console.web;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;

/** A real browser for a test class, and a hub that is played for each test. */
abstract class BrowserTest {
  static Browser browser;
  MockHub hub;

  @BeforeAll
  static void startBrowser(TestInfo test) throws IOException {
    Browser.missing()
        .ifPresent(
            why -> {
              System.err.println("SKIPPED " + test.getDisplayName() + ": " + why);
              Assumptions.abort(why);
            });
    browser = new Browser();
  }

  @AfterAll
  static void stopBrowser() throws IOException {
    if (browser != null) {
      browser.close();
      browser = null;
    }
  }

  @BeforeEach
  void startHub() throws IOException {
    hub = new MockHub();
    browser.size(1200, 900);
    browser.media("light", true);
    browser.complaints();
  }

  @AfterEach
  void stopHub() {
    browser.open("about:blank");
    hub.close();
  }

  /** Opens a page as somebody who is signed in. */
  final void signedIn(String route) {
    hub.user = "Anna";
    browser.open(hub.url() + "#/" + route);
  }

  /** Bodies of the changes that were asked of the hub. */
  final List<String> changes(String method, String path) {
    return hub.changes().stream()
        .filter(call -> call.method().equals(method) && call.path().equals(path))
        .map(MockHub.Call::body)
        .toList();
  }

  /** With {@code -Dcommonshub.pictures=DIR}: what a person would see, to be looked at. */
  static void picture(String name) {
    String folder = System.getProperty("commonshub.pictures");
    if (folder != null) {
      try {
        Files.createDirectories(Path.of(folder));
        long height =
            (long) browser.script("return Math.ceil(document.documentElement.scrollHeight)");
        long width = (long) browser.script("return innerWidth");
        browser.size((int) width, (int) Math.min(4_000, height));
        Files.write(Path.of(folder, name + ".png"), browser.picture());
        browser.size((int) width, 900);
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
