package org.commonshub.metering.modbus;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Table;
import org.commonshub.metering.modbus.RegisterMap.Control;
import org.commonshub.metering.modbus.RegisterMap.Detect;
import org.commonshub.metering.modbus.RegisterMap.Field;
import org.commonshub.metering.modbus.RegisterMap.Identity;
import org.commonshub.metering.modbus.RegisterMap.Raw;
import org.commonshub.metering.modbus.RegisterMap.Source;
import org.commonshub.metering.modbus.RegisterMap.Type;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads register maps. Whatever is wrong is reported with file, line and key. Bounded: 64 KiB, 500
 * registers, no aliases, no tags that construct anything.
 */
final class RegisterMapReader {
  private static final int MAX_BYTES = 64 * 1024;
  private static final int MAX_REGISTERS = 500;
  private static final Set<String> FACTS = Set.of("maker", "model", "serial", "firmware");
  private static final Map<String, Integer> PREFIXES =
      Map.of("m", -3, "c", -2, "d", -1, "k", 3, "M", 6, "G", 9);

  private final String file;

  private RegisterMapReader(String file) {
    this.file = file;
  }

  /**
   * Reads one map.
   *
   * @param file name for messages; without ending it is the map's id
   * @throws IllegalArgumentException that says file, line, key, value and what was expected
   */
  static RegisterMap read(String file, InputStream yaml) throws IOException {
    byte[] bytes = yaml.readNBytes(MAX_BYTES + 1);
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          file + " is longer than " + MAX_BYTES / 1024 + " KiB, too long for a register map.");
    }
    return new RegisterMapReader(file)
        .read(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
  }

  private RegisterMap read(String yaml) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setAllowRecursiveKeys(false)
            .setMaxAliasesForCollections(0)
            .setCodePointLimit(MAX_BYTES)
            .build();
    Node root;
    try {
      root =
          new Compose(settings)
              .composeString(yaml)
              .orElseThrow(() -> new IllegalArgumentException(file + " is empty."));
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
      throw new IllegalArgumentException(
          file + " line " + line + " is not valid YAML: " + e.getProblem(), e);
    } catch (YamlEngineException | StackOverflowError e) {
      throw new IllegalArgumentException(file + " is not valid YAML: " + e.getMessage(), e);
    }
    Entries map = entries(root, "the file");
    Entries.Defaults defaults =
        new Entries.Defaults(
            map.choice("table", Optional.of("holding"), "holding", "input", "coil", "discrete"),
            map.choice("word_order", Optional.of("big"), "big", "little").equals("little"),
            map.choice("byte_order", Optional.of("big"), "big", "little").equals("little"));
    String maker = map.text("maker");
    List<String> models = map.texts("model");
    DeviceRole role =
        DeviceRole.valueOf(
            map.choice(
                    "role",
                    Optional.empty(),
                    Stream.of(DeviceRole.values())
                        .map(value -> lower(value.name()))
                        .toArray(String[]::new))
                .toUpperCase(Locale.ROOT)
                .replace('-', '_'));
    String source = map.text("source");
    int maxGap = map.integer("max_gap", 0, 0, 124);
    int maxRegisters = map.integer("max_registers", 125, 1, 125);
    List<Field> fields = new ArrayList<>();
    Set<Quantity> seen = new HashSet<>();
    for (Node node : map.list("registers")) {
      Entries entry = entries(node, "a register");
      Field field = entry.field(defaults);
      if (!seen.add(field.quantity())) {
        throw entry.wrong("quantity", field.quantity() + " is already read from another register");
      }
      fields.add(field);
      entry.finish();
    }
    if (fields.isEmpty()) {
      throw map.wrong("registers", "there are none");
    }
    List<Identity> identity = new ArrayList<>();
    for (Node node : map.has("identity") ? map.list("identity") : List.<Node>of()) {
      Entries entry = entries(node, "an identity entry");
      identity.add(
          new Identity(
              entry.source(defaults),
              entry.choice("fact", Optional.empty(), FACTS.toArray(String[]::new))));
      entry.finish();
    }
    List<Detect> detect = new ArrayList<>();
    for (Node node : map.has("detect") ? map.list("detect") : List.<Node>of()) {
      Entries entry = entries(node, "a detect entry");
      detect.add(entry.detect(defaults));
      entry.finish();
    }
    List<Control> controls = new ArrayList<>();
    for (Node node : map.has("actuators") ? map.list("actuators") : List.<Node>of()) {
      Entries entry = entries(node, "an actuator");
      controls.add(entry.control(defaults));
      entry.finish();
    }
    map.finish();
    return new RegisterMap(
        file.replaceFirst("\\.yaml$", ""),
        maker,
        models,
        role,
        source,
        maxGap,
        maxRegisters,
        List.copyOf(fields),
        List.copyOf(identity),
        List.copyOf(detect),
        List.copyOf(controls));
  }

  private static String lower(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private Entries entries(Node node, String what) {
    if (!(node instanceof MappingNode mapping)) {
      throw at(node, what + " should be 'key: value' pairs");
    }
    Map<String, Node> values = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw at(tuple.getKeyNode(), "a key should be a word");
      }
      if (values.put(key.getValue(), tuple.getValueNode()) != null) {
        throw at(key, "the key '" + key.getValue() + "' is there twice");
      }
    }
    return new Entries(node, values);
  }

  private IllegalArgumentException at(Node node, String problem) {
    return new IllegalArgumentException(file + " line " + line(node) + ": " + problem + ".");
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  /** Keys and values of one mapping; every key must be asked for before {@link #finish}. */
  private final class Entries {
    private final Node whole;
    private final Map<String, Node> values;
    private final Set<String> known = new HashSet<>();

    Entries(Node whole, Map<String, Node> values) {
      this.whole = whole;
      this.values = values;
    }

    /** Values of a register that it does not give itself. */
    record Defaults(String table, boolean lowWordFirst, boolean lowByteFirst) {}

    IllegalArgumentException wrong(String key, String problem) {
      Node node = values.getOrDefault(key, whole);
      return new IllegalArgumentException(
          file + " line " + line(node) + ", key '" + key + "': " + problem + ".");
    }

    boolean has(String key) {
      known.add(key);
      return values.containsKey(key);
    }

    Node node(String key) {
      if (!has(key)) {
        throw wrong(key, "is missing");
      }
      return values.get(key);
    }

    void finish() {
      for (String key : values.keySet()) {
        if (!known.contains(key)) {
          throw wrong(key, "is not known; expected one of " + known.stream().sorted().toList());
        }
      }
    }

    String text(String key) {
      if (node(key) instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
        return scalar.getValue().strip();
      }
      throw wrong(key, "should be a text");
    }

    List<String> texts(String key) {
      if (!(node(key) instanceof SequenceNode)) {
        return List.of(text(key));
      }
      List<String> texts = new ArrayList<>();
      for (Node item : list(key)) {
        if (!(item instanceof ScalarNode scalar)) {
          throw wrong(key, "should be a list of texts");
        }
        texts.add(scalar.getValue().strip());
      }
      return List.copyOf(texts);
    }

    List<Node> list(String key) {
      if (!(node(key) instanceof SequenceNode sequence)) {
        throw wrong(key, "should be a list");
      }
      if (sequence.getValue().size() > MAX_REGISTERS) {
        throw wrong(key, "has more than " + MAX_REGISTERS + " entries");
      }
      return sequence.getValue();
    }

    String choice(String key, Optional<String> otherwise, String... choices) {
      if (!has(key) && otherwise.isPresent()) {
        return otherwise.get();
      }
      String value = text(key);
      if (!List.of(choices).contains(value)) {
        throw wrong(
            key,
            "'"
                + value
                + "' is not one of "
                + Stream.of(choices).collect(Collectors.joining(", ")));
      }
      return value;
    }

    int integer(String key, int otherwise, int min, int max) {
      if (!has(key)) {
        return otherwise;
      }
      BigInteger value = number(key, text(key));
      if (value.compareTo(BigInteger.valueOf(min)) < 0
          || value.compareTo(BigInteger.valueOf(max)) > 0) {
        throw wrong(key, value + " is not a number from " + min + " to " + max);
      }
      return value.intValueExact();
    }

    private BigInteger number(String key, String text) {
      try {
        return text.startsWith("0x") ? new BigInteger(text.substring(2), 16) : new BigInteger(text);
      } catch (NumberFormatException e) {
        throw wrong(key, "'" + text + "' is not a whole number such as 52 or 0x0034");
      }
    }

    private BigDecimal decimal(String key, String text) {
      try {
        BigDecimal value = new BigDecimal(text);
        if (value.precision() <= 18 && Math.abs(value.scale()) <= 18) {
          return value;
        }
      } catch (NumberFormatException e) {
        // falls through to the same sentence
      }
      throw wrong(key, "'" + text + "' is not a number such as 0.1");
    }

    Source source(Defaults defaults) {
      Table table =
          switch (choice(
              "table", Optional.of(defaults.table()), "holding", "input", "coil", "discrete")) {
            case "input" -> Table.INPUT_REGISTERS;
            case "coil" -> Table.COILS;
            case "discrete" -> Table.DISCRETE_INPUTS;
            default -> Table.HOLDING_REGISTERS;
          };
      if (!has("address")) {
        throw wrong("address", "is missing");
      }
      int address = integer("address", 0, 0, 65535);
      Type type =
          Type.valueOf(
              choice(
                      "type",
                      Optional.empty(),
                      Stream.of(Type.values())
                          .map(value -> lower(value.name()))
                          .toArray(String[]::new))
                  .toUpperCase(Locale.ROOT));
      boolean bits = table == Table.COILS || table == Table.DISCRETE_INPUTS;
      if (bits != (type == Type.BIT)) {
        throw wrong("type", "coils and discrete inputs have type bit, registers have not");
      }
      int words = type.words();
      if (type == Type.STRING) {
        if (!has("length")) {
          throw wrong("length", "is missing: the number of registers of the string");
        }
        words = integer("length", 0, 1, 32);
      }
      if (address + words > 65536) {
        throw wrong("address", "the value would end after address 65535");
      }
      String wordOrder = defaults.lowWordFirst() ? "little" : "big";
      String byteOrder = defaults.lowByteFirst() ? "little" : "big";
      return new Source(
          new Range(table, address, words),
          type,
          choice("word_order", Optional.of(wordOrder), "big", "little").equals("little"),
          choice("byte_order", Optional.of(byteOrder), "big", "little").equals("little"));
    }

    private BigDecimal[] ends(String key) {
      List<String> ends = texts(key);
      if (ends.size() != 2) {
        throw wrong(key, "should be [least, greatest]");
      }
      BigDecimal min = decimal(key, ends.get(0));
      BigDecimal max = decimal(key, ends.get(1));
      if (min.compareTo(max) >= 0) {
        throw wrong(key, "should be [least, greatest]");
      }
      return new BigDecimal[] {min, max};
    }

    Detect detect(Defaults defaults) {
      Source source = source(defaults);
      if (has("equals")) {
        return new Detect(source, texts("equals"), BigDecimal.ZERO, BigDecimal.ZERO);
      }
      if (!source.type().number()) {
        throw wrong("equals", "is missing: the texts it may be");
      }
      node("between");
      BigDecimal[] ends = ends("between");
      return new Detect(source, List.of(), ends[0], ends[1]);
    }

    Field field(Defaults defaults) {
      Source source = source(defaults);
      if (!source.type().number()) {
        throw wrong("type", "a string is an identity, not a register");
      }
      String name = text("quantity");
      String unitText = has("unit") ? text("unit") : "1";
      Quantity quantity = quantity(name, unitText);
      int exponent = exponent(unitText, quantity);
      BigDecimal scale =
          (has("scale") ? decimal("scale", text("scale")) : BigDecimal.ONE)
              .scaleByPowerOfTen(exponent);
      if (scale.signum() <= 0) {
        throw wrong("scale", "should be greater than 0; use 'sign: turned' to turn the sign");
      }
      if (choice("sign", Optional.of("passive"), "passive", "turned").equals("turned")) {
        scale = scale.negate();
      }
      long mask = 0;
      if (has("mask")) {
        BigInteger value = number("mask", text("mask"));
        if (value.signum() <= 0
            || value.bitLength() > 16 * source.type().words()
            || source.type() == Type.F32
            || source.type() == Type.F64) {
          throw wrong("mask", "should be bits of an integer register, such as 0x00FF");
        }
        mask = value.longValue();
      }
      List<Long> missing = new ArrayList<>();
      for (String text : has("missing") ? texts("missing") : List.<String>of()) {
        BigInteger value = number("missing", text);
        if (value.signum() < 0 || value.bitLength() > 16 * source.type().words()) {
          throw wrong("missing", text + " should be the raw value, such as 0x8000");
        }
        missing.add(value.longValue());
      }
      Optional<BigDecimal> min = Optional.empty();
      Optional<BigDecimal> max = Optional.empty();
      if (has("valid")) {
        BigDecimal[] ends = ends("valid");
        min = Optional.of(ends[0]);
        max = Optional.of(ends[1]);
      }
      int decimals = integer("decimals", -1, 0, 9);
      Optional<Source> minus =
          has("minus")
              ? Optional.of(
                  new Source(
                      new Range(
                          source.range().table(),
                          integer("minus", 0, 0, 65536 - source.range().count()),
                          source.range().count()),
                      source.type(),
                      source.lowWordFirst(),
                      source.lowByteFirst()))
              : Optional.empty();
      return new Field(
          source, minus, quantity, mask, scale, decimals, List.copyOf(missing), min, max);
    }

    Control control(Defaults defaults) {
      Source source = source(defaults);
      if (!source.type().number()
          || source.range().table() == Table.INPUT_REGISTERS
          || source.range().table() == Table.DISCRETE_INPUTS) {
        throw wrong("address", "only numbers in coils and holding registers can be written");
      }
      BigDecimal scale = has("scale") ? decimal("scale", text("scale")) : BigDecimal.ONE;
      if (scale.signum() <= 0) {
        throw wrong("scale", "should be greater than 0; use 'sign: turned' to turn the sign");
      }
      if (choice("sign", Optional.of("passive"), "passive", "turned").equals("turned")) {
        scale = scale.negate();
      }
      Map<BigDecimal, String> choices = new LinkedHashMap<>();
      for (String text : has("choices") ? texts("choices") : List.<String>of()) {
        String[] parts = text.split("=", 2);
        if (parts.length < 2) {
          throw wrong("choices", "each is 'value = label', such as '1 = On'");
        }
        choices.put(decimal("choices", parts[0].strip()), parts[1].strip());
      }
      BigDecimal[] range =
          choices.isEmpty()
              ? ends("range")
              : new BigDecimal[] {
                Collections.min(choices.keySet()), Collections.max(choices.keySet())
              };
      Control control;
      try {
        control =
            new Control(
                new Actuator(
                    text("id"),
                    text("title"),
                    text("description"),
                    has("unit") ? text("unit") : "",
                    range[0],
                    range[1],
                    has("step") ? decimal("step", text("step")) : BigDecimal.ZERO,
                    choices,
                    text("rest"),
                    has("watchdog_s")
                        ? Optional.of(Duration.ofSeconds(integer("watchdog_s", 0, 2, 86_400)))
                        : Optional.empty()),
                source,
                scale,
                choice("function", Optional.of("several"), "single", "several").equals("single"),
                has("release")
                    ? Optional.of(decimal("release", text("release")))
                    : Optional.empty(),
                raws("before", defaults),
                raws("after", defaults));
        for (BigDecimal value : range) {
          RegisterMapSession.words(control, value);
        }
        control.release().ifPresent(value -> RegisterMapSession.words(control, value));
      } catch (IllegalArgumentException e) {
        throw wrong("id", e.getMessage());
      } catch (ArithmeticException e) {
        throw wrong("range", "the register cannot hold it: " + e.getMessage());
      }
      if (control.release().isEmpty() && control.after().isEmpty()) {
        throw wrong("release", "is missing: the value that hands the device back, or 'after'");
      }
      return control;
    }

    private List<Raw> raws(String key, Defaults defaults) {
      List<Raw> raws = new ArrayList<>();
      for (Node node : has(key) ? list(key) : List.<Node>of()) {
        Entries entry = entries(node, "an entry of " + key);
        Source source = entry.source(defaults);
        BigDecimal value = entry.decimal("raw", entry.text("raw"));
        try {
          Codec.words(source, value);
        } catch (ArithmeticException e) {
          throw entry.wrong("raw", "the register cannot hold it: " + e.getMessage());
        }
        raws.add(new Raw(source, value));
        entry.finish();
      }
      return List.copyOf(raws);
    }

    private Quantity quantity(String name, String unitText) {
      String plain = name.replaceFirst("\\[\\d+]$", "");
      Quantity quantity;
      if (plain.startsWith("x-")) {
        Nature nature =
            Nature.valueOf(
                choice("nature", Optional.of("instantaneous"), "instantaneous", "register", "state")
                    .toUpperCase(Locale.ROOT));
        try {
          quantity = Quantity.custom(plain, Commodity.NONE, unit(unitText), Phase.TOTAL, nature);
        } catch (IllegalArgumentException e) {
          throw wrong("quantity", e.getMessage());
        }
      } else {
        quantity =
            Quantity.byName(plain)
                .orElseThrow(
                    () ->
                        wrong(
                            "quantity",
                            "'" + plain + "' is not in the catalogue (docs/data-structure.md)"));
      }
      if (plain.equals(name)) {
        return quantity;
      }
      try {
        return quantity.channel(
            Integer.parseInt(name.substring(plain.length() + 1, name.length() - 1)));
      } catch (IllegalArgumentException e) {
        throw wrong("quantity", "the channel is 0 to 255");
      }
    }

    private Unit unit(String text) {
      for (Unit unit : Unit.values()) {
        if (unit.symbol().equals(text)) {
          return unit;
        }
      }
      throw wrong("unit", "'" + text + "' is not a unit of the catalogue such as W, kWh, mA, %, 1");
    }

    /** Power of ten from the unit of the datasheet to that of the quantity. */
    private int exponent(String text, Quantity quantity) {
      String symbol = quantity.unit().symbol();
      if (text.equals("°C") && symbol.equals("Cel")) {
        return 0;
      }
      if (text.equals(symbol)) {
        return 0;
      }
      Integer exponent =
          text.endsWith(symbol)
              ? PREFIXES.get(text.substring(0, text.length() - symbol.length()))
              : null;
      if (exponent == null) {
        throw wrong(
            "unit", "'" + text + "' does not measure " + quantity + ", which is in " + symbol);
      }
      return exponent;
    }
  }
}
