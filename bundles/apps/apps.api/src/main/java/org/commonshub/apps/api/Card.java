package org.commonshub.apps.api;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A card of the console, as data: the console draws it in its own style, an app has no script and
 * no mark-up. Texts are plain and in the language that was asked for.
 *
 * @param title 1 to 80 characters
 * @param elements from top to bottom, 1 to 16
 */
public record Card(String title, List<Element> elements) {
  /** Most cards of an app. */
  public static final int MAX_CARDS = 8;

  /** Most points of all lines of one chart together. */
  public static final int MAX_POINTS = 2000;

  private static final int MAX_ELEMENTS = 16;

  public Card {
    checkText(title, 80, "a card's title");
    elements = List.copyOf(elements);
    count(elements.size(), MAX_ELEMENTS, "elements of a card");
  }

  /** Part of a card. */
  public sealed interface Element permits Text, Figure, Notice, Table, Chart, Form {}

  /** A paragraph, 1 to 1,000 characters. */
  public record Text(String text) implements Element {
    public Text {
      checkText(text, 1000, "a text");
    }
  }

  /**
   * A number that matters.
   *
   * @param label what it is, 1 to 80 characters
   * @param value number; the console formats it
   * @param unit at most 16 characters: {@code kWh}, {@code kW}, {@code %}, an ISO 4217 code, or
   *     empty
   */
  public record Figure(String label, BigDecimal value, String unit) implements Element {
    public Figure {
      checkText(label, 80, "a figure's label");
      number(value);
      atMost(unit, 16, "a unit");
    }
  }

  /** Something to know or to act upon, 1 to 300 characters. */
  public record Notice(Level level, String text) implements Element {
    /** How much it matters. */
    public enum Level {
      GOOD,
      INFORMATION,
      WARNING
    }

    public Notice {
      Objects.requireNonNull(level, "level");
      checkText(text, 300, "a notice");
    }
  }

  /**
   * A table.
   *
   * @param columns headings, 1 to 8, each 1 to 60 characters
   * @param rows at most 100, each as long as {@code columns}; cells have at most 120 characters
   */
  public record Table(List<String> columns, List<List<String>> rows) implements Element {
    public Table {
      columns = List.copyOf(columns);
      rows = rows.stream().map(List::copyOf).toList();
      count(columns.size(), 8, "columns of a table");
      columns.forEach(column -> checkText(column, 60, "a heading"));
      if (rows.size() > 100) {
        throw new IllegalArgumentException("a table has at most 100 rows, not " + rows.size());
      }
      for (List<String> row : rows) {
        if (row.size() != columns.size()) {
          throw new IllegalArgumentException("a row has as many cells as the table has columns");
        }
        row.forEach(cell -> atMost(cell, 120, "a cell"));
      }
    }
  }

  /**
   * A chart over time.
   *
   * @param title 1 to 80 characters, also what a screen reader says
   * @param unit of all lines
   * @param lines 1 to 4, at most {@link #MAX_POINTS} points together
   */
  public record Chart(String title, Kind kind, String unit, List<Line> lines) implements Element {
    /** How it is drawn. */
    public enum Kind {
      LINE,
      BARS
    }

    public Chart {
      checkText(title, 80, "a chart's title");
      Objects.requireNonNull(kind, "kind");
      atMost(unit, 16, "a unit");
      lines = List.copyOf(lines);
      count(lines.size(), 4, "lines of a chart");
      count(lines.stream().mapToInt(line -> line.values().size()).sum(), MAX_POINTS, "points");
    }
  }

  /**
   * A line or row of bars.
   *
   * @param label 1 to 60 characters
   * @param start of the first value
   * @param step from value to value, at least 1 s
   * @param values an empty one is a gap
   */
  public record Line(
      String label, Instant start, Duration step, List<Optional<BigDecimal>> values) {
    public Line {
      checkText(label, 60, "a line's label");
      Objects.requireNonNull(start, "start");
      if (step.compareTo(Duration.ofSeconds(1)) < 0) {
        throw new IllegalArgumentException("a line's step is at least 1 s");
      }
      values = List.copyOf(values);
      values.forEach(value -> value.ifPresent(Card::number));
    }
  }

  /**
   * A form. What is sent arrives at {@link App#submit}.
   *
   * @param id {@code [a-z][a-z0-9-]{0,31}}, unique in the app
   * @param title 1 to 80 characters
   * @param fields 1 to 12
   * @param button label of the button, 1 to 40 characters
   */
  public record Form(String id, String title, List<Field> fields, String button)
      implements Element {
    public Form {
      checkId(id);
      checkText(title, 80, "a form's title");
      fields = List.copyOf(fields);
      count(fields.size(), 12, "fields of a form");
      checkText(button, 40, "a button's label");
    }
  }

  /**
   * A field of a form.
   *
   * @param id {@code [a-z][a-z0-9-]{0,31}}, unique in the form
   * @param label 1 to 80 characters
   * @param value what stands in it, at most 200 characters
   * @param min least number; numbers only
   * @param max greatest number; numbers only
   * @param choices value → label, for a choice; at most 50
   */
  public record Field(
      String id,
      String label,
      Kind kind,
      String value,
      Optional<BigDecimal> min,
      Optional<BigDecimal> max,
      Map<String, String> choices) {
    /** What is entered. */
    public enum Kind {
      /** At most 200 characters. */
      TEXT,
      /** Decimal with a point. */
      NUMBER,
      /** {@code HH:mm}, local. */
      TIME,
      /** {@code true} or {@code false}. */
      SWITCH,
      /** One of {@code choices}. */
      CHOICE
    }

    public Field {
      checkId(id);
      checkText(label, 80, "a field's label");
      Objects.requireNonNull(kind, "kind");
      atMost(value, 200, "a field's value");
      choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
      if ((kind == Kind.CHOICE) == choices.isEmpty() || choices.size() > 50) {
        throw new IllegalArgumentException("a choice, and nothing else, has 1 to 50 choices");
      }
      choices.forEach(
          (key, label2) -> {
            checkText(key, 60, "a choice");
            checkText(label2, 80, "a choice's label");
          });
    }
  }

  private static void checkText(String text, int max, String what) {
    if (text.isBlank() || text.length() > max) {
      throw new IllegalArgumentException(what + " has 1 to " + max + " characters");
    }
  }

  private static void atMost(String text, int max, String what) {
    if (text.length() > max) {
      throw new IllegalArgumentException(what + " has at most " + max + " characters");
    }
  }

  private static void count(int count, int max, String what) {
    if (count < 1 || count > max) {
      throw new IllegalArgumentException("there are 1 to " + max + " " + what + ", not " + count);
    }
  }

  private static void number(BigDecimal value) {
    if (value.precision() > 24 || Math.abs(value.scale()) > 24) {
      throw new IllegalArgumentException("a number has at most 24 digits");
    }
  }

  private static void checkId(String id) {
    if (!id.matches("[a-z][a-z0-9-]{0,31}")) {
      throw new IllegalArgumentException("an id is lower case with hyphens, not " + id);
    }
  }
}
