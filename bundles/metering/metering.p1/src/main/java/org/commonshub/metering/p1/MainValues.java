package org.commonshub.metering.p1;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.commonshub.measure.api.Commodity;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Phase;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/**
 * What the electricity meter itself measures, in the hub's signs. P1 gives power taken (x.7.0 with
 * 1, 21, 41, 61) and given (2, 22, 42, 62) apart, both without sign: the hub's is their difference;
 * reactive power likewise (3, 23 … and 4, 24 …, or by quadrant).
 */
final class MainValues {
  /** Mean power taken in the current quarter of an hour (e-MUCS-P1, 1-0:1.4.0). */
  static final Quantity DEMAND = demand("x-p1.demand");

  /** Highest such mean of the month (e-MUCS-P1, 1-0:1.6.0): what the capacity tariff bills. */
  static final Quantity MONTH_PEAK = demand("x-p1.demand.month-peak");

  private static final int TARIFFS = 4;
  private static final Predicate<BigDecimal> NOT_NEGATIVE = number -> number.signum() >= 0;

  /** Objects that are a quantity of the hub as they are. */
  private static final Map<String, Quantity> PLAIN = new LinkedHashMap<>();

  static {
    List<Quantity> registers =
        List.of(
            Quantity.ENERGY_IMPORT_T1,
            Quantity.ENERGY_IMPORT_T2,
            Quantity.ENERGY_IMPORT_T3,
            Quantity.ENERGY_IMPORT_T4,
            Quantity.ENERGY_IMPORT_L1,
            Quantity.ENERGY_IMPORT_L2,
            Quantity.ENERGY_IMPORT_L3,
            Quantity.ENERGY_EXPORT_T1,
            Quantity.ENERGY_EXPORT_T2,
            Quantity.ENERGY_EXPORT_T3,
            Quantity.ENERGY_EXPORT_T4,
            Quantity.ENERGY_EXPORT_L1,
            Quantity.ENERGY_EXPORT_L2,
            Quantity.ENERGY_EXPORT_L3,
            Quantity.APPARENT_ENERGY);
    List<Quantity> instantaneous =
        List.of(
            Quantity.VOLTAGE,
            Quantity.VOLTAGE_L1,
            Quantity.VOLTAGE_L2,
            Quantity.VOLTAGE_L3,
            Quantity.CURRENT,
            Quantity.CURRENT_L1,
            Quantity.CURRENT_L2,
            Quantity.CURRENT_L3,
            Quantity.CURRENT_N,
            Quantity.FREQUENCY);
    registers.forEach(quantity -> PLAIN.put(quantity.obis().orElseThrow(), quantity));
    instantaneous.forEach(quantity -> PLAIN.put(quantity.obis().orElseThrow(), quantity));
  }

  private final Telegram telegram;
  private final Map<Quantity, Measurement> values = new LinkedHashMap<>();

  private MainValues(Telegram telegram) {
    this.telegram = telegram;
  }

  private static Quantity demand(String name) {
    return Quantity.custom(
        name, Commodity.ELECTRICITY, Unit.WATT, Phase.TOTAL, Nature.INSTANTANEOUS);
  }

  /** All values, at most one per quantity; empty if the port shows sub-meters only. */
  static List<Measurement> of(Telegram telegram) {
    MainValues main = new MainValues(telegram);
    main.decode();
    return List.copyOf(main.values.values());
  }

  private void decode() {
    put(Quantity.ACTIVE_POWER, net("1", "2", Unit.WATT).or(() -> signed("16", Unit.WATT)));
    put(Quantity.ACTIVE_POWER_L1, net("21", "22", Unit.WATT).or(() -> signed("36", Unit.WATT)));
    put(Quantity.ACTIVE_POWER_L2, net("41", "42", Unit.WATT).or(() -> signed("56", Unit.WATT)));
    put(Quantity.ACTIVE_POWER_L3, net("61", "62", Unit.WATT).or(() -> signed("76", Unit.WATT)));
    put(Quantity.REACTIVE_POWER, net("3", "4", Unit.VAR).or(this::quadrants));
    put(Quantity.REACTIVE_POWER_L1, net("23", "24", Unit.VAR));
    put(Quantity.REACTIVE_POWER_L2, net("43", "44", Unit.VAR));
    put(Quantity.REACTIVE_POWER_L3, net("63", "64", Unit.VAR));
    put(Quantity.APPARENT_POWER, either("9", "10"));
    put(Quantity.APPARENT_POWER_L1, either("29", "30"));
    put(Quantity.APPARENT_POWER_L2, either("49", "50"));
    put(Quantity.APPARENT_POWER_L3, either("69", "70"));
    put(Quantity.POWER_FACTOR, factor("1-0:13.7.0"));
    put(Quantity.POWER_FACTOR_L1, factor("1-0:33.7.0"));
    put(Quantity.POWER_FACTOR_L2, factor("1-0:53.7.0"));
    put(Quantity.POWER_FACTOR_L3, factor("1-0:73.7.0"));
    put(Quantity.ENERGY_IMPORT, total("1", Unit.WATT_HOUR));
    put(Quantity.ENERGY_EXPORT, total("2", Unit.WATT_HOUR));
    put(
        Quantity.REACTIVE_ENERGY_IMPORT,
        total("3", Unit.VAR_HOUR).or(() -> sum(Unit.VAR_HOUR, "1-0:5.8.0", "1-0:6.8.0")));
    put(
        Quantity.REACTIVE_ENERGY_EXPORT,
        total("4", Unit.VAR_HOUR).or(() -> sum(Unit.VAR_HOUR, "1-0:7.8.0", "1-0:8.8.0")));
    PLAIN.forEach((obis, quantity) -> put(quantity, number(obis, quantity.unit())));
    put(DEMAND, number("1-0:1.4.0", Unit.WATT));
    put(MONTH_PEAK, monthPeak());
    put(Quantity.TARIFF, tariff());
  }

