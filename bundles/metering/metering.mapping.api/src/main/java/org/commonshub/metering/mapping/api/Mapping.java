package org.commonshub.metering.mapping.api;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/**
 * What a device's values mean, written by a person or in a data file. Lines, or entries parted by
 * semicolons, of the form
 *
 * <pre>
 * INPUT = QUANTITY [UNIT] [* FACTOR | / DIVISOR] [{TEXT:NUMBER,…}]
 *
 * $.emeter.power        = power.active W
 * meter/SENSOR $.E.T    = energy.import kWh
 * e1                    = energy.import[1] Wh
 * $.battery.w           = power.active W * -1
 * $.car                 = ev.state {1:1,2:3,3:2,4:2}
 * </pre>
 *
 * QUANTITY is a name of the catalogue, {@code name[2]} for the second of several equal parts, or
 * {@code x-…} for one of one's own. UNIT is what the device sends; without it the quantity's own.
 * Text after {@code #} at the beginning of a line is a comment.
 */
public final class Mapping {
  /** Most lines. */
  public static final int MAX_LINES = 128;

  private static final int MAX_LENGTH = 16_384;
  private static final Pattern QUANTITY = Pattern.compile("([a-z0-9.-]{1,64})(?:\\[(\\d{1,3})])?");
  private static final Pattern NUMBER = Pattern.compile("-?\\d{1,12}(\\.\\d{1,12})?");

  /** What the inputs of a mapping look like. */
  public enum Inputs {
    /** A name: {@code power1}. */
    NAME,
    /** A JSON path, with a source before it where it is not the usual one. */
    PATH
  }

  /**
   * One line.
   *
   * @param source topic, request target or component; empty if it is the usual one
   * @param input name, or path as written
   * @param path path; empty if the input is a name
   * @param quantity what it is
   * @param unit unit the device sends, or empty
   * @param factor the value is multiplied by this
   * @param divisor and divided by this
   * @param texts values that stand for others, by what the device sends
   */
  public record Line(
      String source,
      String input,
      Optional<JsonPath> path,
      Quantity quantity,
      String unit,
      BigDecimal factor,
      BigDecimal divisor,
      Map<String, BigDecimal> texts) {
    public Line {
      texts = Map.copyOf(texts);
    }

    /** Takes the value out of a document and adds it; nothing if it is not there. */
    public void take(JsonValue document, Measurements values) {
      value(path.isPresent() ? path.get().in(document) : document)
          .ifPresent(number -> values.add(quantity, number, unit));
    }

    /** Adds a value that is there by itself. */
    public void take(BigDecimal value, Measurements values) {
      value(JsonValue.of(value)).ifPresent(number -> values.add(quantity, number, unit));
    }

    private Optional<BigDecimal> value(JsonValue raw) {
      Optional<BigDecimal> number =
          texts.isEmpty() ? raw.number() : raw.text().map(text -> texts.get(text.strip()));
      return number
          .map(plain -> plain.multiply(factor))
          .map(
              scaled ->
                  divisor.equals(BigDecimal.ONE)
                      ? scaled
                      : scaled.divide(divisor, MathContext.DECIMAL128));
    }
  }

  private final List<Line> lines;

  private Mapping(List<Line> lines) {
    this.lines = List.copyOf(lines);
  }

  /** The lines, in their order. */
  public List<Line> lines() {
    return lines;
  }

  /** The lines of a source. */
  public List<Line> of(String source) {
    return lines.stream().filter(line -> line.source.equals(source)).toList();
  }

  /** All sources, in the order they first occur; {@code ""} is the usual one. */
  public Set<String> sources() {
    Set<String> sources = new LinkedHashSet<>();
    lines.forEach(line -> sources.add(line.source));
    return sources;
  }

