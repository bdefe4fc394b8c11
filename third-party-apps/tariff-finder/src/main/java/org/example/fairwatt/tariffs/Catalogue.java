package org.example.fairwatt.tariffs;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The tariffs of a currency, read from lines as in {@code tariffs.csv}, which says what they mean.
 */
record Catalogue(List<Tariff> tariffs, Averages averages, boolean hours) {
  private static final int MAX_BYTES = 64 * 1024;

  /** Those that came with the app. */
  static Catalogue ofApp(String currency) {
    try (InputStream in = Catalogue.class.getResourceAsStream("tariffs.csv")) {
      return read(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8), currency);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads.
   *
   * @throws IllegalArgumentException naming the line that is wrong
   */
  static Catalogue read(String text, String currency) {
    List<Tariff> tariffs = new ArrayList<>();
    Map<Integer, long[]> rows = new HashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      try {
        List<String> cells = cells(line);
        if (cells.get(0).equals("hours")) {
          if (cells.get(1).equals(currency)) {
            int row =
                choice(cells.get(2), "winter", "summer") * 2
                    + choice(cells.get(3), "workday", "weekend");
            rows.put(row, cells.stream().skip(4).mapToLong(Catalogue::micros).toArray());
          }
        } else if (cells.get(3).equals(currency)) {
          tariffs.add(tariff(cells));
        }
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("tariffs, line " + number + ": " + e.getMessage(), e);
      }
    }
    boolean hours = rows.size() == 4;
    if (!hours) {
      tariffs.removeIf(tariff -> tariff.kind() == Tariff.Kind.HOURLY);
      return new Catalogue(List.copyOf(tariffs), Averages.NONE, false);
    }
    return new Catalogue(
        List.copyOf(tariffs),
        new Averages(new long[][] {rows.get(0), rows.get(1), rows.get(2), rows.get(3)}),
        true);
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    int begin = 0;
    for (int comma = line.indexOf(','); comma >= 0; comma = line.indexOf(',', begin)) {
      cells.add(line.substring(begin, comma));
      begin = comma + 1;
    }
    cells.add(line.substring(begin));
    return cells;
  }

  /** A tariff's line. */
  static Tariff tariff(String line) {
    return tariff(cells(line));
  }

  private static Tariff tariff(List<String> cells) {
    Tariff.Kind kind =
        Tariff.Kind.values()[choice(cells.get(0), "flat", "zones", "hourly")]; // in this order
    boolean zones = kind == Tariff.Kind.ZONES;
    if (cells.size() != (zones ? 11 : 7)) {
      throw new IllegalArgumentException("a cell is missing or too much");
    }
    long price = micros(cells.get(6));
    return new Tariff(
        cells.get(1),
        cells.get(2),
        kind,
        cells.get(3),
        micros(cells.get(4)),
        cells.get(5).isEmpty() ? OptionalLong.empty() : OptionalLong.of(micros(cells.get(5))),
        price,
        zones ? micros(cells.get(7)) : price,
        zones ? minute(cells.get(8)) : 0,
        zones ? minute(cells.get(9)) : 0,
        zones && choice(cells.get(10), "false", "true") == 1);
  }

  /** The line of a tariff; what {@link #tariff(String)} reads. */
  static String line(Tariff tariff) {
    String start =
        String.join(
            ",",
            switch (tariff.kind()) {
              case FLAT -> "flat";
              case ZONES -> "zones";
              case HOURLY -> "hourly";
            },
            tariff.id(),
            tariff.name(),
            tariff.currency(),
            plain(tariff.standing()),
            tariff.feedIn().isPresent() ? plain(tariff.feedIn().getAsLong()) : "",
            plain(tariff.price()));
    return tariff.kind() == Tariff.Kind.ZONES
        ? String.join(
            ",",
            start,
            plain(tariff.night()),
            time(tariff.from()),
            time(tariff.to()),
            String.valueOf(tariff.weekends()))
        : start;
  }

  private static String plain(long micros) {
    return BigDecimal.valueOf(micros, 6).toPlainString();
  }

  private static String time(int minute) {
    return two(minute / 60) + ":" + two(minute % 60);
  }

  private static String two(int number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  private static int choice(String word, String... words) {
    int at = List.of(words).indexOf(word);
    if (at < 0) {
      throw new IllegalArgumentException("'" + word + "' is none of " + List.of(words));
    }
    return at;
  }

  /**
   * Micro-units of a decimal with at most six places.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long micros(String decimal) {
    try {
      if (decimal.length() <= 20) {
        BigDecimal value = new BigDecimal(decimal);
        if (Math.abs(value.scale()) <= 6) {
          return value.movePointRight(6).longValueExact();
        }
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("'" + decimal + "' is no amount of money", e);
    }
    throw new IllegalArgumentException("an amount has at most six decimals");
  }

  /** Minute of the day of {@code HH:mm}. */
  static int minute(String time) {
    if (time.length() == 5 && time.charAt(2) == ':') {
      int hours = digits(time.charAt(0), time.charAt(1));
      int minutes = digits(time.charAt(3), time.charAt(4));
      if (hours < 24 && minutes < 60) {
        return hours * 60 + minutes;
      }
    }
    throw new IllegalArgumentException("a time is written HH:mm");
  }

  private static int digits(char tens, char ones) {
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') {
      throw new IllegalArgumentException("a time is written HH:mm");
    }
    return (tens - '0') * 10 + ones - '0';
  }
}
