package org.commonshub.measure.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Holds docs/data-structure.md, the JSON Schema, the CDDL and the code together. */
@SuppressWarnings("EnumOrdinal") // the wire format is the order of reasons
class ReleasedStructureTest {
  private static final Path DOCS = docs();

  private static Path docs() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve("docs/data-structure.md"))) {
        return at.resolve("docs");
      }
    }
    throw new IllegalStateException("docs/data-structure.md is missing");
  }

  private static String read(String file) throws IOException {
    return Files.readString(DOCS.resolve(file));
  }

  private static String row(Quantity quantity) {
    return String.format(
        "| %d | `%s` | %s | %s | %s | %s | %s |",
        quantity.key(),
        quantity.name(),
        quantity.unit().symbol(),
        Wire.name(quantity.phase()),
        Wire.name(quantity.nature()),
        Wire.name(quantity.commodity()),
        quantity.obis().orElse(""));
  }

  @Test
  void thePageHasTheCatalogueAsItIs() throws IOException {
    String page = read("data-structure.md");
    String table = page.substring(page.indexOf("## 8."), page.indexOf("## 9."));
    assertThat(table.lines().filter(line -> line.matches("\\| \\d.*")).toList())
        .isEqualTo(Quantity.catalogue().stream().map(ReleasedStructureTest::row).toList());
    for (Gap.Reason reason : Gap.Reason.values()) {
      assertThat(page).contains("| " + reason.ordinal() + " | `" + Wire.name(reason) + "` |");
    }
    for (Unit unit : Unit.values()) {
      assertThat(page).contains("`" + unit.symbol() + "`");
    }
    for (String flag : new Quality(0x1F).names()) {
      assertThat(page)
          .contains(
              "| " + Integer.numberOfTrailingZeros(Quality.flag(flag)) + " | `" + flag + "` |");
    }
    for (int field = 0; field < Wire.RECORD.size(); field++) {
      assertThat(page).contains("| `" + Wire.RECORD.get(field) + "` | " + field + " |");
    }
    assertThat(page).contains("1 MiB", "16,384 records", "65,536 values", "16 levels", "64 digits");
  }

  @Test
  void theExamplesOnThePageAreRead() throws IOException {
    String page = read("data-structure.md");
    Matcher json = Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(page);
    assertThat(json.find()).isTrue();
    String[] records = json.group(1).replace("\n ", " ").trim().split("\n", -1);
    ReadingFrame frame = (ReadingFrame) JsonCodec.decodeRecord(utf8(records[0]));
    Gap gap = (Gap) JsonCodec.decodeRecord(utf8(records[1]));
    assertThat(gap.reason()).isEqualTo(Gap.Reason.UNREACHABLE);
    Matcher hex = Pattern.compile("```\n(a5 .*?)```", Pattern.DOTALL).matcher(page);
    assertThat(hex.find()).isTrue();
    StringBuilder digits = new StringBuilder();
    hex.group(1).lines().forEach(line -> digits.append(line.strip().split(" {3,}", -1)[0]));
    byte[] bytes = HexFormat.of().parseHex(digits.toString().replace(" ", ""));
    ReadingFrame binary = (ReadingFrame) CborCodec.decodeRecord(bytes);
    assertThat(CborCodec.encodeRecord(binary)).isEqualTo(bytes);
    assertThat(binary.device()).isEqualTo(frame.device());
    assertThat(binary.instant()).isEqualTo(frame.instant());
    assertThat(binary.values()).containsAll(frame.values());
    assertThat(binary.value(Quantity.VOLTAGE).orElseThrow().decimalValue())
        .isEqualTo(new BigDecimal("230.1"));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Path of each scalar in a JSON file, in order. */
  private static Map<String, List<String>> scalars(String json) throws IOException {
    Map<String, List<String>> found = new LinkedHashMap<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      JsonToken token;
      while ((token = parser.nextToken()) != null) {
        if (token.isScalarValue()) {
          String path = parser.getParsingContext().pathAsPointer().toString();
          path = path.replaceAll("/\\d+$", "");
          found.computeIfAbsent(path, key -> new ArrayList<>()).add(parser.getText());
        }
      }
    }
    return found;
  }

  private static List<String> names(Enum<?>[] constants) {
    return Arrays.stream(constants).map(Wire::name).toList();
  }

  @Test
  void theSchemaHasTheCatalogueAndTheFieldsAsTheyAre() throws IOException {
    String json = read("schema/commonshub-data-1.schema.json");
    Map<String, List<String>> schema = scalars(json);
    assertThat(schema.get("/$defs/catalogued/enum"))
        .isEqualTo(Quantity.catalogue().stream().map(Quantity::name).toList());
    assertThat(schema.get("/$defs/unit/enum"))
        .isEqualTo(Stream.of(Unit.values()).map(Unit::symbol).toList());
    assertThat(schema.get("/$defs/gap/properties/reason/enum"))
        .isEqualTo(names(Gap.Reason.values()));
    assertThat(schema.get("/$defs/commodity/enum")).isEqualTo(names(Commodity.values()));
    assertThat(schema.get("/$defs/phase/enum")).isEqualTo(names(Phase.values()));
    assertThat(schema.get("/$defs/nature/enum")).isEqualTo(names(Nature.values()));
    for (String field : Wire.RECORD) {
      assertThat(json).contains("\"" + field + "\"");
    }
    for (String field : Wire.VALUE.subList(1, Wire.VALUE.size())) {
      assertThat(json).contains("\"" + field + "\"");
    }
    assertThat(schema.get("/oneOf/0/maxItems")).containsExactly("" + Wire.MAX_RECORDS);
    assertThat(schema.get("/$defs/frame/properties/values/maxItems"))
        .containsExactly("" + ReadingFrame.MAX_VALUES);
  }

  private static Map<String, String> group(String cddl, String name) {
    Matcher group =
        Pattern.compile("(?m)^" + name + " = \\(\n(.*?)\n\\)", Pattern.DOTALL).matcher(cddl);
    assertThat(group.find()).as(name).isTrue();
    Map<String, String> entries = new LinkedHashMap<>();
    group
        .group(1)
        .lines()
        .forEach(
            line -> {
              String[] parts = line.trim().replace(",", "").split(": ", -1);
              entries.put(parts[0], parts[1]);
            });
    return entries;
  }

  @Test
  void theCddlHasTheCatalogueAndTheKeysAsTheyAre() throws IOException {
    String cddl = read("schema/commonshub-data-1.cddl");
    Map<String, String> quantities = new LinkedHashMap<>();
    Quantity.catalogue().forEach(q -> quantities.put(q.name(), "" + q.key()));
    assertThat(group(cddl, "quantities")).isEqualTo(quantities);
    Map<String, String> reasons = new LinkedHashMap<>();
    for (Gap.Reason reason : Gap.Reason.values()) {
      reasons.put(Wire.name(reason), "" + reason.ordinal());
    }
    assertThat(group(cddl, "reasons")).isEqualTo(reasons);
    Map<String, String> flags = new LinkedHashMap<>();
    new Quality(0x1F).names().forEach(flag -> flags.put(flag, "" + Quality.flag(flag)));
    assertThat(group(cddl, "flags")).isEqualTo(flags);
    for (int field = 0; field < Wire.RECORD.size(); field++) {
      String name = Wire.RECORD.get(field).replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      assertThat(cddl).contains("\n" + name + " = " + field + "\n");
    }
    for (int field = 1; field < Wire.VALUE.size(); field++) {
      String name = field == Wire.MANTISSA ? "mantissa" : Wire.VALUE.get(field);
      assertThat(cddl).contains("\nq-" + name + " = " + field + "\n");
    }
    // Every rule that is used is defined.
    String rules = cddl.replaceAll(";.*", "");
    Matcher used = Pattern.compile("(?:=>|[/&\\[*]) ?([a-z][a-z0-9-]*)").matcher(rules);
    while (used.find()) {
      assertThat(rules + " any = int = tstr = bstr =").contains(used.group(1) + " =");
    }
  }

  @Test
  @Timeout(60)
  void whatTheCodecWritesIsValidByTheSchema(@TempDir Path directory) throws Exception {
    List<MeterRecord> records = new ArrayList<>();
    List<Measurement> values = new ArrayList<>();
    for (Quantity quantity : Quantity.catalogue()) {
      values.add(new Measurement(quantity, 12, -1, new Quality(quantity.key() % 64)));
    }
    Instant at = Instant.parse("2026-11-01T10:00:00.120Z");
    records.add(new ReadingFrame(DeviceId.random(), 1, at, 2, 3, values));
    records.add(
        new ReadingFrame(
            DeviceId.HOME,
            0,
            at,
            2,
            3,
            4,
            List.of(
                Measurement.of(
                    Quantity.custom("x-a", Commodity.NONE, Unit.ONE, Phase.L1_L2, Nature.STATE),
                    1,
                    18)),
            Map.of(
                "new",
                true,
                "values",
                Map.of("9999", Map.of("quantity", 9999L, "value", BigDecimal.ONE)))));
    records.add(new Gap(DeviceId.random(), at, at.plusSeconds(1), Gap.Reason.PAUSED));
    Path valid = Files.write(directory.resolve("valid.json"), JsonCodec.encode(records));
    List<String> wrong =
        List.of(
            "[{}]",
            "[{\"device\":\"x\",\"at\":\"2026-11-01T10:00:00Z\",\"sequence\":1,"
                + "\"clockEpoch\":1,\"values\":[]}]",
            new String(JsonCodec.encode(records), StandardCharsets.UTF_8)
                .replace("\"clockEpoch\":3,", ""),
            new String(JsonCodec.encode(records), StandardCharsets.UTF_8)
                .replace("\"sequence\":2", "\"sequence\":2.5"),
            new String(JsonCodec.encode(records), StandardCharsets.UTF_8)
                .replace("\"paused\"", "\"bored\""));
    String script =
        """
        import json, sys
        try:
          from jsonschema import Draft202012Validator as V
        except ImportError:
          print('python3 has no jsonschema (or one before 4.0)')
          sys.exit(77)
        s = json.load(open(sys.argv[1]))
        V.check_schema(s)
        v = V(s)
        v.validate(json.load(open(sys.argv[2])))
        for f in sys.argv[3:]:
          assert not v.is_valid(json.load(open(f))), f
        """;
    List<String> command = new ArrayList<>(List.of("python3", "-c", script));
    command.add(DOCS.resolve("schema/commonshub-data-1.schema.json").toString());
    command.add(valid.toString());
    for (int i = 0; i < wrong.size(); i++) {
      command.add(
          Files.writeString(directory.resolve("wrong" + i + ".json"), wrong.get(i)).toString());
    }
    Path output = directory.resolve("output");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
    } catch (IOException e) {
      System.out.println("skipped: no python3 to check the schema with");
      Assumptions.abort("no python3");
      return;
    }
    assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(output);
    if (process.exitValue() == 77) {
      System.out.println("skipped: " + said);
      Assumptions.abort(said);
    }
    assertThat(process.exitValue()).as(said).isZero();
  }
}
