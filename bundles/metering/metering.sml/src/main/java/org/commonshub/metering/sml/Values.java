package org.commonshub.metering.sml;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.commonshub.metering.sml.PowerSign.Evidence;
import org.commonshub.metering.sml.PowerSign.Meant;

/**
 * Makes measurements of a meter's values by their OBIS codes (IEC 62056-6-1) and units (IEC
 * 62056-6-2). Historic values (group F other than 255) and codes without a quantity are left out.
 */
final class Values {
  private static final int WATT = 27;
  private static final int WATT_HOUR = 30;
  private static final int CURRENT = 255;
  private static final int SCALER = 18;
  private static final Pattern ELECTRICITY = Pattern.compile("1-0:(\\d+)\\.(\\d+)\\.(\\d+)");

  private static final Map<Integer, Unit> UNITS =
      Map.ofEntries(
          Map.entry(7, Unit.SECOND),
          Map.entry(8, Unit.ONE), // degrees of a phase angle, which no other quantity has
          Map.entry(9, Unit.CELSIUS),
          Map.entry(13, Unit.CUBIC_METRE),
          Map.entry(14, Unit.CUBIC_METRE),
          Map.entry(15, Unit.CUBIC_METRE_PER_HOUR),
          Map.entry(16, Unit.CUBIC_METRE_PER_HOUR),
          Map.entry(WATT, Unit.WATT),
          Map.entry(28, Unit.VOLT_AMPERE),
          Map.entry(29, Unit.VAR),
          Map.entry(WATT_HOUR, Unit.WATT_HOUR),
          Map.entry(31, Unit.VOLT_AMPERE_HOUR),
          Map.entry(32, Unit.VAR_HOUR),
          Map.entry(33, Unit.AMPERE),
          Map.entry(35, Unit.VOLT),
          Map.entry(44, Unit.HERTZ),
          Map.entry(56, Unit.PERCENT),
          Map.entry(255, Unit.ONE));

  /** Quantities and the codes of the power taken and given that stand for them, if not sent. */
  private record Power(Quantity quantity, StatusWord.Of status, int net, int taken, int given) {
    static final Power TOTAL = new Power(Quantity.ACTIVE_POWER, StatusWord.Of.TOTAL, 16, 1, 2);
    static final List<Power> PHASES =
        List.of(
            new Power(Quantity.ACTIVE_POWER_L1, StatusWord.Of.L1, 36, 21, 22),
            new Power(Quantity.ACTIVE_POWER_L2, StatusWord.Of.L2, 56, 41, 42),
            new Power(Quantity.ACTIVE_POWER_L3, StatusWord.Of.L3, 76, 61, 62));

    IntStream groups() {
      return IntStream.of(net, taken, given);
    }
  }

  /** Sum of the absolute powers of all phases. */
  private static final int ABSOLUTE_POWER = code(15, 7, 0);

  /** Groups C and D of the powers, which are judged together. */
  private static final Set<Integer> POWERS = powerGroups();

  /** What needs no judgement, by groups C, D and E of electricity. */
  private static final Map<Integer, Quantity> PLAIN = plainQuantities();

  /** Codes by their groups C, D and E, of electricity (A = 1). */
  private final Map<Integer, ValueList.Entry> codes = new LinkedHashMap<>();

  /** All others, by their whole code. */
  private final Map<Long, ValueList.Entry> others = new LinkedHashMap<>();

  private final List<Measurement> measurements = new ArrayList<>();
  private final PowerSign sign;
  private final boolean details;

  private Values(List<ValueList.Entry> entries, PowerSign sign, boolean details) {
    this.sign = sign;
    this.details = details;
    for (ValueList.Entry entry : entries) {
      if (entry.group(5) == CURRENT && Math.abs(entry.scaler()) <= SCALER) {
        if (entry.group(0) == 1 && entry.group(1) <= 1) {
          codes.putIfAbsent(code(entry.group(2), entry.group(3), entry.group(4)), entry);
        } else {
          others.putIfAbsent(entry.obis(), entry);
        }
      }
    }
  }

  /**
   * The measurements of a frame, at most one per quantity.
   *
   * @param sign what is known of the meter's signs; learns
   * @param details also values without a catalogued quantity
   */
  static List<Measurement> of(
      Meter meter, List<ValueList.Entry> entries, PowerSign sign, boolean details) {
    Values values = new Values(entries, sign, details);
    Optional<StatusWord> status = values.status();
    values.plain();
    values.powers(
        new Evidence(
            values.register(1), values.register(2), status, meter.suspect(), meter.guilty()));
    if (details) {
      status.ifPresent(word -> values.add(Quantity.DEVICE_STATE, word.bits(), 0, 0));
    }
    return List.copyOf(values.measurements);
  }

