package org.example.sunny.surplus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Release;

/**
 * What flowed in one minute, as mean power in mW, each ≥ 0.
 *
 * @param start UTC second at which it begins
 * @param taken from the grid
 * @param given to the grid
 * @param charge into the battery
 * @param discharge out of the battery
 * @param car into the vehicle
 * @param state of the charger, IEC 61851-1 as {@code ev.state}; 0 if it does not say
 */
record Minute(
    long start, long taken, long given, long charge, long discharge, long car, int state) {
  static final int SECONDS = 60;

  /** More than a home has, 1 MW: what is above is no value. */
  private static final long MAX_MW = 1_000_000_000;

  private static final long MAX_MANTISSA = 1_000_000_000_000_000L;
  private static final long NONE = Long.MIN_VALUE;

  /** The vehicle is there, or nobody knows. */
  boolean connected() {
    return state != 1 && state != 5 && state != 6;
  }

  /**
   * The whole minutes in a release, in the order of time: those with import, export and the
   * charger's power.
   *
   * @param charger name of the charger in releases; if nothing of that name is there, and one other
   *     thing than the home is, it is that
   */
  static List<Minute> of(Release release, String charger) {
    List<String> others =
        release.blocks().stream()
            .filter(block -> !block.quantity().startsWith("home."))
            .map(Block::subject)
            .distinct()
            .toList();
    String subject = !others.contains(charger) && others.size() == 1 ? others.get(0) : charger;
    Map<Long, Map<String, Long>> minutes = new TreeMap<>();
    for (Block block : release.blocks()) {
      boolean home = block.quantity().startsWith("home.");
      if (block.intervalSeconds() != SECONDS || !home && !block.subject().equals(subject)) {
        continue;
      }
      for (int i = 0; i < block.size(); i++) {
        long value =
            switch (block.statistic()) {
              case AMOUNT -> scaled(block.mantissas()[i], block.exponent(), 60);
              case MEAN -> scaled(block.mantissas()[i], block.exponent(), 1);
              case LAST -> block.exponent() == 0 ? block.mantissas()[i] : NONE;
              case VALUE -> NONE;
            };
        // A car that feeds back, or a charger that measures a little below nothing, takes nothing.
        if (value != NONE) {
          minutes
              .computeIfAbsent(block.starts()[i] / 1000, start -> new HashMap<>())
              .put(block.quantity(), Math.max(0, value));
        }
      }
    }
    return minutes.entrySet().stream()
        .filter(
            minute ->
                minute
                    .getValue()
                    .keySet()
                    .containsAll(List.of("home.import", "home.export", "power.active")))
        .map(
            minute -> {
              Map<String, Long> values = minute.getValue();
              return new Minute(
                  minute.getKey(),
                  values.get("home.import"),
                  values.get("home.export"),
                  values.getOrDefault("home.charge", 0L),
                  values.getOrDefault("home.discharge", 0L),
                  values.get("power.active"),
                  (int) Math.min(99, values.getOrDefault("ev.state", 0L)));
            })
        .toList();
  }

  /** {@code mantissa × 10^exponent × factor} in thousandths, halves up, if a home can have it. */
  private static long scaled(long mantissa, int exponent, long factor) {
    if (Math.abs(mantissa) > MAX_MANTISSA || mantissa == Long.MIN_VALUE) {
      return NONE;
    }
    long value = mantissa * factor;
    int e = exponent + 3;
    for (; e > 0 && Math.abs(value) <= MAX_MW; e--) {
      value *= 10;
    }
    for (; e < 0; e++) {
      value = e == -1 ? Math.floorDiv(value + 5, 10) : value / 10;
    }
    return Math.abs(value) <= MAX_MW ? value : NONE;
  }
}
