package org.commonshub.console.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssetsTest {
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
    assertThat(gzip("(it|de|fr|trust|privacy)-.*"))
        .as("all pages but Trust and Privacy")
        .isBetween(10_000, 80 * 1024);
    assertThat(gzip("(?!trust-[A-Z0-9]{8}|trust-en-).*"))
        .as("Trust, loaded when it is opened")
        .isBetween(10_000, 24 * 1024);
    assertThat(gzip("(?!privacy-[A-Z0-9]{8}|privacy-en-).*"))
        .as("Privacy, loaded when it is opened")
        .isBetween(5_000, 16 * 1024);
  }

  /** Compressed bytes of scripts and styles as a browser loads them in one language. */
  private int gzip(String without) throws IOException {
    int total = 0;
    java.net.URL folder = Assets.class.getResource("/web/assets");
    try (java.util.stream.Stream<java.nio.file.Path> files =
        java.nio.file.Files.list(java.nio.file.Path.of(java.net.URI.create(folder.toString())))) {
      for (java.nio.file.Path file : (Iterable<java.nio.file.Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (!name.matches(without)) {
          total += assets.answer("/assets/" + name, "gzip", null).body().length;
        }
      }
    }
    return total;
  }
}
