package org.commonshub.measure.api;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An OBIS code (IEC 62056-6-1): {@code A-B:C.D.E*F}. Groups a meter leaves out are −1, except A and
 * B, which are then 1 (electricity) and 0.
 *
 * @param a medium
 * @param b channel of the meter, 0 when it has one only
 * @param c physical quantity
 * @param d kind of processing
 * @param e tariff or further classification, −1 if left out
 * @param f billing period, 255 or −1 for the current value
 */
public record Obis(int a, int b, int c, int d, int e, int f) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(\\d{1,3})-(\\d{1,3}):)?(\\d{1,3}|[CFLP])\\.(\\d{1,3}|[CFLP])"
              + "(?:\\.(\\d{1,3}))?(?:[*&](\\d{1,3}))?");

  public Obis {
    check(a, 0);
    check(b, 0);
    check(c, 0);
    check(d, 0);
    check(e, -1);
    check(f, -1);
  }

  private static void check(int group, int min) {
    if (group < min || group > 255) {
      throw new IllegalArgumentException("OBIS group out of 0…255: " + group);
    }
  }

  /**
   * Parses full and reduced forms: {@code 1-0:1.8.0*255}, {@code 1-0:1.8.0}, {@code 1.8.0}, {@code
   * 1.8}, {@code C.1.0}.
   *
   * @return empty if it is not an OBIS code
   */
  public static Optional<Obis> parse(String text) {
    if (text.length() > 24) {
      return Optional.empty();
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    int a = form.group(1) == null ? 1 : Integer.parseInt(form.group(1));
    int b = form.group(2) == null ? 0 : Integer.parseInt(form.group(2));
    int c = letter(form.group(3));
    int d = letter(form.group(4));
    int e = form.group(5) == null ? -1 : Integer.parseInt(form.group(5));
    int f = form.group(6) == null ? -1 : Integer.parseInt(form.group(6));
    if (Math.max(Math.max(Math.max(a, b), Math.max(c, d)), Math.max(e, f)) > 255) {
      return Optional.empty();
    }
    return Optional.of(new Obis(a, b, c, d, e, f));
  }

  /** Letters of IEC 62056-21 stand for numbers: C 96, F 97, L 98, P 99. */
  private static int letter(String group) {
    return switch (group) {
      case "C" -> 96;
      case "F" -> 97;
      case "L" -> 98;
      case "P" -> 99;
      default -> Integer.parseInt(group);
    };
  }

  /** Code of a quantity. */
  public static Optional<Obis> of(Quantity quantity) {
    return quantity.obis().flatMap(Obis::parse);
  }

  /**
   * The catalogued quantity, with B as its channel; empty for values of past billing periods and
   * codes outside the catalogue.
   */
  public Optional<Quantity> quantity() {
    if (f != -1 && f != 255) {
      return Optional.empty();
    }
    return Quantity.byObis(a + "-0:" + c + "." + d + "." + Math.max(e, 0))
        .map(quantity -> quantity.channel(b));
  }

  /** Billing period, if it is not the current one. */
  public OptionalInt billingPeriod() {
    return f == -1 || f == 255 ? OptionalInt.empty() : OptionalInt.of(f);
  }

  /** Reduced form as in the catalogue, {@code 1-0:1.8.0}; with {@code *F} for a past period. */
  @Override
  public String toString() {
    String reduced = a + "-" + b + ":" + c + "." + d + "." + Math.max(e, 0);
    return billingPeriod().isPresent() ? reduced + "*" + f : reduced;
  }
}