  /**
   * Reads a mapping.
   *
   * @throws IllegalArgumentException with a sentence that says which line is wrong, and why
   */
  public static Mapping parse(String text, Inputs inputs) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("The mapping is longer than 16 KiB.");
    }
    List<Line> lines = new ArrayList<>();
    for (String entry : entries(text)) {
      if (lines.size() == MAX_LINES) {
        throw new IllegalArgumentException("The mapping has more than " + MAX_LINES + " entries.");
      }
      lines.add(line(entry, inputs));
    }
    return new Mapping(lines);
  }

  /** Cuts at line ends and at semicolons outside quotes. */
  private static List<String> entries(String text) {
    List<String> entries = new ArrayList<>();
    for (String line : text.split("[\r\n]+", -1)) {
      if (line.stripLeading().startsWith("#")) {
        continue;
      }
      int from = 0;
      char quote = 0;
      for (int i = 0; i <= line.length(); i++) {
        char c = i == line.length() ? ';' : line.charAt(i);
        if (quote != 0 && i < line.length()) {
          quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
          quote = c;
        } else if (c == ';') {
          String entry = line.substring(from, i).strip();
          if (!entry.isEmpty()) {
            entries.add(entry);
          }
          from = i + 1;
        }
      }
    }
    return entries;
  }

  private static Line line(String entry, Inputs inputs) {
    int equals = separator(entry);
    if (equals < 1) {
      throw wrong(entry, "it has no '='");
    }
    String left = entry.substring(0, equals).strip();
    String right = entry.substring(equals + 1).strip();
    String source = "";
    String input = left;
    Optional<JsonPath> path = Optional.empty();
    if (inputs == Inputs.PATH) {
      int dollar = left.startsWith("$") ? 0 : left.indexOf(" $") + 1;
      if (dollar == 0 && !left.startsWith("$")) {
        throw wrong(entry, "its path does not begin with $");
      }
      source = left.substring(0, dollar).strip();
      input = left.substring(dollar);
      path = Optional.of(JsonPath.parse(input));
    } else if (left.isEmpty() || left.length() > 128) {
      throw wrong(entry, "an input has 1 to 128 characters");
    }
    return right(entry, right, source, input, path);
  }

  private static Line right(
      String entry, String right, String source, String input, Optional<JsonPath> path) {
    String rest = right;
    Map<String, BigDecimal> texts = new LinkedHashMap<>();
    int brace = rest.indexOf('{');
    if (brace >= 0) {
      if (!rest.endsWith("}")) {
        throw wrong(entry, "a '{' is not closed");
      }
      texts = texts(entry, rest.substring(brace + 1, rest.length() - 1));
      rest = rest.substring(0, brace).strip();
    }
    BigDecimal factor = BigDecimal.ONE;
    BigDecimal divisor = BigDecimal.ONE;
    Matcher scaled = Pattern.compile("\\s([*/])\\s*(\\S+)$").matcher(rest);
    if (scaled.find()) {
      BigDecimal number = number(entry, scaled.group(2));
      if (number.signum() == 0) {
        throw wrong(entry, "its factor is 0");
      }
      if (scaled.group(1).equals("*")) {
        factor = number;
      } else {
        divisor = number;
      }
      rest = rest.substring(0, scaled.start()).strip();
    }
    String[] words = rest.split("\\s+", 2);
    String unit = words.length > 1 ? words[1].strip() : "";
    Quantity quantity = quantity(entry, words[0], unit);
    if (!Units.convertible(unit, quantity.unit())) {
      throw wrong(
          entry,
          "'" + unit + "' is no unit of " + words[0] + ", which is in " + quantity.unit().symbol());
    }
    return new Line(source, input, path, quantity, unit, factor, divisor, texts);
  }

  /** The last '=' outside quotes, brackets and braces. */
  private static int separator(String entry) {
    int found = -1;
    int depth = 0;
    char quote = 0;
    for (int i = 0; i < entry.length(); i++) {
      char c = entry.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
      } else if (c == '=' && depth == 0) {
        found = i;
      }
    }
    return found;
  }

  private static Map<String, BigDecimal> texts(String entry, String list) {
    Map<String, BigDecimal> texts = new LinkedHashMap<>();
    for (String pair : list.split(",", -1)) {
      int colon = pair.lastIndexOf(':');
      if (colon < 1) {
        throw wrong(entry, "'" + pair.strip() + "' is not of the form text:number");
      }
      texts.put(pair.substring(0, colon).strip(), number(entry, pair.substring(colon + 1).strip()));
    }
    return texts;
  }

  private static BigDecimal number(String entry, String text) {
    if (!NUMBER.matcher(text).matches()) {
      throw wrong(entry, "'" + text + "' is no number");
    }
    return new BigDecimal(text);
  }

  /**
   * A quantity by its name.
   *
   * @param unit unit of one that is not of the catalogue
   * @throws IllegalArgumentException if there is none
   */
  private static Quantity quantity(String entry, String name, String unit) {
    Matcher matcher = QUANTITY.matcher(name);
    if (!matcher.matches()) {
      throw wrong(entry, "'" + name + "' is no quantity");
    }
    String plain = matcher.group(1);
    int channel = matcher.group(2) == null ? 0 : Integer.parseInt(matcher.group(2));
    if (channel > 255) {
      throw wrong(entry, "a number in brackets is at most 255");
    }
    if (plain.startsWith("x-")) {
      return Quantity.custom(
              plain,
              Commodity.NONE,
              Units.base(unit).orElse(Unit.ONE),
              Phase.TOTAL,
              Nature.INSTANTANEOUS)
          .channel(channel);
    }
    return Quantity.byName(plain)
        .orElseThrow(() -> wrong(entry, "there is no quantity '" + plain + "'"))
        .channel(channel);
  }

  private static IllegalArgumentException wrong(String entry, String why) {
    String shown = entry.length() > 80 ? entry.substring(0, 80) + "…" : entry;
    return new IllegalArgumentException(
        "'"
            + shown
            + "' is no mapping: "
            + why
            + ". Expected for example: $.power = power.active W.");
  }
}
