package org.commonshub.metering.mapping.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Quantity;

/**
 * What the components of a Shelly say about energy: Gen2 and later ({@code switch:0}, {@code em:0}
 * …, as in {@code Shelly.GetStatus} and on MQTT; Shelly API documentation, "Components and
 * services"), and {@code /status} of Gen1. Quantities of components: {@code shelly-components.txt}.
 */
public final class ShellyStatus {
  private static final Mapping COMPONENTS = load("shelly-components.txt");
  private static final Pattern KEY = Pattern.compile("([a-z0-9]{1,16}):(\\d{1,3})");

  /** What measures best comes first; switches without a meter say no power. */
  private static final List<String> RANKS =
      List.of("em", "em1", "pm1", "switch", "cover", "light", "cct", "rgb", "rgbw", "rgbcct");

  private ShellyStatus() {}

  static Mapping load(String resource) {
    try (InputStream in = ShellyStatus.class.getResourceAsStream(resource)) {
      return Mapping.parse(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), Mapping.Inputs.PATH);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Type of a component, {@code switch} of {@code switch:0}; empty if it is none. */
  public static String type(String key) {
    Matcher matcher = KEY.matcher(key);
    return matcher.matches() ? matcher.group(1) : "";
  }

  /** Number of a component, 0 of {@code switch:0}; 0 if it is none. */
  public static int number(String key) {
    Matcher matcher = KEY.matcher(key);
    return matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
  }

  /** The component that keeps the registers of another: {@code emdata:0} of {@code em:0}. */
  public static String registers(String key) {
    String type = type(key);
    return type.equals("em") || type.equals("em1") ? type + "data:" + number(key) : key;
  }

  /** Components with a meter in a whole status, the best first. */
  public static List<String> metering(JsonValue status) {
    return status.members().keySet().stream()
        .filter(key -> RANKS.contains(type(key)))
        .filter(key -> !values(key, status.get(key)).list().isEmpty())
        .filter(key -> measures(status.get(key)))
        .sorted(
            Comparator.comparing((String key) -> RANKS.indexOf(type(key)))
                .thenComparing(ShellyStatus::number))
        .toList();
  }

  private static boolean measures(JsonValue component) {
    return component.members().keySet().stream()
        .anyMatch(name -> name.endsWith("apower") || name.endsWith("act_power"));
  }

  /** Values of one component by its key; none if it is of a kind that measures nothing. */
  public static Measurements values(String key, JsonValue component) {
    Measurements values = new Measurements();
    COMPONENTS.of(type(key)).forEach(line -> line.take(component, values));
    return values;
  }

  /** Values of a component and of the one that keeps its registers. */
  public static Measurements withRegisters(String key, JsonValue status) {
    Measurements values = values(key, status.get(key));
    String registers = registers(key);
    return registers.equals(key)
        ? values
        : values.addAll(values(registers, status.get(registers)).list());
  }

  /** Meters in {@code /status} of a Gen1 device: {@code emeter:0}, {@code meter:1}. */
  public static List<String> meteringGen1(JsonValue status) {
    return List.of("emeter", "meter").stream()
        .flatMap(
            type ->
                java.util.stream.IntStream.range(
                        0, Math.min(16, status.get(type + "s").items().size()))
                    .mapToObj(i -> type + ":" + i))
        .toList();
  }

  /**
   * Values of {@code /status} of a Gen1 device.
   *
   * @param key {@code emeter:0}, {@code meter:1}; {@code emeters} for the three phases of a 3EM
   */
  public static Measurements valuesGen1(String key, JsonValue status) {
    Measurements values = new Measurements();
    if (!key.equals("emeters")) {
      JsonValue meter = status.get(type(key) + "s").at(number(key));
      if (meter.get("is_valid").flag().orElse(true)) {
        COMPONENTS.of("gen1-" + type(key)).forEach(line -> line.take(meter, values));
      }
      return values;
    }
    List<JsonValue> phases = status.get("emeters").items();
    BigDecimal imported = BigDecimal.ZERO;
    BigDecimal exported = BigDecimal.ZERO;
    boolean whole = phases.size() == 3;
    for (int i = 0; i < phases.size() && i < 3; i++) {
      JsonValue phase = phases.get(i);
      if (!phase.get("is_valid").flag().orElse(true)) {
        whole = false;
        continue;
      }
      COMPONENTS.of("gen1-l" + (i + 1)).forEach(line -> line.take(phase, values));
      imported = imported.add(phase.get("total").number().orElse(BigDecimal.ZERO));
      exported = exported.add(phase.get("total_returned").number().orElse(BigDecimal.ZERO));
      whole &= phase.get("total").number().isPresent();
    }
    if (whole) {
      values.add(Quantity.ACTIVE_POWER, status.get("total_power"), "W");
      values.add(Quantity.ENERGY_IMPORT, imported, "Wh");
      values.add(Quantity.ENERGY_EXPORT, exported, "Wh");
    }
    return values;
  }
}
