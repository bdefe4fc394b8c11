package org.example.sunny.coach;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What was said on the evening before about a day, and what came: 30 days. */
final class Accuracy {
  static final int DAYS = 30;
  private static final long MAX_MWH = 1_000_000_000_000L;

  /** Days need this many to say something. */
  private static final int LEAST = 3;

  private record Day(long said, long came) {}

  private final TreeMap<LocalDate, Day> days = new TreeMap<>();

  /** What is said of a day that has not begun; the last word counts. */
  void say(LocalDate day, long milliwattHours) {
    days.put(day, new Day(Math.min(milliwattHours, MAX_MWH), -1));
    while (days.size() > DAYS + 2) {
      days.pollFirstEntry();
    }
  }

  /** Whether something was said of a day and it is not known what came. */
  boolean open(LocalDate day) {
    Day said = days.get(day);
    return said != null && said.came() < 0;
  }

  /** What came. */
  void came(LocalDate day, long milliwattHours) {
    days.computeIfPresent(
        day, (d, said) -> new Day(said.said(), Math.min(milliwattHours, MAX_MWH)));
  }

  /** Number of days that are judged. */
  int judged() {
    return (int) days.values().stream().filter(day -> day.came() >= 0).count();
  }

  /** Mean error per mille of the mean production; empty with less than three days. */
  OptionalInt error() {
    long error = 0;
    long came = 0;
    for (Day day : days.values()) {
      if (day.came() >= 0) {
        error += Math.abs(day.said() - day.came());
        came += day.came();
      }
    }
    return judged() < LEAST || came == 0
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.min(9999, error * 1000 / came));
  }

  /** For the store. */
  byte[] bytes() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<LocalDate, Day> day : days.entrySet()) {
      text.append(day.getKey())
          .append(' ')
          .append(day.getValue().said())
          .append(' ')
          .append(day.getValue().came())
          .append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * From the store.
   *
   * @throws IllegalArgumentException if it is not what {@link #bytes} wrote
   */
  static Accuracy of(byte[] bytes) {
    Accuracy accuracy = new Accuracy();
    try {
      for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
        String[] words = line.split(" ", -1);
        Day day = new Day(Long.parseLong(words[1]), Long.parseLong(words[2]));
        if (day.said() < 0
            || day.said() > MAX_MWH
            || day.came() < -1
            || day.came() > MAX_MWH
            || accuracy.days.size() > DAYS + 2) {
          throw new IllegalArgumentException("a day is out of range");
        }
        accuracy.days.put(LocalDate.parse(words[0]), day);
      }
      return accuracy;
    } catch (DateTimeException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a day is malformed", e);
    }
  }
}
