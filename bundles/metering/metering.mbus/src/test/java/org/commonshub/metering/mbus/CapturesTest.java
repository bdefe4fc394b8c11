package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** Frames of real meters against the values that another implementation finds in them. */
class CapturesTest {
  /**
   * Frames where the standard asks for another value than the other implementation prints, with the
   * reason. They count as not agreeing.
   */
  private static final Map<String, String> KNOWN_DIFFERENCES =
      Map.of(
          "landis+gyr_ultraheat_t230",
          "records 19 to 22 carry VIFE 6F (\"date of\"), so they are dates and not powers and"
              + " temperatures; year 127 of record 32 means every year and not 2027");

  private static final Map<String, DataRecord.Function> FUNCTIONS =
      Map.of(
          "Instantaneous value", DataRecord.Function.INSTANTANEOUS,
          "Maximum value", DataRecord.Function.MAXIMUM,
          "Minimum value", DataRecord.Function.MINIMUM,
          "Value during error state", DataRecord.Function.ERROR);

  private static Path folder() {
    Path here = Path.of("").toAbsolutePath();
    for (Path path = here; path != null; path = path.getParent()) {
      if (Files.exists(path.resolve("CONTRIBUTING.md"))) {
        return path.resolve("../shared/data/mbus").normalize();
      }
    }
    return here.resolve("nowhere");
  }

  @Test
  void framesOfRealMeters() throws Exception {
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      System.out.println("SKIPPED: there are no captures at " + folder);
    }
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "captures of M-Bus meters are not on this machine");
    Map<String, String> differences = new TreeMap<>();
    int frames = 0;
    List<Path> files;
    try (Stream<Path> listed = Files.list(folder)) {
      files = listed.filter(path -> path.toString().endsWith(".hex")).sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString().replace(".hex", "");
      frames++;
      Optional<String> difference = difference(folder, name);
      difference.ifPresent(text -> differences.put(name, text));
    }
    double share = 100.0 * (frames - differences.size()) / frames;
    System.out.printf(
        "M-Bus captures: %d of %d agree (%.1f %%)%n", frames - differences.size(), frames, share);
    differences.forEach(
        (name, text) ->
            System.out.println(
                "  " + name + ": " + text + " — " + KNOWN_DIFFERENCES.getOrDefault(name, "?")));
    assertThat(share).as("percent that agree").isGreaterThanOrEqualTo(95);
    assertThat(KNOWN_DIFFERENCES.keySet()).containsAll(differences.keySet());
  }

  private static Optional<String> difference(Path folder, String name) throws Exception {
    byte[] bytes =
        HexFormat.of()
            .parseHex(Files.readString(folder.resolve(name + ".hex")).replaceAll("\\s", ""));
    Element xml = xml(folder.resolve(name + ".norm.xml"));
    Telegram telegram;
    try {
      LinkFrame frame = LinkFrame.parse(bytes);
      assertThat(frame.response()).isTrue();
      telegram =
          Application.decode(frame.data(), false, null, null, OptionalLong.empty(), new Formats())
              .orElseThrow();
    } catch (MalformedFrame e) {
      return Optional.of("refused: " + e.getMessage());
    }
    if (telegram.body().remark().isPresent()) {
      return telegram.body().remark();
    }
    Header header = telegram.header().orElseThrow();
    Element slave = (Element) xml.getElementsByTagName("SlaveInformation").item(0);
    if (!header.meter().id().replaceFirst("^0+(?=.)", "").equals(text(slave, "Id"))) {
      return Optional.of("identification number " + header.meter().id());
    }
    String maker = text(slave, "Manufacturer");
    if (maker != null && !maker.equals(header.meter().manufacturer())) {
      return Optional.of("manufacturer " + header.meter().manufacturer());
    }
    if (header.access() != Integer.parseInt(text(slave, "AccessNumber"))) {
      return Optional.of("access number " + header.access());
    }
    NodeList expected = xml.getElementsByTagName("DataRecord");
    List<DataRecord> records = telegram.records();
    List<String> wrong = new ArrayList<>();
    int at = 0;
    for (int i = 0; i < expected.getLength(); i++) {
      Element record = (Element) expected.item(i);
      String function = text(record, "Function");
      if (function != null && function.startsWith("M") && function.contains("anufacturer")) {
        String data = text(record, "Value").replace(" ", "").toLowerCase(java.util.Locale.ROOT);
        if (!data.equals(Octets.hex(telegram.body().manufacturerData()))) {
          wrong.add("manufacturer's data " + data);
        }
        continue;
      }
      if (function != null && function.contains("More")) {
        continue;
      }
      if (at >= records.size()) {
        wrong.add("record " + i + " is missing");
        break;
      }
      DataRecord found = records.get(at++);
      String value = text(record, "Value");
      if (function != null
          && FUNCTIONS.containsKey(function)
          && FUNCTIONS.get(function) != found.function()) {
        wrong.add(i + ": function " + found.function());
      }
      if (!number(record, "StorageNumber", 0).equals(found.storage())
          || !number(record, "Tariff", 0).equals((long) found.tariff())
          || !number(record, "Device", 0).equals((long) found.subunit())) {
        wrong.add(i + ": storage, tariff or subunit");
      }
      if (!same(found, value, text(record, "Unit"))) {
        wrong.add(
            i
                + ": "
                + found.meaning()
                + " "
                + found.value()
                + " "
                + found.unit()
                + ", not "
                + value
                + " "
                + text(record, "Unit")
                + " "
                + text(record, "Quantity"));
      }
    }
    if (at < records.size()) {
      wrong.add(records.size() - at + " records too many");
    }
    return wrong.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", wrong));
  }

  private static boolean same(DataRecord found, String value, String unit) {
    if (found.number().isPresent()) {
      BigDecimal number = found.number().get();
      BigDecimal expected;
      try {
        expected = new BigDecimal(value.strip());
      } catch (NumberFormatException e) {
        return false;
      }
      if (unit != null && unit.equals("l")) {
        expected = expected.movePointLeft(3);
      } else if (unit != null && unit.equals("kWh")) {
        expected = expected.movePointRight(3);
      }
      BigDecimal distance = number.subtract(expected).abs();
      return distance.doubleValue() <= 5.1e-7 + 1e-7 * Math.abs(expected.doubleValue());
    }
    if (found.time().isPresent() && !found.time().get().valid()) {
      return value.startsWith("1900-01-00"); // How the other says "invalid".
    }
    String shown = value == null ? "" : value.strip().replaceFirst("Z$", "");
    return found.value().strip().equals(shown);
  }

  private static Long number(Element record, String tag, long otherwise) {
    String text = text(record, tag);
    return text == null ? Long.valueOf(otherwise) : Long.valueOf(text.strip());
  }

  private static String text(Element parent, String tag) {
    Node node = parent.getElementsByTagName(tag).item(0);
    return node == null ? null : node.getTextContent();
  }

  private static Element xml(Path file) throws Exception {
    // Declared as Latin-1, written in UTF-8.
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(
                new ByteArrayInputStream(
                    text.replace("ISO-8859-1", "UTF-8").getBytes(StandardCharsets.UTF_8)));
    return document.getDocumentElement();
  }
}
