package org.commonshub.console.web;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** Debian's Chromium, headless, with a profile of its own. */
final class Browser implements AutoCloseable {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path DRIVER = Path.of("/usr/bin/chromedriver");

  private static final Path AXE = Path.of("node_modules/axe-core/axe.min.js");

  /** Whether the element with the focus, or what stands for it, has an outline and is in view. */
  static final String FOCUS_IN_SIGHT =
      "const e = document.activeElement, r = e.getBoundingClientRect();"
          + "const ring = [getComputedStyle(e), getComputedStyle(e, '::after'),"
          + " getComputedStyle(e.closest('label') ?? e)]"
          + ".some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);"
          + "return ring && r.width > 0 && r.bottom > 0 && r.top < innerHeight";

  private final Path profile;
  private final ChromeDriver driver;

  /** Why there can be no browser here, if so. */
  static Optional<String> missing() {
    for (Path file : List.of(CHROMIUM, DRIVER)) {
      if (!Files.isExecutable(file)) {
        return Optional.of(file + " is not installed (apt-get install chromium chromium-driver)");
      }
    }
    return Optional.empty();
  }

  Browser() throws IOException {
    profile = Files.createTempDirectory("console-web-browser");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM.toFile());
    options.setAcceptInsecureCerts(true); // As people do with a hub's own certificate.
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--lang=en",
        "--user-data-dir=" + profile);
    options.setExperimentalOption("prefs", Map.of("intl.accept_languages", "en"));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(new File(DRIVER.toString()))
            .usingAnyFreePort()
            .withSilent(true)
            .build();
    driver = new ChromeDriver(service, options);
    driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(20));
  }

  void size(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  void media(String scheme, boolean calm) {
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", scheme),
                Map.of(
                    "name",
                    "prefers-reduced-motion",
                    "value",
                    calm ? "reduce" : "no-preference"))));
  }

  void open(String url) {
    driver.get("about:blank");
    driver.get(url);
  }

  /** Follows a hash route within the page. */
  void go(String route) {
    script("location.hash = arguments[0]", "#/" + route);
  }

  Object script(String script, Object... arguments) {
    return ((JavascriptExecutor) driver).executeScript(script, arguments);
  }

  Object scriptAsync(String script, Object... arguments) {
    return ((JavascriptExecutor) driver).executeAsyncScript(script, arguments);
  }

  /** The page as it stands, as PNG. */
  byte[] picture() {
    return driver.getScreenshotAs(OutputType.BYTES);
  }

  String title() {
    return driver.getTitle();
  }

  /** All text a person can see, one space between words. */
  String text() {
    return String.valueOf(script("return document.body.innerText"))
        .replaceAll("[\\s\\u00a0\\u202f]+", " ");
  }

  /** Waits until the text is on the page; says what is there instead. */
  void see(String text) {
    until("'" + text + "' on the page", () -> text().contains(text));
  }

  void seeNot(String text) {
    until("'" + text + "' gone", () -> !text().contains(text));
  }

  /** A condition of the page. */
  interface Condition {
    boolean holds();
  }

  void until(String what, Condition condition) {
    new WebDriverWait(driver, Duration.ofSeconds(10), Duration.ofMillis(40))
        .ignoring(NoSuchElementException.class, StaleElementReferenceException.class)
        .withMessage(() -> what + "; the page says: " + text())
        .until(d -> condition.holds());
  }

  WebElement element(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  boolean has(String css) {
    return !driver.findElements(By.cssSelector(css)).isEmpty();
  }

  /** The control of a label. */
  WebElement field(String label) {
    for (WebElement candidate : driver.findElements(By.cssSelector("label[for]"))) {
      String text = candidate.getText().strip();
      if (text.equals(label) || text.startsWith(label + " (")) {
        return element("[id=\"" + candidate.getDomAttribute("for") + "\"]");
      }
    }
    throw new NoSuchElementException("no field labelled " + label + "; the page says: " + text());
  }

  void fill(String label, String value) {
    until("field " + label, () -> field(label).isDisplayed());
    WebElement field = field(label);
    field.clear();
    field.sendKeys(value);
  }

  /** Presses the visible button or link of this name. */
  void press(String name) {
    until("button " + name, () -> control(name).isPresent());
    WebElement control = control(name).orElseThrow();
    script("arguments[0].scrollIntoView({block: 'center'})", control);
    control.click();
  }

  private Optional<WebElement> control(String name) {
    return driver.findElements(By.cssSelector("button, a, summary")).stream()
        .filter(e -> e.isDisplayed() && e.getText().strip().equals(name))
        .findFirst();
  }

  /** Presses keys where the focus is. */
  void keys(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** What has the focus: its tag and its name or text. */
  String focused() {
    return String.valueOf(
        script(
            "const e = document.activeElement; return (e.tagName + ' ' + (e.getAttribute('aria-label')"
                + " || e.innerText || e.labels?.[0]?.innerText || e.id || '')).trim().replace(/\\s+/g, ' ')"));
  }

  /** Waits until the focus is on what is called so. */
  void focus(String name) {
    until("focus on " + name + ", not " + focused(), () -> focused().startsWith(name));
  }

  /** Warnings and errors of the console since the last call. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  /** Whether axe-core was installed for the tests. */
  static boolean hasAxe() {
    return Files.isReadable(AXE);
  }

  /** What axe-core objects to, WCAG 2.0 to 2.2 A and AA and its best practices. */
  @SuppressWarnings("unchecked")
  List<String> axe() {
    if (!(boolean) script("return !!window.axe")) {
      try {
        script(Files.readString(AXE));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return (List<String>)
        scriptAsync(
            "const done = arguments[arguments.length - 1];"
                + "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values:"
                + " ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}})"
                + ".then(r => done(r.violations.flatMap(v => v.nodes.map(n =>"
                + " v.id + ' ' + n.target + ': ' + n.failureSummary))), e => done(['axe failed: ' + e]))");
  }

  @Override
  public void close() throws IOException {
    driver.quit();
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