  private void put(Quantity quantity, Optional<BigDecimal> value) {
    value.ifPresent(
        number -> values.put(quantity, Measurement.of(quantity, number, Quality.MEASURED)));
  }

  /** The number of an object, not negative. */
  private Optional<BigDecimal> number(String obis, Unit unit) {
    return raw(obis, unit).filter(NOT_NEGATIVE);
  }

  private Optional<BigDecimal> signed(String group, Unit unit) {
    return raw("1-0:" + group + ".7.0", unit);
  }

  private Optional<BigDecimal> raw(String obis, Unit unit) {
    List<String> texts = telegram.values(obis);
    return texts.size() == 1 ? value(texts.get(0), unit) : Optional.empty();
  }

  /** A value in the hub's unit; without a unit it is in the one of the P1 standards. */
  private static Optional<BigDecimal> value(String text, Unit unit) {
    return Amount.parse(text)
        .map(amount -> amount.unit().isEmpty() ? amount.in(customary(unit)) : amount)
        .filter(amount -> amount.dimension().equals(Optional.of(unit)))
        .flatMap(Amount::value);
  }

  private static String customary(Unit unit) {
    return switch (unit) {
      case WATT -> "kW";
      case WATT_HOUR -> "kWh";
      case VAR -> "kvar";
      case VAR_HOUR -> "kvarh";
      case VOLT_AMPERE -> "kVA";
      case VOLT_AMPERE_HOUR -> "kVAh";
      default -> unit.symbol();
    };
  }

  /** Taken less given. Where only one way is measured there is nothing the other way. */
  private Optional<BigDecimal> net(String taken, String given, Unit unit) {
    return combined(taken, given, unit, BigDecimal::subtract);
  }

  /** Apparent power is measured one way or the other. */
  private Optional<BigDecimal> either(String taken, String given) {
    return combined(taken, given, Unit.VOLT_AMPERE, BigDecimal::max);
  }

  private Optional<BigDecimal> combined(
      String taken,
      String given,
      Unit unit,
      java.util.function.BinaryOperator<BigDecimal> operator) {
    String plus = "1-0:" + taken + ".7.0";
    String minus = "1-0:" + given + ".7.0";
    if (!telegram.has(plus) && !telegram.has(minus)) {
      return Optional.empty();
    }
    Optional<BigDecimal> nothing = Optional.of(BigDecimal.ZERO);
    Optional<BigDecimal> first = telegram.has(plus) ? number(plus, unit) : nothing;
    Optional<BigDecimal> second = telegram.has(minus) ? number(minus, unit) : nothing;
    return first.flatMap(one -> second.map(two -> operator.apply(one, two)));
  }

  /** Reactive power by quadrant: I and II are taken, III and IV given. */
  private Optional<BigDecimal> quadrants() {
    Optional<BigDecimal> taken = sum(Unit.VAR, "1-0:5.7.0", "1-0:6.7.0");
    Optional<BigDecimal> given = sum(Unit.VAR, "1-0:7.7.0", "1-0:8.7.0");
    return taken.flatMap(one -> given.map(one::subtract));
  }

  /** The sum of objects that are all there. */
  private Optional<BigDecimal> sum(Unit unit, String... objects) {
    BigDecimal sum = BigDecimal.ZERO;
    for (String obis : objects) {
      Optional<BigDecimal> number = number(obis, unit);
      if (number.isEmpty()) {
        return Optional.empty();
      }
      sum = sum.add(number.get());
    }
    return Optional.of(sum);
  }

  /** The total register, or the sum of the tariffs' where the meter leaves it out. */
  private Optional<BigDecimal> total(String group, Unit unit) {
    String obis = "1-0:" + group + ".8.";
    if (telegram.has(obis + "0")) {
      return number(obis + "0", unit);
    }
    List<String> tariffs = new ArrayList<>();
    for (int tariff = 1; tariff <= TARIFFS; tariff++) {
      if (telegram.has(obis + tariff)) {
        tariffs.add(obis + tariff);
      }
    }
    // Not from the second on: a register that is missing is not zero.
    return tariffs.isEmpty() || !tariffs.get(0).endsWith("1")
        ? Optional.empty()
        : sum(unit, tariffs.toArray(String[]::new));
  }

  private Optional<BigDecimal> factor(String obis) {
    List<String> texts = telegram.values(obis);
    return texts.size() == 1
        ? Amount.parse(texts.get(0))
            .filter(amount -> amount.unit().isEmpty())
            .map(Amount::number)
            .filter(number -> number.abs().compareTo(BigDecimal.ONE) <= 0)
        : Optional.empty();
  }

  /** {@code (time of the peak)(peak)}; before the first of a month is over there is no time. */
  private Optional<BigDecimal> monthPeak() {
    List<String> texts = telegram.values("1-0:1.6.0");
    return texts.size() == 2 && Stamp.parse(texts.get(0), java.time.ZoneOffset.UTC).isPresent()
        ? value(texts.get(1), Unit.WATT).filter(NOT_NEGATIVE)
        : Optional.empty();
  }

  private Optional<BigDecimal> tariff() {
    List<String> texts = telegram.values("0-0:96.14.0");
    return texts.size() == 1 && texts.get(0).matches("[0-9]{1,4}")
        ? Optional.of(new BigDecimal(texts.get(0)))
        : Optional.empty();
  }
}
