package org.commonshub.metering.p1;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/**
 * A meter that reports through the electricity meter by M-Bus: objects {@code 0-n:24.x} and {@code
 * 0-n:96.1.x} of its channel n.
 *
 * @param channel M-Bus channel, 1 … 4
 * @param medium what it measures
 * @param serial its own number
 * @param reading what it said last; empty while it has said nothing yet
 */
record SubMeter(int channel, Medium medium, Optional<String> serial, Optional<Reading> reading) {
  /** Most channels. */
  static final int CHANNELS = 4;

  /** Bits of the profile status of a value before DSMR 4 (AMR profile status, IDIS). */
  private static final int CRITICAL_ERROR = 1;

  private static final int CLOCK_INVALID = 1 << 1;
  private static final int NOT_VALID = 1 << 2;
  private static final int SUMMER_TIME = 1 << 3;

  /**
   * A value with the sub-meter's own time.
   *
   * @param value the value
   * @param at when it was taken; empty if it is not known
   */
  record Reading(Measurement value, Optional<Instant> at) {}

  /** Media by their number in {@code 0-n:24.1.0} (EN 13757-3, device types). */
  enum Medium {
    ELECTRICITY("Electricity sub-meter", DeviceRole.SUB_METER, "kWh"),
    GAS("Gas meter", DeviceRole.GAS_METER, "m3"),
    HEAT("Heat meter", DeviceRole.HEAT_METER, "GJ"),
    COOLING("Cooling meter", DeviceRole.HEAT_METER, "GJ"),
    WATER("Water meter", DeviceRole.WATER_METER, "m3"),
    OTHER("Meter", DeviceRole.SENSOR, "");

    private final String title;
    private final DeviceRole role;
    private final String customary;

    Medium(String title, DeviceRole role, String customary) {
      this.title = title;
      this.role = role;
      this.customary = customary;
    }

    String title() {
      return title;
    }

    DeviceRole role() {
      return role;
    }

    /** The quantity of a register in a unit; empty if this medium is not measured so. */
    Optional<Quantity> register(Unit unit) {
      boolean energy = unit == Unit.WATT_HOUR;
      boolean volume = unit == Unit.CUBIC_METRE;
      Quantity quantity =
          switch (this) {
            case ELECTRICITY -> energy ? Quantity.ENERGY_IMPORT : null;
            case GAS -> energy ? Quantity.GAS_ENERGY : volume ? Quantity.GAS_VOLUME : null;
            case HEAT -> energy ? Quantity.HEAT_ENERGY : volume ? Quantity.HEAT_VOLUME : null;
            case COOLING -> energy ? Quantity.COOLING_ENERGY : null;
            case WATER -> volume ? Quantity.WATER_VOLUME : null;
            case OTHER -> null;
          };
      return Optional.ofNullable(quantity);
    }

    static Medium of(int type) {
      return switch (type) {
        case 2 -> ELECTRICITY;
        case 3 -> GAS;
        case 4, 12, 13 -> HEAT;
        case 10, 11 -> COOLING;
        case 6, 7, 21, 22 -> WATER;
        default -> OTHER;
      };
    }
  }

  /** The sub-meters of a telegram, by channel. */
  static List<SubMeter> of(Telegram telegram, ZoneId zone) {
    List<SubMeter> found = new ArrayList<>();
    for (int channel = 1; channel <= CHANNELS; channel++) {
      of(telegram, channel, zone).ifPresent(found::add);
    }
    return List.copyOf(found);
  }

  /** One sub-meter; empty if the channel is not in use. */
  static Optional<SubMeter> of(Telegram telegram, int channel, ZoneId zone) {
    String prefix = "0-" + channel + ":";
    List<String> type = telegram.values(prefix + "24.1.0");
    Medium medium =
        type.size() == 1 && type.get(0).matches("[0-9]{1,3}")
            ? Medium.of(Integer.parseInt(type.get(0)))
            : telegram.has(prefix + "24.2.3") ? Medium.GAS : Medium.OTHER;
    Optional<String> serial =
        telegram.serial(prefix + "96.1.0").or(() -> telegram.serial(prefix + "96.1.1"));
    Optional<Reading> reading =
        latest(telegram.values(prefix + "24.2.1"), medium, zone)
            .or(() -> latest(telegram.values(prefix + "24.2.3"), medium, zone))
            .or(() -> profile(telegram.values(prefix + "24.3.0"), medium, zone));
    return medium == Medium.OTHER || serial.isEmpty() && reading.isEmpty()
        ? Optional.empty()
        : Optional.of(new SubMeter(channel, medium, serial, reading));
  }

  /** Maker and number as far as they are known. */
  Map<String, String> identity() {
    Map<String, String> identity = new HashMap<>();
    serial.ifPresent(number -> identity.put("serial", number));
    identity.put("model", medium.title() + " on M-Bus channel " + channel);
    return Map.copyOf(identity);
  }

  /** {@code (time)(value*unit)}, since DSMR 4: a time that is none stands for "nothing yet". */
  private static Optional<Reading> latest(List<String> values, Medium medium, ZoneId zone) {
    if (values.size() == 1) {
      return value(values.get(0), "", medium)
          .map(value -> new Reading(value, Optional.<Instant>empty()));
    }
    if (values.size() != 2) {
      return Optional.empty();
    }
    Optional<Instant> at = Stamp.parse(values.get(0), zone);
    return at.flatMap(
        instant -> value(values.get(1), "", medium).map(value -> new Reading(value, at)));
  }

  /**
   * {@code (time)(status)(period)(n)}, n times {@code (code)(unit)}, n times {@code (value)}: a
   * buffer's last entry, before DSMR 4.
   */
  private static Optional<Reading> profile(List<String> values, Medium medium, ZoneId zone) {
    if (values.size() < 7
        || !values.get(1).matches("[0-9A-Fa-f]{1,6}")
        || !values.get(3).matches("[1-4]")) {
      return Optional.empty();
    }
    int status = Integer.parseInt(values.get(1), 16);
    int channels = Integer.parseInt(values.get(3));
    if (values.size() != 4 + 3 * channels || (status & (NOT_VALID | CRITICAL_ERROR)) != 0) {
      return Optional.empty();
    }
    Optional<Instant> at =
        Stamp.parse(values.get(0), zone, Optional.of((status & SUMMER_TIME) != 0));
    if (at.isEmpty()) {
      return Optional.empty();
    }
    boolean untimed = (status & CLOCK_INVALID) != 0;
    for (int i = 0; i < channels; i++) {
      if (values.get(4 + 2 * i).matches("0-[1-4]:24\\.2\\.[1-3].*")) {
        return value(values.get(4 + 2 * channels + i), values.get(5 + 2 * i), medium)
            .map(value -> new Reading(value, untimed ? Optional.empty() : at));
      }
    }
    return Optional.empty();
  }

  private static Optional<Measurement> value(String text, String unit, Medium medium) {
    Optional<Amount> known =
        Amount.parse(text)
            .map(amount -> amount.unit().isEmpty() ? amount.in(unit) : amount)
            .map(amount -> amount.unit().isEmpty() ? amount.in(medium.customary) : amount)
            .filter(amount -> amount.number().signum() >= 0);
    Optional<Quantity> quantity = known.flatMap(Amount::dimension).flatMap(medium::register);
    Optional<BigDecimal> number = known.flatMap(Amount::value);
    return quantity.flatMap(
        what -> number.map(value -> Measurement.of(what, value, Quality.MEASURED)));
  }
}
