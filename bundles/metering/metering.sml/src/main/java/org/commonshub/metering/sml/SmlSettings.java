package org.commonshub.metering.sml;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a device.
 *
 * @param sign how powers are taken
 * @param meter number of the one meter meant, as printed or in hexadecimal, without blanks; empty
 *     for whichever there is
 * @param details also values without a catalogued quantity, and the status word
 */
record SmlSettings(PowerSign.Mode sign, String meter, boolean details) {
  static final String SIGN = "sign_fix";
  static final String METER = "meter";
  static final String DETAILS = "details";

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              SIGN,
              "Correct the sign of the power",
              "Some meters send positive power as negative, or send no sign. By default the energy"
                  + " registers and the status word decide whether that is so.",
              "auto",
              choices(
                  "auto", "if the registers show that it is wrong",
                  "on", "short negative values are always positive",
                  "off", "never"),
              false,
              false),
          new Option(
              METER,
              "Meter number",
              "Number of the meter, where several send on one line; as printed on it"
                  + " (1DZG0042082910) or in hexadecimal. Empty: whichever there is.",
              "",
              Map.of(),
              false,
              false),
          new Option(
              DETAILS,
              "All values",
              "Also phase angles (in degrees) and other values as x-obis.…, and the status word as"
                  + " device state. Off by default.",
              "false",
              choices("false", "no", "true", "yes"),
              false,
              false));

  private static Map<String, String> choices(String... pairs) {
    Map<String, String> choices = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      choices.put(pairs[i], pairs[i + 1]);
    }
    return choices;
  }

  /** Reads settings. */
  static SmlSettings of(Map<String, String> settings) throws DeviceException {
    for (Option option : OPTIONS) {
      String value = settings.getOrDefault(option.key(), option.defaultValue());
      if (!option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw new DeviceException(
            Kind.SETTINGS,
            "'"
                + value
                + "' cannot be used for "
                + option.key()
                + "; expected one of "
                + String.join(", ", option.choices().keySet())
                + ".");
      }
    }
    return new SmlSettings(
        PowerSign.Mode.of(settings.getOrDefault(SIGN, "auto")),
        settings.getOrDefault(METER, "").replaceAll("\\s", "").toUpperCase(Locale.ROOT),
        settings.getOrDefault(DETAILS, "false").equals("true"));
  }
}
