package org.commonshub.apps.desk.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestCodecTest {
  private static final String WHOLE =
      """
      {"manifest":1,"id":"org.example.coach","version":"1.2.3","kind":"app",
       "provider":{"id":"org.example","name":"Example GmbH","url":"https://example.org/a?b","contact":"help@example.org"},
       "texts":{"de":{"name":"Ratgeber","summary":"Rät.","description":"Zwei\\nZeilen.","changes":""},
                "en":{"name":"Coach","summary":"Tells.","description":"Two\\nlines.","changes":"None."}},
       "icon":"%s",
       "data":[{"purpose":"forecasting","for":"P1Y","why":{"en":"To learn."},
                "terms":{"version":1,"purposes":["forecasting"],"kinds":["readings"],"quantities":["home.import"],
                         "roles":["home"],"mode":"interval","resolution_s":3600,"history_s":86400,"hosts":[]}}],
       "actuators":[{"role":"ev-charger","actuator":"current-limit","why":{"en":"To charge."}}],
       "hosts":[{"host":"api.example.org","why":{"en":"Weather."}}],
       "place":{"en":"The sun."},
       "resources":{"cpu_ms_per_minute":100,"memory_mb":8,"storage_kb":64,"network_kb_per_day":64,"log_lines_per_hour":60},
       "levels":[{"id":"basic","names":{"en":"Basic"},"features":["one","two"],"limits":{"asks":5},
                  "price_micros":1990000,"currency":"EUR","period":"P1M","trial":"P14D"}],
       "grace":"P14D","lease":"P30D"}
      """
          .formatted(icon(64, 64));

  private static String icon(int width, int height) {
    byte[] png =
        ByteBuffer.allocate(40)
            .putLong(0x89504E470D0A1A0AL)
            .putInt(13)
            .putInt(0x49484452)
            .putInt(width)
            .putInt(height)
            .array();
    return Base64.getEncoder().encodeToString(png);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, Object> whole() throws IOException {
    return Json.object(utf8(WHOLE.strip()));
  }

  @Test
  void readsAWholeManifest() throws Exception {
    AppManifest manifest = ManifestCodec.read(utf8(WHOLE));
    assertThat(manifest.id()).hasToString("org.example.coach");
    assertThat(manifest.version()).isEqualTo(new AppVersion(1, 2, 3));
    assertThat(manifest.text(Locale.GERMAN).name()).isEqualTo("Ratgeber");
    assertThat(manifest.text(Locale.FRENCH).name()).isEqualTo("Coach");
    assertThat(manifest.icon()).hasSize(40);
    assertThat(manifest.actuators().get(0).key()).isEqualTo("ev-charger/current-limit");
    assertThat(manifest.levels().get(0).limits()).containsEntry("asks", 5L);
    assertThat(manifest.free()).isFalse();
    assertThat(ManifestCodec.json(manifest)).isEqualTo(Json.canonical(whole()));
  }

  /** Field, what stands there instead as JSON (nothing: it is left out), and what is said. */
  @ParameterizedTest(name = "{0} = {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "manifest | | manifest: is missing",
        "manifest | 2 | manifest: a whole number from 1 to 1",
        "manifest | \"1\" | manifest: a whole number",
        "more | 1 | more: is not known",
        "id | | id: is missing",
        "id | 7 | id: is not a text",
        "id | \"com.other.coach\" | id: begins with the provider's id",
        "id | \"org.example\" | id: begins with the provider's id",
        "id | \"org.exampleer.coach\" | id: begins with the provider's id",
        "id | \"org.example.Coach\" | id: an app is named like",
        "id | \"org.example..coach\" | id: an app is named like",
        "id | \"org.example.coach/x\" | id: an app is named like",
        "id | \"coach\" | id: an app is named like",
        "version | \"1.2\" | version: a plain text of 5",
        "version | \"1.2.3.beta\" | version: a version is written 1.2.3",
        "version | \"01.2.3\" | version: a version is written 1.2.3",
        "version | \"1.2.1000000\" | version: a version is written 1.2.3",
        "kind | \"virus\" | kind: one of [app, driver, policy, ledger]",
        "kind | \"APP\" | kind: one of",
        "provider | [] | provider: is not an object",
        "provider.id | \"example\" | provider.id: a domain turned round",
        "provider.id | \"org.commonshub\" | provider.id: a domain turned round",
        "provider.id | \"Org.example\" | provider.id: a domain turned round",
        "provider.name | \"\" | provider.name: a plain text of 1 to 80",
        "provider.name | \"  \" | provider.name: a plain text",
        "provider.name | \"Two\\nlines\" | provider.name: one line",
        "provider.name | \"turned \\u202e round\" | provider.name: a plain text",
        "provider.name | \"zero \\u200b width\" | provider.name: a plain text",
        "provider.name | \"bell \\u0007\" | provider.name: a plain text",
        "provider.name | \"line \\u2028\" | provider.name: a plain text",
        "provider.name | \"own \\ue000\" | provider.name: a plain text",
        "provider.url | \"http://example.org/\" | provider.url: an https URL",
        "provider.url | \"https://me@example.org/\" | provider.url: an https URL",
        "provider.url | \"https:/example.org\" | provider.url: an https URL",
        "provider.url | \"javascript:alert(1)\" | provider.url: an https URL",
        "provider.url | \"https://exa mple/\" | provider.url: ",
        "provider.contact | \"nobody\" | provider.contact: an e-mail address",
        "provider.contact | \"javascript:x()//@x\" | provider.contact: an e-mail address",
        "provider.contact | \"a@b\\nBcc: c@d\" | provider.contact: one line",
        "provider.more | 1 | provider.more: is not known",
        "texts | {} | texts.en: texts are there in English",
        "texts.en | | texts.en: texts are there in English",
        "texts.EN | {} | texts.EN: a language is an ISO 639 code",
        "texts.en-gb | {} | texts.en-gb: a language",
        "texts.en.name | | texts.en.name: is missing",
        "texts.en.name | \"A\\nB\" | texts.en.name: one line",
        "texts.en.summary | \"A\\nB\" | texts.en.summary: one line",
        "texts.en.more | 1 | texts.en.more: is not known",
        "texts.de.changes | 5 | texts.de.changes: is not a text",
        "icon | \"aGVsbG8=\" | icon: a PNG",
        "icon | \"not base64\" | icon: base64 of a PNG",
        "icon | null | icon: is missing",
        "data | {} | data: an array of at most 16",
        "data | [1] | data[0]: is not an object",
        "data.0.purpose | \"world\" | data[0].purpose: one of",
        "data.0.purpose | \"billing\" | data[0].terms: they name that purpose",
        "data.0.terms | {} | data[0].terms: ",
        "data.0.terms.recipient | \"app:x\" | data[0].terms: they name that purpose",
        "data.0.terms.until | \"2030-01-01T00:00:00Z\" | data[0].terms: they name",
        "data.0.terms.from | \"2030-01-01T00:00:00Z\" | data[0].terms: they name",
        "data.0.terms.history_s | | data[0].terms: missing: history",
        "data.0.terms.more | 1 | data[0].terms: ",
        "data.0.for | | data[0].for: is missing",
        "data.0.for | \"P2Y\" | data[0].for: 1 to 400 days",
        "data.0.why | {\"de\":\"x\"} | data[0].why.en: texts are there in English",
        "data.0.more | 1 | data[0].more: is not known",
        "actuators.0.role | \"toaster\" | actuators[0].role: one of",
        "actuators.0.actuator | \"Current\" | actuators[0].actuator: lower case",
        "actuators.0.actuator | \"a/b\" | actuators[0].actuator: lower case",
        "actuators.0.why | | actuators[0].why: is missing",
        "hosts.0.host | \"10.0.0.1\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"localhost\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"hub.local\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"x.internal\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"*.example.org\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"api.example.org:8443\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"API.example.org\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"api.example.org.\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"[::1]\" | hosts[0].host: a public DNS name",
        "hosts.0.host | \"0x7f.1\" | hosts[0].host: a public DNS name",
        "place | {} | place.en: texts are there in English",
        "place | null | place: is missing",
        "resources.cpu_ms_per_minute | 9 | resources.cpu_ms_per_minute: a whole number",
        "resources.cpu_ms_per_minute | 30001 | resources.cpu_ms_per_minute: a whole number",
        "resources.memory_mb | 129 | resources.memory_mb: a whole number from 4 to 128",
        "resources.storage_kb | -1 | resources.storage_kb: a whole number",
        "resources.network_kb_per_day | 1048577 | resources.network_kb_per_day: a whole number",
        "resources.log_lines_per_hour | 3601 | resources.log_lines_per_hour: a whole number",
        "resources.threads | 4 | resources.threads: is not known",
        "levels | [] | levels: at least one",
        "levels.0.id | \"\" | levels[0].id: a plain text",
        "levels.0.names | {\"en\":\"x\\ny\"} | levels[0].names.en: one line",
        "levels.0.features | [\"a\",\"a\"] | levels[0].features: a is there twice",
        "levels.0.features | [1] | levels[0].features: texts in lower case",
        "levels.0.limits | {\"Asks\":1} | levels[0].limits.Asks: at most 16 names",
        "levels.0.limits | {\"asks\":-1} | levels[0].limits.asks: a whole number",
        "levels.0.price_micros | -1 | levels[0].price_micros: a whole number",
        "levels.0.price_micros | 1000000000001 | levels[0].price_micros: a whole number",
        "levels.0.price_micros | \"1\" | levels[0].price_micros: a whole number",
        "levels.0.currency | \"eur\" | levels[0].currency: an ISO 4217 code",
        "levels.0.currency | \"EURO\" | levels[0].currency: a plain text",
        "levels.0.period | \"P0D\" | levels[0].period: 1 to 400 days",
        "levels.0.period | \"P-1M\" | levels[0].period: 1 to 400 days",
        "levels.0.period | \"P2Y\" | levels[0].period: 1 to 400 days",
        "levels.0.period | \"PT1H\" | levels[0].period: an ISO 8601 period",
        "levels.0.period | \"monthly\" | levels[0].period: an ISO 8601 period",
        "levels.0.period | \"P999999999Y\" | levels[0].period: 1 to 400 days",
        "levels.0.trial | \"P91D\" | levels[0].trial: 0 to 90 days",
        "grace | \"P91D\" | grace: 0 to 90 days",
        "lease | \"P0D\" | lease: 1 to 400 days",
      })
  void refusesByField(String path, String json, String said) throws Exception {
    Map<String, Object> document = whole();
    set(document, path, json);
    assertThatThrownBy(() -> ManifestCodec.read(utf8(Json.canonical(document))))
        .isInstanceOf(ManifestException.class)
        .hasMessageStartingWith(said.strip());
  }

  @SuppressWarnings("unchecked")
  private static void set(Map<String, Object> document, String path, String json)
      throws IOException {
    Object node = document;
    String[] names = path.split("\\.", -1);
    for (int i = 0; i < names.length - 1; i++) {
      node =
          node instanceof List<?> list
              ? list.get(Integer.parseInt(names[i]))
              : ((Map<String, Object>) node).get(names[i]);
    }
    Map<String, Object> parent = (Map<String, Object>) node;
    String last = names[names.length - 1];
    if (json == null) {
      parent.remove(last);
    } else {
      parent.put(last, Json.object(utf8("{\"v\":" + json + "}")).get("v"));
    }
  }

  @Test
  void refusesWhatIsThereTwiceTooOftenOrTooLarge() throws Exception {
    for (String name : List.of("data", "actuators", "hosts", "levels")) {
      Map<String, Object> twice = whole();
      List<?> list = (List<?>) twice.get(name);
      twice.put(name, List.of(list.get(0), list.get(0)));
      refused(twice, name + "[1].");
      Map<String, Object> many = whole();
      many.put(name, Collections.nCopies(17, list.get(0)));
      refused(many, name + ": an array of at most 16");
    }
    Map<String, Object> languages = whole();
    Map<String, Object> texts = new TreeMap<>();
    for (char c = 'a'; c <= 'y'; c++) {
      texts.put("a" + c, "x");
    }
    texts.put("en", "x");
    languages.put("place", texts);
    refused(languages, "place.en: texts are there in English, and in at most 24");
    for (String side : List.of(icon(513, 1), icon(1, 513), icon(-1, 1))) {
      Map<String, Object> large = whole();
      large.put("icon", side);
      refused(large, "icon: a PNG of at most");
    }
    Map<String, Object> heavy = whole();
    byte[] png = new byte[17 << 10];
    System.arraycopy(Base64.getDecoder().decode(icon(1, 1)), 0, png, 0, 40);
    heavy.put("icon", Base64.getEncoder().encodeToString(png));
    refused(heavy, "icon: a PNG of at most");
    assertThatThrownBy(() -> ManifestCodec.read(new byte[ManifestCodec.MAX_BYTES + 1]))
        .hasMessageContaining("larger than");
    assertThatThrownBy(() -> ManifestCodec.read(utf8("{\"manifest\":1,\"manifest\":1}")))
        .isInstanceOf(ManifestException.class)
        .hasMessageContaining("twice");
    assertThatThrownBy(() -> ManifestCodec.read(new byte[0])).isInstanceOf(ManifestException.class);
  }

  private static void refused(Map<String, Object> document, String said) {
    assertThatThrownBy(() -> ManifestCodec.read(utf8(Json.canonical(document))))
        .isInstanceOf(ManifestException.class)
        .hasMessageStartingWith(said);
  }

  @Test
  void refusalsDoNotRepeatWhatStrangersWrote() throws Exception {
    Map<String, Object> document = whole();
    document.put("\u001b[31m" + "x".repeat(50_000), 1L);
    assertThatThrownBy(() -> ManifestCodec.read(utf8(Json.canonical(document))))
        .isInstanceOf(ManifestException.class)
        .hasMessage("?: is not known");
  }

  /** Random manifests, their members in random order, with random white space. */
  @Test
  void everyManifestHasOneForm() throws Exception {
    Random random = new Random(4);
    for (int i = 0; i < 500; i++) {
      Map<String, Object> document = random(random);
      String shuffled = shuffled(document, random);
      AppManifest manifest = ManifestCodec.read(utf8(shuffled));
      String form = ManifestCodec.json(manifest);
      assertThat(form).isEqualTo(Json.canonical(document));
      assertThat(ManifestCodec.json(ManifestCodec.read(utf8(form)))).isEqualTo(form);
      assertThat(ManifestCodec.json(ManifestCodec.of(Json.object(utf8(form))))).isEqualTo(form);
    }
  }

  private static Map<String, Object> random(Random random) throws IOException {
    Map<String, Object> document = whole();
    document.put(
        "version", random.nextInt(9) + "." + random.nextInt(1_000_000) + "." + random.nextInt(10));
    document.put("kind", List.of("app", "driver", "policy", "ledger").get(random.nextInt(4)));
    document.put("place", words(random, 300));
    if (random.nextBoolean()) {
      document.remove("place");
    }
    if (random.nextBoolean()) {
      document.remove("icon");
    }
    for (String name : List.of("data", "actuators", "hosts")) {
      if (random.nextInt(3) == 0) {
        document.put(name, List.of());
      }
    }
    Map<String, Object> texts = new TreeMap<>();
    for (String language : words(random, 1).keySet()) {
      texts.put(
          language,
          new TreeMap<>(
              Map.of(
                  "name",
                  text(random, 60),
                  "summary",
                  text(random, 160),
                  "description",
                  text(random, 400) + "\n\u00b7 " + text(random, 400),
                  "changes",
                  random.nextBoolean() ? "" : text(random, 100))));
    }
    document.put("texts", texts);
    List<Object> levels = new ArrayList<>();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      Map<String, Object> level = new TreeMap<>();
      level.put("id", "level-" + i);
      level.put("names", words(random, 40));
      level.put("features", random.nextBoolean() ? List.of() : List.of("a", "b-c"));
      Map<String, Object> limits = new TreeMap<>();
      for (int j = random.nextInt(4); j > 0; j--) {
        limits.put("m" + j, (long) random.nextInt(1_000_000_000));
      }
      level.put("limits", limits);
      level.put("price_micros", (long) random.nextInt(1_000_000_000));
      level.put("currency", random.nextBoolean() ? "EUR" : "CHF");
      level.put("period", "P" + (1 + random.nextInt(12)) + "M");
      level.put("trial", "P" + random.nextInt(91) + "D");
      levels.add(level);
    }
    document.put("levels", levels);
    return document;
  }

  private static Map<String, Object> words(Random random, int max) {
    Map<String, Object> words = new TreeMap<>(Map.of("en", text(random, max)));
    for (String language : List.of("de", "fr", "it", "gsw", "uk")) {
      if (random.nextBoolean()) {
        words.put(language, text(random, max));
      }
    }
    return words;
  }

  private static String text(Random random, int max) {
    String alphabet = "abcXYZ019 .,;:!?\"\\/'<>&{}äß€ñЖ中";
    StringBuilder text = new StringBuilder("x");
    for (int i = random.nextInt(max); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static String shuffled(Object value, Random random) {
    String space = random.nextInt(4) == 0 ? "\n\t " : "";
    if (value instanceof Map<?, ?> map) {
      List<Object> names = new ArrayList<>(map.keySet());
      Collections.shuffle(names, random);
      List<String> members = new ArrayList<>();
      for (Object name : names) {
        members.add(Json.canonical(name) + space + ":" + space + shuffled(map.get(name), random));
      }
      return "{" + space + String.join("," + space, members) + "}";
    }
    if (value instanceof List<?> list) {
      return "[" + String.join(",", list.stream().map(v -> shuffled(v, random)).toList()) + "]";
    }
    return Json.canonical(value);
  }
}
