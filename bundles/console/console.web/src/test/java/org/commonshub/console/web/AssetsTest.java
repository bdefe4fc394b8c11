package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssetsTest {
  /** {@code import{a}from"./chunk.js"}, not {@code import("./later.js")}. */
  private static final Pattern IMPORT = Pattern.compile("(?:from|import)\"\\./([^\"]+)\"");

  private final Assets assets = new Assets();

  private String script() {
    String html = new String(assets.answer("/", null, null).body(), StandardCharsets.UTF_8);
    Matcher name = Pattern.compile("src=\"(assets/app-[^\"]+\\.js)\"").matcher(html);
    assertThat(name.find()).as("index.html names its script").isTrue();
    return "/" + name.group(1);
  }

  @Test
  void startPageIsAskedForEveryTimeAndNamesHashedFiles() {
    Assets.Answer page = assets.answer("/", null, null);
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.headers())
        .containsEntry("Content-Type", "text/html; charset=utf-8")
        .containsEntry("Cache-Control", "no-cache")
        .doesNotContainKey("Content-Encoding");
    assertThat(assets.answer("/index.html", null, null).body()).isEqualTo(page.body());
    assertThat(assets.answer("", null, null).body()).isEqualTo(page.body());
  }

  @Test
  void startPageHasNothingInlineAndNothingExternal() {
    String html = new String(assets.answer("/", null, null).body(), StandardCharsets.UTF_8);
    assertThat(html).doesNotContain("<style").doesNotContain("style=").doesNotContain("http");
    assertThat(html).doesNotContainPattern("<script(?![^>]*src=)");
  }

  @Test
  void hashedFilesAreCompressedAndKeptForEver() throws IOException {
    Assets.Answer plain = assets.answer(script(), null, null);
    Assets.Answer gzip = assets.answer(script(), "br, gzip", null);
    assertThat(gzip.headers())
        .containsEntry("Content-Encoding", "gzip")
        .containsEntry("Cache-Control", Assets.FOR_EVER)
        .containsEntry("Vary", "Accept-Encoding")
        .containsEntry("Content-Type", "text/javascript; charset=utf-8");
    assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
        .isEqualTo(plain.body());
    assertThat(gzip.headers().get("ETag")).isNotEqualTo(plain.headers().get("ETag"));
  }

  @Test
  void anUnchangedFileIsNotSentAgain() {
    String tag = assets.answer("/", "gzip", null).headers().get("ETag");
    assertThat(assets.answer("/", "gzip", "\"x\", W/" + tag).status()).isEqualTo(304);
    assertThat(assets.answer("/", "gzip", "*").status()).isEqualTo(304);
    assertThat(assets.answer("/", null, tag).status()).isEqualTo(200);
    assertThat(assets.answer("/", "gzip", "\"x\"").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nothing",
        "/assets/",
        "/assets/../index.html",
        "/assets/app.js",
        "/../META-INF/MANIFEST.MF",
        "//index.html",
        "/assets/%2e%2e/x.js",
        "/org/commonshub/console/web/Assets.class",
        "/api/v1/session"
      })
  void nothingElseIsServed(String path) {
    assertThat(assets.answer(path, "gzip", null).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gzip|true",
        "deflate, GZIP;q=0.5|true",
        "br|false",
        "gzip;q=0|false",
        "gzip; q=0.000|false",
        "gzip;q=0.001|true",
        "''|false"
      })
  void gzipOnlyWhereAccepted(String header, boolean accepted) {
    assertThat(Assets.accepts(header)).isEqualTo(accepted);
  }

  @Test
  void pagesStayWithinTheirSizeBudget() throws IOException {
    Set<String> first = new TreeSet<>(needs("app-.*"));
    first.addAll(needs("chart-.*"));
    first.addAll(needs("(style|en)-.*"));
    assertThat(gzip(first)).as("what every page needs, and charts").isBetween(10_000, 80 * 1024);
    assertThat(more(first, "trust")).as("Trust, when it is opened").isBetween(10_000, 24 * 1024);
    assertThat(more(first, "privacy")).as("Privacy, when it is opened").isBetween(5_000, 16 * 1024);
    Set<String> known = new TreeSet<>(first);
    known.addAll(needs("privacy-([A-Z0-9]{8}|en-.*)\\.js"));
    assertThat(more(known, "apps")).as("Apps, besides Privacy").isBetween(5_000, 20 * 1024);
  }

  private int more(Set<String> known, String page) throws IOException {
    Set<String> all = new TreeSet<>(needs(page + "-([A-Z0-9]{8}|en-.*)\\.js"));
    all.removeAll(known);
    return gzip(all);
  }

  /** Compressed bytes of files. */
  private int gzip(Set<String> names) {
    return names.stream()
        .mapToInt(name -> assets.answer("/assets/" + name, "gzip", null).body().length)
        .sum();
  }

  /** Files of these names, and what they import before they run; not what they load later. */
  private Set<String> needs(String names) throws IOException {
    Deque<String> open = new ArrayDeque<>();
    java.net.URL folder = Assets.class.getResource("/web/assets");
    try (Stream<Path> files = Files.list(Path.of(java.net.URI.create(folder.toString())))) {
      files
          .map(file -> file.getFileName().toString())
          .filter(n -> n.matches(names))
          .forEach(open::add);
    }
    assertThat(open).as(names).isNotEmpty();
    Set<String> all = new TreeSet<>();
    while (!open.isEmpty()) {
      String name = open.pop();
      if (all.add(name)) {
        byte[] text = assets.answer("/assets/" + name, null, null).body();
        Matcher imports = IMPORT.matcher(new String(text, StandardCharsets.UTF_8));
        while (imports.find()) {
          open.add(imports.group(1));
        }
      }
    }
    return all;
  }
}
