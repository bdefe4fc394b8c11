package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a person does on every tour through a hub's console. */
final class Tour {
  private Tour() {}

  interface Check {
    boolean holds() throws Exception;
  }

  /** Makes a hub Anna's. */
  static void claim(Browser browser, String url, String code) {
    browser.size(1200, 900);
    browser.media("light", true);
    browser.open(url);
    browser.see("Make this hub yours");
    browser.fill("Claim code", code);
    browser.fill("Your name", "Anna");
    browser.fill("Choose a password", "correct horse battery");
    browser.fill("Repeat the password", "correct horse battery");
    browser.press("Claim this hub");
  }

  /** Features that are off; some may be on from the start. */
  static void switchOn(Browser browser, String... titles) throws Exception {
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

  /** The only match on the page. */
  static String find(Browser browser, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(browser.text());
    assertThat(found.find()).as(pattern + " in " + browser.text()).isTrue();
    return found.group();
  }

  static void patiently(String what, Check check) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(75).toNanos();
    while (!check.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited 75 s in vain for " + what);
      }
      TimeUnit.MILLISECONDS.sleep(250);
    }
  }

  /** Keeps what the browser shows below {@code target/pictures}. */
  static void picture(Browser browser, String name) throws IOException {
    Path pictures = Files.createDirectories(Path.of("target/pictures"));
    Files.write(pictures.resolve(name + ".png"), browser.picture());
  }
}
