package org.commonshub.metering.sunspec;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Modbus;

/**
 * Settings of a SunSpec device.
 *
 * @param unit unit identifier, 0 … 255
 * @param framing framing
 * @param timeout per request
 * @param kind part of the unit that is the device; empty for the first there is
 * @param instance which of several such parts, from 1
 * @param exportPositive whether a meter counts export as positive power
 * @param details whether settings and limits are read, too
 */
record SunSpecSettings(
    int unit,
    Modbus.Framing framing,
    Duration timeout,
    Optional<Found.Kind> kind,
    int instance,
    boolean exportPositive,
    boolean details) {
  static final String UNIT = "unit";
  static final String FRAMING = "framing";
  static final String TIMEOUT = "timeout_ms";
  static final String MODEL = "model";
  static final String INSTANCE = "instance";
  static final String METER_SIGN = "meter_sign";
  static final String DETAILS = "details";

  static final List<Option> OPTIONS =
      List.of(
          option(UNIT, "Unit id", "Modbus unit (slave) address, 0 to 255. Default 1.", "1"),
          option(
              MODEL,
              "Part",
              "Which part of the unit this device is. Default: the first of inverter, meter and"
                  + " battery; of a battery with its own inverter the battery.",
              "auto",
              "auto",
              "First there is",
              "inverter",
              "Inverter",
              "meter",
              "Meter",
              "battery",
              "Battery"),
          option(
              INSTANCE,
              "Number of the part",
              "Which one, where a unit has several meters or inverters, 1 to 16. Default 1.",
              "1"),
          option(
              METER_SIGN,
              "Sign of a meter's power",
              "What the meter counts as positive power; makers differ. Default: import.",
              "import",
              "import",
              "Import is positive",
              "export",
              "Export is positive"),
          option(
              DETAILS,
              "Details",
              "Whether ratings, settings and limits are read in every poll, too. Default false.",
              "false",
              "false",
              "No",
              "true",
              "Yes"),
          option(
              FRAMING,
              "Framing",
              "How messages are framed. Default: RTU on serial ports, TCP otherwise.",
              "auto",
              "auto",
              "By endpoint",
              "tcp",
              "Modbus TCP",
              "rtu",
              "Modbus RTU (also over TCP)"),
          option(
              TIMEOUT,
              "Time-out",
              "Time in milliseconds to wait for one answer, 20 to 30000. Default 1000.",
              "1000"));

  /** The same at another unit and with another time-out. */
  SunSpecSettings with(int otherUnit, Duration otherTimeout) {
    return new SunSpecSettings(
        otherUnit, framing, otherTimeout, kind, instance, exportPositive, details);
  }

  private static Option option(
      String key, String title, String description, String otherwise, String... choices) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < choices.length; i += 2) {
      map.put(choices[i], choices[i + 1]);
    }
    return new Option(key, title, description, otherwise, map, false, false);
  }

  static SunSpecSettings of(Endpoint endpoint, Map<String, String> settings)
      throws DeviceException {
    for (Option option : OPTIONS) {
      String value = settings.getOrDefault(option.key(), "");
      if (!value.isEmpty() && !option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw wrong(option.key(), value, "one of " + String.join(", ", option.choices().keySet()));
      }
    }
    String model = value(MODEL, settings);
    return new SunSpecSettings(
        number(UNIT, settings, 0, 255),
        switch (value(FRAMING, settings)) {
          case "tcp" -> Modbus.Framing.TCP;
          case "rtu" -> Modbus.Framing.RTU;
          default -> endpoint.scheme().equals("serial") ? Modbus.Framing.RTU : Modbus.Framing.TCP;
        },
        Duration.ofMillis(number(TIMEOUT, settings, 20, 30_000)),
        model.equals("auto")
            ? Optional.empty()
            : Optional.of(Found.Kind.valueOf(model.toUpperCase(Locale.ROOT))),
        number(INSTANCE, settings, 1, 16),
        value(METER_SIGN, settings).equals("export"),
        value(DETAILS, settings).equals("true"));
  }

  private static String value(String key, Map<String, String> settings) {
    String value = settings.getOrDefault(key, "").strip();
    return value.isEmpty()
        ? OPTIONS.stream()
            .filter(option -> option.key().equals(key))
            .findFirst()
            .orElseThrow()
            .defaultValue()
        : value;
  }

  private static int number(String key, Map<String, String> settings, int min, int max)
      throws DeviceException {
    String text = value(key, settings);
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the same sentence
    }
    throw wrong(key, text, "a whole number from " + min + " to " + max);
  }

  private static DeviceException wrong(String key, String value, String expected) {
    return new DeviceException(
        DeviceException.Kind.SETTINGS,
        "The setting '" + key + "' is '" + value + "', but " + expected + " is expected.");
  }
}
