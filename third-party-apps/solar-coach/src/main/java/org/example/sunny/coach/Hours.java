package org.example.sunny.coach;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.TreeMap;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Release;

/** The home's energy per hour, exact, in mWh; 60 days are kept, in memory only. */
final class Hours {
  static final int DAYS = 60;
  private static final int SECONDS = 3600;

  /** More than a home can have: 10 MWh in an hour. */
  private static final long MAX_MWH = 10_000_000_000L;

  /**
   * An hour, or several; −1 where nothing is known.
   *
   * @param produced by PV and generators
   * @param consumed without storage
   * @param taken from the grid
   * @param given to the grid
   * @param own of what was produced used at once
   */
  record Flow(long produced, long consumed, long taken, long given, long own) {
    static final Flow UNKNOWN = new Flow(-1, -1, -1, -1, -1);
    static final Flow NONE = new Flow(0, 0, 0, 0, 0);

    boolean complete() {
      return produced >= 0 && consumed >= 0 && taken >= 0 && given >= 0 && own >= 0;
    }

    private Flow with(String quantity, long value) {
      return switch (quantity) {
        case "home.production" -> new Flow(value, consumed, taken, given, own);
        case "home.consumption" -> new Flow(produced, value, taken, given, own);
        case "home.import" -> new Flow(produced, consumed, value, given, own);
        case "home.export" -> new Flow(produced, consumed, taken, value, own);
        case "home.self-consumed" -> new Flow(produced, consumed, taken, given, value);
        default -> this;
      };
    }

    Flow plus(Flow other) {
      return new Flow(
          produced + other.produced,
          consumed + other.consumed,
          taken + other.taken,
          given + other.given,
          own + other.own);
    }

    /** Per mille of production that was used in the home; −1 without production. */
    int selfConsumption() {
      return produced <= 0 ? -1 : (int) (Math.min(produced, own) * 1000 / produced);
    }

    /** Per mille of consumption that did not come from the grid; −1 without consumption. */
    int autarky() {
      return consumed <= 0 ? -1 : (int) (Math.max(0, consumed - taken) * 1000 / consumed);
    }

    /**
     * What the sun saved, micro-units, rounded down: what was not bought and what was paid for
     * export, against a home that buys all it uses.
     */
    long saved(long importPrice, long exportPrice) {
      java.math.BigInteger money =
          java.math.BigInteger.valueOf(consumed - taken)
              .multiply(java.math.BigInteger.valueOf(importPrice))
              .add(
                  java.math.BigInteger.valueOf(given)
                      .multiply(java.math.BigInteger.valueOf(exportPrice)));
      return money.divide(java.math.BigInteger.valueOf(1_000_000)).longValue();
    }
  }

  private final TreeMap<Long, Flow> hours = new TreeMap<>();

  /** Takes what is of the home's hours out of a release. */
  void add(Release release) {
    for (Block block : release.blocks()) {
      if (block.statistic() != Block.Statistic.AMOUNT || block.intervalSeconds() != SECONDS) {
        continue;
      }
      for (int i = 0; i < block.size(); i++) {
        long value = milliwattHours(block.mantissas()[i], block.exponent());
        if (value >= 0) {
          long hour = Math.floorDiv(block.starts()[i], 1000L * SECONDS);
          hours.put(hour, hours.getOrDefault(hour, Flow.UNKNOWN).with(block.quantity(), value));
        }
      }
    }
    while (hours.size() > DAYS * 24) {
      hours.pollFirstEntry();
    }
  }

  /** Wh as {@code mantissa × 10^exponent} in mWh, halves up; −1 if it is no energy of a home. */
  static long milliwattHours(long mantissa, int exponent) {
    if (mantissa < 0 || mantissa > MAX_MWH * 100_000) {
      return -1;
    }
    long value = mantissa;
    int e = exponent + 3;
    for (; e > 0 && value <= MAX_MWH; e--) {
      value *= 10;
    }
    for (; e < 0; e++) {
      value = e == -1 ? (value + 5) / 10 : value / 10;
    }
    return value <= MAX_MWH ? value : -1;
  }

  /** What is known of an hour. */
  Flow hour(long hour) {
    return hours.getOrDefault(hour, Flow.UNKNOWN);
  }

  /** The newest hour of which something is known; −1 if there is none. */
  long newest() {
    return hours.isEmpty() ? -1 : hours.lastKey();
  }

  /** The oldest one; −1 if there is none. */
  long oldest() {
    return hours.isEmpty() ? -1 : hours.firstKey();
  }

  /** Sum of the complete hours of local days, from … until before. */
  Flow sum(LocalDate from, LocalDate before, ZoneId zone) {
    return hours.subMap(first(from, zone), first(before, zone)).values().stream()
        .filter(Flow::complete)
        .reduce(Flow.NONE, Flow::plus);
  }

  /** Number of the first hour that begins in a local day. */
  static long first(LocalDate day, ZoneId zone) {
    return Math.floorDiv(day.atStartOfDay(zone).toEpochSecond() + SECONDS - 1, SECONDS);
  }

  static long number(Instant instant) {
    return Math.floorDiv(instant.getEpochSecond(), SECONDS);
  }
}
