package org.commonshub.privacy.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.Json;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Unit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermsCodecTest {
  private static final String LEAST = "\"version\":1,\"mode\":\"interval\",\"resolution_s\":900";

  @Test
  void everyTermsSurviveBothForms() throws TermsException {
    RandomTerms random = new RandomTerms(new Random(2));
    for (int i = 0; i < 5_000; i++) {
      Terms terms = random.next();
      String json = TermsCodec.json(terms);
      byte[] cbor = TermsCodec.cbor(terms);
      assertThat(TermsCodec.read(json.getBytes(UTF_8))).isEqualTo(terms);
      assertThat(TermsCodec.read(cbor)).isEqualTo(terms);
      assertThat(TermsCodec.json(TermsCodec.read(cbor))).isEqualTo(json);
    }
  }

  @Test
  void theWholeVocabularyInItsOneForm() throws TermsException {
    String json =
        "{\"cohort\":5,\"delay_s\":60,\"devices\":[\"00000000-0000-8000-8000-000000000001\"],"
            + "\"from\":\"2027-01-01T00:00:00Z\",\"history_s\":86400,\"hosts\":[\"a.example\"],"
            + "\"kinds\":[\"device-states\",\"readings\"],\"mode\":\"aggregate\","
            + "\"noise\":{\"daily_micro_epsilon\":2000000,\"highest\":10000,\"lowest\":-5000,"
            + "\"micro_epsilon\":100000,\"unit\":\"day\"},"
            + "\"policies\":{\"com.example.night\":\"22-6\"},"
            + "\"price\":{\"currency\":\"EUR\",\"days\":30,\"micro_units\":1500000},"
            + "\"pseudonym_rotation_s\":604800,\"purposes\":[\"grid-operation\"],"
            + "\"quantities\":[\"dc.power[2]\",\"power.active\"],\"quantum_milli\":{\"W\":100000},"
            + "\"recipient\":\"app:com.example.coach\",\"resolution_s\":900,"
            + "\"roles\":[\"grid-meter\",\"pv\"],\"until\":\"2028-01-01T00:00:00Z\",\"version\":1}";
    assertThat(TermsCodec.json(TermsCodec.read(json.getBytes(UTF_8)))).isEqualTo(json);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // what is added to, or replaces in, the least document | the field that is named
        "\"version\":2 | version",
        "\"version\":\"1\" | version",
        "\"version\":null | version",
        "\"mode\":\"rough\" | mode",
        "\"mode\":\"RAW\" | mode",
        "\"mode\":1 | mode",
        "\"mode\":[\"raw\"] | mode",
        "\"mode\":\"raw\" | resolution",
        "\"mode\":\"aggregate\" | cohort",
        "\"mode\":\"aggregate\",\"cohort\":2 | cohort",
        "\"mode\":\"aggregate\",\"cohort\":100001 | cohort",
        "\"cohort\":3 | cohort",
        "\"cohort\":-1 | cohort",
        "\"cohort\":4294967296 | cohort",
        "\"resolution_s\":2 | resolution_s",
        "\"resolution_s\":0 | resolution_s",
        "\"resolution_s\":-900 | resolution_s",
        "\"resolution_s\":\"900\" | resolution_s",
        "\"recipient\":\"com.example\" | recipient",
        "\"recipient\":\"APP:com.example\" | recipient",
        "\"recipient\":\"app:\" | recipient",
        "\"recipient\":\"app:a b\" | recipient",
        "\"recipient\":{} | recipient",
        "\"purposes\":[] | purposes",
        "\"purposes\":[\"billing\",\"billing\"] | purposes",
        "\"purposes\":[\"spying\"] | purposes",
        "\"purposes\":\"billing\" | purposes",
        "\"purposes\":[1] | purposes",
        "\"kinds\":[\"all\"] | kinds",
        "\"kinds\":[null] | kinds",
        "\"quantities\":[] | quantities",
        "\"quantities\":[\"\"] | quantities",
        "\"quantities\":[\"Power\"] | quantities",
        "\"quantities\":[\"power.active[]\"] | quantities",
        "\"quantities\":[\"power.active[1000]\"] | quantities",
        "\"devices\":[\"1-1-1-1-1\"] | devices",
        "\"devices\":[\"00000000-0000-8000-8000-00000000000A\"] | devices",
        "\"devices\":[\"00000000-0000-8000-8000-00000000000g\"] | devices",
        "\"roles\":[\"spy\"] | roles",
        "\"delay_s\":-1 | delay",
        "\"delay_s\":31622401 | delay",
        "\"delay_s\":true | delay_s",
        "\"history_s\":316224001 | history",
        "\"history_s\":-1 | history",
        "\"from\":\"2027-01-31\" | from",
        "\"from\":\"2027-01-31T00:00:00.5Z\" | from",
        "\"from\":\"2027-01-31T00:00:00+01:00\" | from",
        "\"from\":\"2027-02-30T00:00:00Z\" | from",
        "\"until\":1801353600 | until",
        "\"until\":\"+10000-01-01T00:00:00Z\" | until",
        "\"from\":\"2027-01-31T00:00:00Z\",\"until\":\"2027-01-31T00:00:00Z\" | until",
        "\"quantum_milli\":{\"kW\":1} | quantum_milli",
        "\"quantum_milli\":{\"W\":0} | quantum",
        "\"quantum_milli\":{\"W\":1000000000001} | quantum",
        "\"quantum_milli\":{\"W\":\"1\"} | W",
        "\"quantum_milli\":[1] | quantum_milli",
        "\"pseudonym_rotation_s\":3599 | pseudonym_rotation",
        "\"pseudonym_rotation_s\":31622401 | pseudonym_rotation",
        "\"hosts\":[\"Example.com\"] | hosts",
        "\"hosts\":[\"a..b\"] | hosts",
        "\"hosts\":[\"https://a.example\"] | hosts",
        "\"hosts\":[\"*\"] | hosts",
        "\"noise\":{} | noise.micro_epsilon",
        "\"noise\":NOISE,\"mode\":\"raw\",\"resolution_s\":1 | noise",
        "\"noise\":{\"micro_epsilon\":1} | noise.unit",
        "\"price\":{\"micro_units\":1,\"currency\":\"eur\",\"days\":1} | price",
        "\"price\":{\"micro_units\":-1,\"currency\":\"EUR\",\"days\":1} | price",
        "\"price\":{\"micro_units\":1,\"currency\":\"EUR\",\"days\":0} | price",
        "\"price\":{\"micro_units\":1,\"currency\":\"EUR\",\"days\":4294967297} | days",
        "\"price\":{\"micro_units\":1,\"currency\":\"EUR\"} | price.days",
        "\"price\":{\"micro_units\":1,\"currency\":\"EUR\",\"days\":1,\"tip\":1} | tip",
        "\"price\":7 | price",
        "\"policies\":{\"Bad\":\"\"} | policies",
        "\"policies\":{\"a\":1} | a",
        "\"policies\":[\"a\"] | policies",
        "\"extra\":1 | extra",
        "\"Mode\":\"raw\" | Mode",
        "\"delay\":1 | delay",
      })
  void aFieldThatCannotBeRefusesTheWhole(String change, String field) {
    String noise =
        "{\"micro_epsilon\":1,\"unit\":\"day\",\"daily_micro_epsilon\":1,\"lowest\":0,\"highest\":1}";
    byte[] document = changed(change.replace("NOISE", noise));
    assertThatThrownBy(() -> TermsCodec.read(document))
        .isInstanceOf(TermsException.class)
        .hasMessageContaining(field)
        .satisfies(e -> assertThat(e.getMessage()).matches("[a-zA-Z0-9_.%/()-]+: .{3,300}"));
  }

  @ParameterizedTest
  @CsvSource({
    "micro_epsilon, 0",
    "micro_epsilon, 10000001",
    "daily_micro_epsilon, 99",
    "daily_micro_epsilon, 10000000001",
    "lowest, 10",
    "lowest, 11",
    "lowest, -1000000001",
    "lowest, -9223372036854775808",
    "highest, 1000000001",
    "highest, 9223372036854775807",
  })
  void noiseThatCannotBeIsRefused(String field, long value) {
    Map<String, Object> noise =
        new TreeMap<>(
            Map.of(
                "micro_epsilon", 100L,
                "unit", "day",
                "daily_micro_epsilon", 1000L,
                "lowest", 0L,
                "highest", 10L));
    Map<String, Object> terms =
        new TreeMap<>(
            Map.of("version", 1L, "mode", "interval", "resolution_s", 900L, "noise", noise));
    assertThat(readable(Cbor.encode(terms))).isTrue();
    noise.put(field, value);
    assertThatThrownBy(() -> TermsCodec.read(Cbor.encode(terms)))
        .isInstanceOf(TermsException.class)
        .hasMessageStartingWith("noise: ");
    for (String name : new ArrayList<>(noise.keySet())) {
      Map<String, Object> without = new TreeMap<>(noise);
      without.remove(name);
      terms.put("noise", without);
      assertThatThrownBy(() -> TermsCodec.read(Cbor.encode(terms)))
          .isInstanceOf(TermsException.class)
          .hasMessage("noise." + name + ": is missing");
    }
  }

  @ParameterizedTest
  @CsvSource({"version", "mode", "resolution_s"})
  void whatMustBeThere(String field) {
    Map<String, Object> terms = TermsCodec.map(Terms.ANY);
    terms.remove(field);
    assertThatThrownBy(() -> TermsCodec.of(terms))
        .isInstanceOf(TermsException.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void bytesThatAreNoDocumentAreRefused() {
    List<byte[]> documents =
        new ArrayList<>(
            List.of(
                new byte[0],
                new byte[TermsCodec.MAX_BYTES + 1],
                "[]".getBytes(UTF_8),
                "1".getBytes(UTF_8),
                "{".getBytes(UTF_8),
                ("{" + LEAST + "}x").getBytes(UTF_8),
                ("{" + LEAST + ",\"mode\":\"interval\"}").getBytes(UTF_8),
                ("{" + LEAST + ",\"delay_s\":1.5}").getBytes(UTF_8),
                ("{" + LEAST + ",\"delay_s\":1e3}").getBytes(UTF_8),
                ("{" + LEAST + ",\"history_s\":9007199254740993}").getBytes(UTF_8),
                new byte[] {(byte) 0xA1, 1, 1},
                new byte[] {(byte) 0xBF, (byte) 0xFF},
                new byte[] {(byte) 0xFF, (byte) 0xFE}));
    byte[] cbor = TermsCodec.cbor(Terms.ANY);
    documents.add(Arrays.copyOf(cbor, cbor.length - 1));
    documents.add(Arrays.copyOf(cbor, cbor.length + 1));
    for (byte[] document : documents) {
      assertThatThrownBy(() -> TermsCodec.read(document)).isInstanceOf(TermsException.class);
    }
  }

  @Test
  void whatAStrangerWroteIsNotRepeated() {
    for (String evil : new String[] {"<script>", "\\u0000\\u001b[2J", "x".repeat(2000)}) {
      for (String change :
          new String[] {
            "\"" + evil + "\":1",
            "\"mode\":\"" + evil + "\"",
            "\"recipient\":\"" + evil + "\"",
            "\"devices\":[\"" + evil + "\"]",
            "\"from\":\"" + evil + "\"",
            "\"quantum_milli\":{\"" + evil + "\":1}",
            "\"quantities\":[\"" + evil + "\"]",
            "\"policies\":{\"" + evil + "\":1}",
            "\"hosts\":[\"" + evil + "\"]"
          }) {
        assertThatThrownBy(() -> TermsCodec.read(changed(change)))
            .isInstanceOf(TermsException.class)
            .satisfies(
                e -> {
                  assertThat(e.getMessage()).hasSizeLessThan(400).matches("[\\x20-\\x7e]+");
                  assertThat(e.getMessage()).doesNotContain("<script>").doesNotContain("xxxxxxxx");
                });
      }
    }
  }

  /** Random documents, and those with something changed in them. */
  @Test
  void schemaAndCodecAgree() throws IOException {
    JsonSchema schema = schema();
    ObjectMapper mapper = new ObjectMapper();
    Random random = new Random(3);
    RandomTerms terms = new RandomTerms(random);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      Map<String, Object> document = TermsCodec.map(terms.next());
      for (int changes = i % 3; changes > 0; changes--) {
        mutate(document, random);
      }
      String json = Json.canonical(document);
      JsonNode node = mapper.readTree(json);
      boolean valid = schema.validate(node).isEmpty();
      try {
        TermsCodec.read(json.getBytes(UTF_8));
        assertThat(valid).as("schema refuses, codec reads %s", json).isTrue();
        accepted++;
      } catch (TermsException e) {
        // What the schema's description says it cannot say.
        boolean beyond =
            List.of(
                    "until: ends before it begins",
                    "noise: the budget of a day is at least one value's epsilon and at most 10000",
                    "noise: values are clipped to a range, lowest below highest, within"
                        + " ±1,000,000,000")
                .contains(e.getMessage());
        assertThat(valid && !beyond).as("schema takes, codec says %s: %s", e, json).isFalse();
        refused++;
      }
    }
    assertThat(accepted).isGreaterThan(5_000);
    assertThat(refused).isGreaterThan(5_000);
  }

  @Test
  void theSchemaNamesWhatTheCodeKnows() throws IOException {
    JsonNode properties = schema().getSchemaNode().get("properties");
    assertThat(words(properties.at("/purposes/items/enum"))).isEqualTo(words(Purpose.values()));
    assertThat(words(properties.at("/kinds/items/enum"))).isEqualTo(words(DataKind.values()));
    assertThat(words(properties.at("/roles/items/enum"))).isEqualTo(words(DeviceRole.values()));
    assertThat(words(properties.at("/mode/enum"))).isEqualTo(words(Mode.values()));
    assertThat(words(properties.at("/noise/properties/unit/enum")))
        .isEqualTo(words(Noise.Unit.values()));
    assertThat(words(properties.at("/quantum_milli/propertyNames/enum")))
        .isEqualTo(Arrays.stream(Unit.values()).map(u -> u.symbol()).toList());
    assertThat(words(properties.at("/resolution_s/enum")))
        .isEqualTo(Arrays.stream(Granularity.values()).map(g -> "" + g.seconds()).toList());
  }

  private static List<String> words(JsonNode list) {
    List<String> words = new ArrayList<>();
    list.forEach(node -> words.add(node.asText()));
    return words;
  }

  private static List<String> words(Enum<?>[] constants) {
    return Arrays.stream(constants).map(TermsCodec::word).toList();
  }

  private static JsonSchema schema() throws IOException {
    try (InputStream in = TermsCodec.class.getResourceAsStream("terms.schema.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
    }
  }

  @SuppressWarnings("unchecked")
  private static void mutate(Map<String, Object> document, Random random) {
    List<String> names = new ArrayList<>(document.keySet());
    String name = names.get(random.nextInt(names.size()));
    Object value = document.get(name);
    switch (random.nextInt(6)) {
      case 0 -> document.remove(name);
      case 1 -> document.put(name, anything(random));
      case 2 -> document.put(name + "x", value);
      case 3 -> {
        if (value instanceof Long number) {
          document.put(
              name, number + List.of(-1L, 1L, 1000L, 1_000_000_000L).get(random.nextInt(4)));
        } else if (value instanceof String text) {
          document.put(name, text + List.of("x", " ", "A", "0", "-").get(random.nextInt(5)));
        }
      }
      case 4 -> {
        if (value instanceof List<?> list) {
          List<Object> longer = new ArrayList<>(list);
          longer.add(list.isEmpty() || random.nextBoolean() ? anything(random) : list.get(0));
          document.put(name, longer);
        }
      }
      default -> {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
          Map<String, Object> inner = new TreeMap<>((Map<String, Object>) map);
          mutate(inner, random);
          document.put(name, inner);
        }
      }
    }
    if (document.isEmpty()) {
      document.put("version", 1L);
    }
  }

  private static Object anything(Random random) {
    List<Object> things = new ArrayList<>();
    things.add(null);
    things.addAll(
        List.of(
            true,
            0L,
            1L,
            -1L,
            3600L,
            1L << 40,
            "",
            "x",
            "interval",
            "2027-01-31T00:00:00Z",
            List.of(),
            List.of("x"),
            List.of("billing", "billing"),
            List.of(1L),
            new TreeMap<>(),
            new TreeMap<>(Map.of("W", 1L)),
            new TreeMap<>(Map.of("a", "b"))));
    return things.get(random.nextInt(things.size()));
  }

  private static byte[] changed(String change) {
    StringBuilder json = new StringBuilder("{").append(change);
    for (String field : LEAST.split(",", -1)) {
      if (!change.contains(field.substring(0, field.indexOf(':') + 1))) {
        json.append(',').append(field);
      }
    }
    return json.append('}').toString().getBytes(UTF_8);
  }

  private static boolean readable(byte[] document) {
    try {
      TermsCodec.read(document);
      return true;
    } catch (TermsException e) {
      return false;
    }
  }
}
