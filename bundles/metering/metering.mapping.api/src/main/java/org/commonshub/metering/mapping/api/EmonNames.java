package org.commonshub.metering.mapping.api;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Quantity;

/**
 * Names that OpenEnergyMonitor hardware gives its values (emonTx, emonPi, emonTH as in emonHub's
 * node templates): {@code power1}, {@code P1}, {@code E1}, {@code Vrms}, {@code powerL1}, {@code
 * temp1}. Pulse counts, battery voltages and sums have no meaning of their own and are left out.
 */
public final class EmonNames {
  private static final Pattern NUMBERED =
      Pattern.compile("(power|p|e|vrms|v|irms|pf|temp|t)(\\d{1,2})");
  private static final Pattern PHASE = Pattern.compile("power_?l([123])");

  /** Most current transformers of a node. */
  public static final int MAX_CHANNELS = 12;

  /**
   * What a name means.
   *
   * @param quantity quantity
   * @param unit unit of the value sent
   */
  public record Named(Quantity quantity, String unit) {}

  private EmonNames() {}

  /**
   * The meaning of a name.
   *
   * @param channel current transformer that is the device, from 1; 0 for all of a node, told apart
   *     by the quantity's channel
   */
  public static Optional<Named> of(String name, int channel) {
    String key = name.strip().toLowerCase(Locale.ROOT);
    switch (key) {
      case "power" -> {
        return channel <= 1 ? named(Quantity.ACTIVE_POWER, "W") : Optional.empty();
      }
      case "vrms", "voltage" -> {
        return named(Quantity.VOLTAGE, "V");
      }
      case "f", "freq", "frequency" -> {
        return named(Quantity.FREQUENCY, "Hz");
      }
      case "temperature" -> {
        return channel == 0 ? named(Quantity.TEMPERATURE, "°C") : Optional.empty();
      }
      default -> {
        return numbered(key, channel);
      }
    }
  }

  /** Number of the current transformer a name belongs to, from 1; 0 if to none. */
  public static int channel(String name) {
    Matcher matcher = NUMBERED.matcher(name.strip().toLowerCase(Locale.ROOT));
    if (matcher.matches() && (matcher.group(1).equals("power") || matcher.group(1).equals("p"))) {
      int number = Integer.parseInt(matcher.group(2));
      return number <= MAX_CHANNELS ? number : 0;
    }
    return 0;
  }

  private static Optional<Named> numbered(String key, int channel) {
    Matcher phase = PHASE.matcher(key);
    if (phase.matches()) {
      return channel == 0
          ? named(
              phase(
                  phase.group(1),
                  Quantity.ACTIVE_POWER_L1,
                  Quantity.ACTIVE_POWER_L2,
                  Quantity.ACTIVE_POWER_L3),
              "W")
          : Optional.empty();
    }
    Matcher matcher = NUMBERED.matcher(key);
    int number = matcher.matches() ? Integer.parseInt(matcher.group(2)) : 0;
    if (number < 1 || number > MAX_CHANNELS) {
      return Optional.empty();
    }
    return switch (matcher.group(1)) {
      case "power", "p" -> part(Quantity.ACTIVE_POWER, "W", number, channel);
      case "e" -> part(Quantity.ENERGY_IMPORT, "Wh", number, channel);
      case "irms" -> part(Quantity.CURRENT, "A", number, channel);
      case "pf" -> part(Quantity.POWER_FACTOR, "", number, channel);
      case "vrms", "v" ->
          number <= 3
              ? named(
                  phase(
                      matcher.group(2),
                      Quantity.VOLTAGE_L1,
                      Quantity.VOLTAGE_L2,
                      Quantity.VOLTAGE_L3),
                  "V")
              : Optional.empty();
      default ->
          channel == 0 ? named(Quantity.TEMPERATURE.channel(number), "°C") : Optional.empty();
    };
  }

  private static Optional<Named> part(Quantity quantity, String unit, int number, int channel) {
    if (channel == 0) {
      return named(quantity.channel(number), unit);
    }
    return channel == number ? named(quantity, unit) : Optional.empty();
  }

  private static Quantity phase(String number, Quantity l1, Quantity l2, Quantity l3) {
    return switch (number) {
      case "1", "01" -> l1;
      case "2", "02" -> l2;
      default -> l3;
    };
  }

  private static Optional<Named> named(Quantity quantity, String unit) {
    return Optional.of(new Named(quantity, unit));
  }
}
