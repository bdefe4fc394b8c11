package org.example.sunny.coach;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Something to run when the sun shines.
 *
 * @param id unique
 * @param name what the person calls it; empty for those that the app came with
 * @param wattHours of a run
 * @param hours of a run; the energy is taken to be spread evenly
 */
record Appliance(String id, String name, int wattHours, int hours) {
  static final int MAX_HOURS = 12;
  static final int MAX_WATT_HOURS = 50_000;

  /** At the beginning. */
  static final List<Appliance> DEFAULTS =
      List.of(
          new Appliance("dishwasher", "", 1000, 2),
          new Appliance("washing", "", 900, 2),
          new Appliance("dryer", "", 1800, 2));

  Appliance {
    if (hours < 1
        || hours > MAX_HOURS
        || wattHours < 1
        || wattHours > MAX_WATT_HOURS
        || name.length() > 40
        || name.codePoints().anyMatch(Appliance::hidden)) {
      throw new IllegalArgumentException("an appliance is out of range");
    }
  }

  private static boolean hidden(int point) {
    return Character.isISOControl(point) || Character.getType(point) == Character.FORMAT;
  }

  String name(Locale locale) {
    return switch (name.isEmpty() ? id : "") {
      case "dishwasher" -> Say.DISHWASHER.in(locale);
      case "washing" -> Say.WASHING.in(locale);
      case "dryer" -> Say.DRYER.in(locale);
      default -> name.isEmpty() ? id : name;
    };
  }

  /**
   * Of what a form sent.
   *
   * @throws IllegalArgumentException if something is out of range
   */
  static Appliance of(String id, Map<String, String> values) {
    String name = values.getOrDefault("name", "").strip();
    if (name.isEmpty()) {
      throw new IllegalArgumentException("an appliance has a name");
    }
    try {
      return new Appliance(
          id,
          name,
          new BigDecimal(values.getOrDefault("energy", "")).movePointRight(3).intValueExact(),
          new BigDecimal(values.getOrDefault("hours", "")).intValueExact());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("whole Wh and hours", e);
    }
  }

  String line() {
    return id + " " + wattHours + " " + hours + " " + name;
  }

  /**
   * Of a line.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Appliance ofLine(String line) {
    String[] words = line.split(" ", 4);
    if (words.length != 4 || !words[0].matches("[a-z0-9-]{1,20}")) {
      throw new IllegalArgumentException("an appliance has four words");
    }
    return new Appliance(
        words[0], words[3], Integer.parseInt(words[1]), Integer.parseInt(words[2]));
  }
}