  private static Set<Integer> powerGroups() {
    Set<Integer> groups = new HashSet<>(Set.of(ABSOLUTE_POWER >> 8));
    Stream.concat(Stream.of(Power.TOTAL), Power.PHASES.stream())
        .flatMapToInt(Power::groups)
        .forEach(c -> groups.add(code(c, 7, 0) >> 8));
    return Set.copyOf(groups);
  }

  private static Map<Integer, Quantity> plainQuantities() {
    Map<Integer, Quantity> plain = new HashMap<>();
    for (Quantity quantity : Quantity.catalogue()) {
      Matcher code = ELECTRICITY.matcher(quantity.obis().orElse(""));
      if (code.matches()) {
        plain.put(
            code(
                Integer.parseInt(code.group(1)),
                Integer.parseInt(code.group(2)),
                Integer.parseInt(code.group(3))),
            quantity);
      }
    }
    plain.keySet().removeIf(code -> POWERS.contains(code >> 8));
    return Map.copyOf(plain);
  }

  private static int code(int c, int d, int e) {
    return c << 16 | d << 8 | e;
  }

  private Optional<Element.Whole> whole(int code, int unit) {
    ValueList.Entry entry = codes.get(code);
    return entry != null && entry.unit() == unit && entry.value() instanceof Element.Whole whole
        ? Optional.of(whole)
        : Optional.empty();
  }

  /** A register of all tariffs: as sent, or the sum of the tariffs. */
  private Optional<BigDecimal> register(int c) {
    BigDecimal sum = null;
    for (int tariff = 0; tariff <= 4; tariff++) {
      int code = code(c, 8, tariff);
      Optional<Element.Whole> sent = whole(code, WATT_HOUR);
      if (sent.isPresent()) {
        BigDecimal value = BigDecimal.valueOf(sent.get().value(), -codes.get(code).scaler());
        if (tariff == 0) {
          return Optional.of(value);
        }
        sum = sum == null ? value : sum.add(value);
      }
    }
    return Optional.ofNullable(sum);
  }

  private Optional<StatusWord> status() {
    for (int c = 1; c <= 2; c++) {
      for (int tariff = 0; tariff <= 2; tariff++) {
        ValueList.Entry entry = codes.get(code(c, 8, tariff));
        Optional<StatusWord> word =
            entry == null ? Optional.empty() : StatusWord.of(entry.status());
        if (word.isPresent()) {
          return word;
        }
      }
    }
    ValueList.Entry entry = codes.get(code(96, 5, 0));
    return entry == null ? Optional.empty() : StatusWord.of(entry.value());
  }

  // ---------------------------------------------------------------- what needs no judgement

  private void plain() {
    codes.forEach(
        (code, entry) -> {
          Quantity quantity = PLAIN.get(code);
          if (quantity != null) {
            plain(quantity, entry);
          } else if (details && !POWERS.contains(code >> 8)) {
            detail(entry);
          }
        });
    for (ValueList.Entry entry : others.values()) {
      String text = entry.group(2) + "." + entry.group(3) + "." + entry.group(4);
      Quantity.byObis(entry.group(0) + "-" + entry.group(1) + ":" + text)
          .ifPresent(quantity -> plain(quantity, entry));
    }
    errors();
  }

  private void plain(Quantity quantity, ValueList.Entry entry) {
    Unit unit = entry.unit() < 0 ? Unit.ONE : UNITS.get(entry.unit());
    if (entry.value() instanceof Element.Whole whole && unit == quantity.unit()) {
      add(quantity, whole.value(), entry.scaler(), 0);
    }
  }

  private void detail(ValueList.Entry entry) {
    Unit unit = UNITS.get(entry.unit());
    if (unit != null && entry.value() instanceof Element.Whole whole) {
      String text = entry.group(2) + "." + entry.group(3) + "." + entry.group(4);
      Nature nature = entry.group(3) == 8 ? Nature.REGISTER : Nature.INSTANTANEOUS;
      add(
          Quantity.custom("x-obis." + text, Commodity.ELECTRICITY, unit, Phase.TOTAL, nature),
          whole.value(),
          entry.scaler(),
          0);
    }
  }

