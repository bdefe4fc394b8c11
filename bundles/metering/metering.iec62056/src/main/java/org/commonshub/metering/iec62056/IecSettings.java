package org.commonshub.metering.iec62056;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a device.
 *
 * @param pushed whether the meter sends by itself (mode D)
 * @param atOnce whether it sends its values without an acknowledgement (mode A)
 * @param address device address, or empty
 * @param startBaud baud rate of the first words
 * @param maxBaud highest baud rate to agree on
 * @param parity whether characters are sent with even parity
 * @param baseUnits whether energy and power without a unit are in Wh and W
 * @param timeout for the meter's first words
 */
record IecSettings(
    boolean pushed,
    boolean atOnce,
    String address,
    int startBaud,
    int maxBaud,
    boolean parity,
    boolean baseUnits,
    Duration timeout) {
  static final String MODE = "mode";
  static final String ADDRESS = "address";
  static final String START_BAUD = "start_baud";
  static final String MAX_BAUD = "max_baud";
  static final String PARITY = "parity";
  static final String UNITS = "units";
  static final String TIMEOUT = "timeout_ms";

  private static final int LONGEST_ADDRESS = 32;
  private static final int LEAST_TIMEOUT = 50;
  private static final int MOST_TIMEOUT = 20_000;

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              MODE,
              "Who begins",
              "Whether the hub asks the meter (mode C; A for old meters that keep to 300 baud), or"
                  + " the meter sends by itself (mode D). Default C.",
              "C",
              choices(
                  "C", "the hub asks (C)",
                  "A", "the hub asks an old meter (A)",
                  "D", "the meter sends (D)"),
              false,
              false),
          new Option(
              ADDRESS,
              "Device address",
              "Address of the meter on a bus of several, up to 32 letters and digits; often its"
                  + " number. Default: none, whichever meter there is.",
              "",
              Map.of(),
              false,
              false),
          new Option(
              START_BAUD,
              "First baud rate",
              "Baud rate at which the meter is spoken to first, in baud. Default 300, as the"
                  + " standard has it; some meters on a bus keep to 9600.",
              "300",
              rates(),
              false,
              false),
          new Option(
              MAX_BAUD,
              "Highest baud rate",
              "Highest baud rate to agree on, in baud. Lower it when the reading head is too slow."
                  + " On TCP the first one is kept. Default 9600.",
              "9600",
              rates(),
              false,
              false),
          new Option(
              PARITY,
              "Parity",
              "Even as the standard has it, made and checked by the hub itself: leave the port at"
                  + " eight bits without parity. Default even.",
              "even",
              choices("even", "even (7E1)", "none", "none (8N1)"),
              false,
              false),
          new Option(
              UNITS,
              "Values without unit",
              "What energy and power are in when the meter does not say. Default kWh and kW.",
              "kWh",
              choices("kWh", "kWh and kW", "Wh", "Wh and W"),
              false,
              false),
          new Option(
              TIMEOUT,
              "Time-out",
              "Time for the meter's first words, in milliseconds, 50 to 20,000. Default 4000. All"
                  + " of a readout must end within twice the device's interval, 30 s at most.",
              "4000",
              Map.of(),
              false,
              false));

  private static Map<String, String> rates() {
    Map<String, String> choices = new LinkedHashMap<>();
    for (int baud : new int[] {300, 600, 1_200, 2_400, 4_800, 9_600, 19_200}) {
      choices.put(Integer.toString(baud), Integer.toString(baud));
    }
    return choices;
  }

  private static Map<String, String> choices(String... pairs) {
    Map<String, String> choices = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      choices.put(pairs[i], pairs[i + 1]);
    }
    return choices;
  }

  /** Reads settings. */
  static IecSettings of(Map<String, String> settings) throws DeviceException {
    Map<String, String> values = new LinkedHashMap<>();
    for (Option option : OPTIONS) {
      String value = settings.getOrDefault(option.key(), option.defaultValue()).strip();
      if (!option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw refused(
            option.key(), value, "one of " + String.join(", ", option.choices().keySet()));
      }
      values.put(option.key(), value);
    }
    String address = values.get(ADDRESS);
    if (!address.matches("[A-Za-z0-9 ]{0," + LONGEST_ADDRESS + "}")) {
      throw refused(ADDRESS, address, "up to 32 letters, digits and blanks");
    }
    int timeout = -1;
    try {
      timeout = Integer.parseInt(values.get(TIMEOUT));
    } catch (NumberFormatException e) {
      // Refused below.
    }
    if (timeout < LEAST_TIMEOUT || timeout > MOST_TIMEOUT) {
      throw refused(TIMEOUT, values.get(TIMEOUT), "50 to 20,000 milliseconds");
    }
    return new IecSettings(
        values.get(MODE).equals("D"),
        values.get(MODE).equals("A"),
        address,
        Integer.parseInt(values.get(START_BAUD)),
        Integer.parseInt(values.get(MAX_BAUD)),
        values.get(PARITY).equals("even"),
        values.get(UNITS).equals("Wh"),
        Duration.ofMillis(timeout));
  }

  private static DeviceException refused(String key, String value, String expected) {
    return new DeviceException(
        Kind.SETTINGS,
        "'" + value + "' cannot be used for " + key + "; expected " + expected + ".");
  }
}
