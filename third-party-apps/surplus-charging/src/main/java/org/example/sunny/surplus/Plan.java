package org.example.sunny.surplus;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What the person wants.
 *
 * @param mode what for
 * @param handBack without surplus: leave the charger to itself instead of having it pause
 * @param carFirst the vehicle before the battery
 * @param phases on which the vehicle charges
 * @param departure minute of the local day at which {@code wattHours} have to be in it
 * @param wattHours since it was connected; 0 for no departure
 * @param charger which one; empty for the first
 */
record Plan(
    Mode mode,
    boolean handBack,
    boolean carFirst,
    int phases,
    int departure,
    int wattHours,
    String charger) {
  /** At the beginning. */
  static final Plan DEFAULT = new Plan(Mode.SURPLUS, false, false, 3, 7 * 60, 0, "");

  static final int MAX_KWH = 200;

  /** What for. */
  enum Mode {
    OFF,
    SURPLUS,
    /** Never less than the least current. */
    MINIMUM
  }

  Plan {
    if (phases < 1
        || phases > 3
        || departure < 0
        || departure >= 24 * 60
        || wattHours < 0
        || wattHours > MAX_KWH * 1000
        || charger.length() > 64) {
      throw new IllegalArgumentException("a plan is out of range");
    }
  }

  /** The same without departure and battery, which are not in every service level. */
  Plan basic() {
    return new Plan(mode, handBack, false, phases, departure, 0, charger);
  }

  /**
   * Of what a form sent.
   *
   * @throws IllegalArgumentException if something is missing or malformed
   */
  static Plan of(Map<String, String> values, Plan before) {
    String time = values.getOrDefault("departure", time(before.departure));
    return new Plan(
        Mode.values()[choice(values.get("mode"), List.of("off", "surplus", "minimum"))],
        choice(values.get("idle"), List.of("pause", "hand-back")) == 1,
        choice(values.getOrDefault("battery", "first"), List.of("first", "last")) == 1,
        1 + choice(values.get("phases"), List.of("1", "2", "3")),
        minute(time).orElseThrow(() -> new IllegalArgumentException("a time is written HH:mm")),
        Integer.parseInt(values.getOrDefault("energy", "0").replaceAll("\\.0+$", "")) * 1000,
        values.getOrDefault("charger", before.charger));
  }

  private static int choice(String value, List<String> choices) {
    int at = choices.indexOf(value);
    if (at < 0) {
      throw new IllegalArgumentException("is none of " + choices);
    }
    return at;
  }

  private static OptionalInt minute(String time) {
    if (time.length() == 5 && time.charAt(2) == ':') {
      int hours = Integer.parseInt(time, 0, 2, 10);
      int minutes = Integer.parseInt(time, 3, 5, 10);
      if (hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60) {
        return OptionalInt.of(hours * 60 + minutes);
      }
    }
    return OptionalInt.empty();
  }

  static String time(int minute) {
    return two(minute / 60) + ":" + two(minute % 60);
  }

  private static String two(int number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  /** As one line, for the store. */
  String line() {
    return String.join(
        " ",
        String.valueOf(mode.ordinal()),
        String.valueOf(handBack),
        String.valueOf(carFirst),
        String.valueOf(phases),
        String.valueOf(departure),
        String.valueOf(wattHours),
        charger);
  }

  /**
   * Of a line.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Plan ofLine(String line) {
    List<String> words = List.of(line.split(" ", -1));
    if (words.size() != 7) {
      throw new IllegalArgumentException("a plan has seven words");
    }
    int mode = Integer.parseInt(words.get(0));
    if (mode < 0 || mode >= Mode.values().length) {
      throw new IllegalArgumentException("a plan has no such mode");
    }
    return new Plan(
        Mode.values()[mode],
        Boolean.parseBoolean(words.get(1)),
        Boolean.parseBoolean(words.get(2)),
        Integer.parseInt(words.get(3)),
        Integer.parseInt(words.get(4)),
        Integer.parseInt(words.get(5)),
        words.get(6));
  }
}