  /** Error register 97.97.0: bits as a number or as octets. */
  private void errors() {
    ValueList.Entry entry = codes.get(code(97, 97, 0));
    if (entry == null) {
      return;
    }
    if (entry.value() instanceof Element.Whole whole) {
      add(Quantity.DEVICE_EVENTS, whole.unsigned(), 0, 0);
    } else if (entry.value() instanceof Element.Octets octets && octets.length() < 8) {
      add(Quantity.DEVICE_EVENTS, octets.number(0, octets.length()), 0, 0);
    }
  }

  private void add(Quantity quantity, long mantissa, int exponent, int flags) {
    if (quantity.nature() != Nature.REGISTER || mantissa >= 0) {
      measurements.add(new Measurement(quantity, mantissa, exponent, new Quality(flags)));
    }
  }

  // ---------------------------------------------------------------- powers

  private void powers(Evidence evidence) {
    Optional<Signed> total = signed(Power.TOTAL);
    List<Power> phases = new ArrayList<>();
    for (Power power : Power.PHASES) {
      if (signed(power).isPresent()) {
        phases.add(power);
      }
    }
    boolean only = total.isEmpty() && phases.size() == 1;
    if (only) {
      total = signed(phases.get(0)); // A meter of one phase.
    }
    if (total.isPresent()) {
      judged(total.get(), false, evidence)
          .ifPresent(
              meant -> {
                add(Quantity.ACTIVE_POWER, meant);
                if (only) {
                  add(phases.get(0).quantity, meant);
                }
              });
      if (only) {
        return;
      }
    } else if (phases.isEmpty()) {
      whole(ABSOLUTE_POWER, WATT)
          .flatMap(
              sent -> judged(new Signed(sent, codes.get(ABSOLUTE_POWER).scaler()), true, evidence))
          .ifPresent(meant -> add(Quantity.ACTIVE_POWER, meant));
      return;
    }
    BigDecimal sum = BigDecimal.ZERO;
    int flags = 0;
    boolean whole = true;
    for (Power power : phases) {
      Signed sent = signed(power).orElseThrow();
      Optional<Scaled> meant =
          sign.phase(sent.sent, sent.scaler, power.status, evidence)
              .map(value -> new Scaled(value, sent.scaler));
      meant.ifPresent(value -> add(power.quantity, value));
      whole &= meant.isPresent();
      if (whole) {
        sum = sum.add(BigDecimal.valueOf(meant.get().meant.mantissa(), -sent.scaler));
        flags |= meant.get().meant.flags();
      }
    }
    if (total.isEmpty() && whole) {
      sum(sum, flags);
    }
  }

  private void sum(BigDecimal sum, int flags) {
    try {
      measurements.add(Measurement.of(Quantity.ACTIVE_POWER, sum, new Quality(flags)));
    } catch (ArithmeticException e) {
      // No power has that many digits.
    }
  }

  /** A power with the sign it was sent with. */
  private record Signed(Element.Whole sent, int scaler) {}

  private record Scaled(Meant meant, int scaler) {}

  private Optional<Scaled> judged(Signed power, boolean absolute, Evidence evidence) {
    return sign.total(power.sent, power.scaler, absolute, evidence)
        .map(meant -> new Scaled(meant, power.scaler));
  }

  private void add(Quantity quantity, Scaled power) {
    add(quantity, power.meant.mantissa(), power.scaler, power.meant.flags());
  }

  /** The net power; where only its two directions are sent, the one that is not zero. */
  private Optional<Signed> signed(Power power) {
    Optional<Signed> net = sent(power.net);
    if (net.isPresent()) {
      return net;
    }
    Optional<Signed> taken = sent(power.taken);
    Optional<Signed> given = sent(power.given);
    if (given.isEmpty() || given.get().sent.value() == 0) {
      return taken.isPresent() ? taken : given;
    }
    if (taken.isPresent() && taken.get().sent.value() != 0) {
      return Optional.empty(); // Both at once: it says nothing.
    }
    Element.Whole minus = given.get().sent;
    return Optional.of(new Signed(new Element.Whole(-minus.value(), 8, true), given.get().scaler));
  }

  /** Some meters name the power by a tariff (1.7.1). */
  private Optional<Signed> sent(int c) {
    for (int e = 0; e <= 1; e++) {
      int code = code(c, 7, e);
      Optional<Element.Whole> sent = whole(code, WATT);
      if (sent.isPresent()) {
        return Optional.of(new Signed(sent.get(), codes.get(code).scaler()));
      }
    }
    return Optional.empty();
  }
}
