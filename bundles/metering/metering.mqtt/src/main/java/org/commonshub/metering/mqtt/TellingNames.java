package org.commonshub.metering.mqtt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.mapping.api.Units;

/**
 * Names that say what they name and in which unit: {@code active_power_W}, {@code energy_kWh},
 * {@code voltageL1_V}. A unit is never guessed: {@code power} alone means nothing here.
 */
final class TellingNames {
  /**
   * What a name says.
   *
   * @param quantity quantity
   * @param unit unit
   */
  record Told(Quantity quantity, String unit) {}

  private TellingNames() {}

  /** What a name says, if it says it all. */
  static Optional<Told> of(String name) {
    if (name.length() > 64) {
      return Optional.empty();
    }
    int last =
        Math.max(name.lastIndexOf('_'), Math.max(name.lastIndexOf(' '), name.lastIndexOf('-')));
    if (last < 1) {
      return Optional.empty();
    }
    String unit = name.substring(last + 1);
    Words words = Words.of(name.substring(0, last));
    return Units.base(unit)
        .flatMap(base -> quantity(base, words))
        .map(quantity -> new Told(quantity, unit));
  }

  private static Optional<Quantity> quantity(Unit base, Words words) {
    if (words.periodic() || words.statistic()) {
      return Optional.empty();
    }
    return switch (base) {
      case WATT -> when(words.has("power"), words.phase(Quantities.POWER));
      case VAR -> when(words.has("power"), words.phase(Quantities.REACTIVE));
      case VOLT_AMPERE -> when(words.has("power"), words.phase(Quantities.APPARENT));
      case VOLT ->
          when(words.has("voltage") && !words.has("battery"), words.phase(Quantities.VOLTAGE));
      case AMPERE -> when(words.has("current"), words.phase(Quantities.CURRENT));
      case HERTZ -> when(words.has("frequency"), Quantity.FREQUENCY);
      case WATT_HOUR ->
          words.has("heat")
              ? Optional.of(Quantity.HEAT_ENERGY)
              : when(
                  words.has("energy"),
                  words.phase(words.exported() ? Quantities.EXPORT : Quantities.IMPORT));
      case CUBIC_METRE ->
          words.has("gas")
              ? Optional.of(Quantity.GAS_VOLUME)
              : when(words.has("water") || words.has("volume"), Quantity.WATER_VOLUME);
      case CELSIUS -> when(words.has("temperature"), Quantity.TEMPERATURE);
      case PERCENT -> when(words.has("battery"), Quantity.BATTERY_SOC);
      default -> Optional.empty();
    };
  }

  private static Optional<Quantity> when(boolean holds, Quantity quantity) {
    return holds ? Optional.of(quantity) : Optional.empty();
  }

  /** Words of a name, in lower case. */
  static final class Words {
    private static final List<String> PERIODS =
        List.of(
            "today",
            "daily",
            "day",
            "yesterday",
            "week",
            "weekly",
            "month",
            "monthly",
            "year",
            "yearly",
            "annual",
            "hour",
            "hourly",
            "session",
            "period",
            "last",
            "previous",
            "yieldday",
            "tomorrow",
            "cost",
            "price");
    private static final List<String> STATISTICS =
        List.of(
            "max",
            "maximum",
            "min",
            "minimum",
            "peak",
            "avg",
            "average",
            "mean",
            "limit",
            "rated",
            "nominal",
            "setpoint",
            "target",
            "forecast",
            "predicted",
            "estimated",
            "demand",
            "threshold",
            "capacity");
    private static final List<String> EXPORTS =
        List.of(
            "export",
            "exported",
            "exporting",
            "returned",
            "return",
            "ret",
            "feedin",
            "feed",
            "injected",
            "injection",
            "sold",
            "produced",
            "production",
            "reverse",
            "negative",
            "einspeisung",
            "discharged",
            "discharge");

    private final List<String> words;

    private Words(List<String> words) {
      this.words = words;
    }

    /** Cuts where a letter's case rises, and at what is neither letter nor digit. */
    static Words of(String text) {
      List<String> words = new ArrayList<>();
      StringBuilder word = new StringBuilder();
      char before = ' ';
      for (char c : text.toCharArray()) {
        boolean part = Character.isLetterOrDigit(c);
        if (!part || Character.isUpperCase(c) && Character.isLowerCase(before)) {
          if (!word.isEmpty()) {
            words.add(word.toString().toLowerCase(Locale.ROOT));
            word.setLength(0);
          }
        }
        if (part) {
          word.append(c);
        }
        before = c;
      }
      if (!word.isEmpty()) {
        words.add(word.toString().toLowerCase(Locale.ROOT));
      }
      return new Words(List.copyOf(words));
    }

    boolean has(String word) {
      return words.contains(word);
    }

    boolean periodic() {
      return words.stream().anyMatch(PERIODS::contains);
    }

    boolean statistic() {
      return words.stream().anyMatch(STATISTICS::contains);
    }

    boolean exported() {
      return words.stream().anyMatch(EXPORTS::contains);
    }

    boolean direct() {
      return has("dc")
          || words.stream()
              .anyMatch(word -> word.endsWith("dc") || word.matches("(pv|mppt|string)\\d"));
    }

    /** 1 to 3, or 0. */
    int phase() {
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        if (word.matches("(.*[^a-z])?l[123]")) {
          return word.charAt(word.length() - 1) - '0';
        }
        if ((word.equals("phase") || word.equals("line")) && i + 1 < words.size()) {
          int at = "123abc".indexOf(words.get(i + 1));
          if (words.get(i + 1).length() == 1 && at >= 0) {
            return at % 3 + 1;
          }
        }
        if (word.matches("phase[123abc]")) {
          return "123abc".indexOf(word.charAt(5)) % 3 + 1;
        }
      }
      return 0;
    }

    /** 1 to 4, or 0. */
    int tariff() {
      for (int i = 0; i < words.size(); i++) {
        String word = words.get(i);
        if (word.matches("(t|tariff|rate)[1-4]")) {
          return word.charAt(word.length() - 1) - '0';
        }
        if ((word.equals("tariff") || word.equals("rate"))
            && i + 1 < words.size()
            && words.get(i + 1).matches("[1-4]")) {
          return words.get(i + 1).charAt(0) - '0';
        }
      }
      return 0;
    }

    /** The quantity of the phase that is named, or of all. */
    Quantity phase(List<Quantity> quantities) {
      return quantities.get(phase());
    }

    @Override
    public String toString() {
      return String.join(" ", words);
    }
  }
}
