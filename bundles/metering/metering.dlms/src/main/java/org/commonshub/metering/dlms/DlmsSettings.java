package org.commonshub.metering.dlms;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a meter that pushes lists.
 *
 * @param security keys
 * @param wrapping what messages are wrapped in
 * @param meterClock whether readings carry the meter's time
 * @param zone zone of the meter's clock, where it does not say
 * @param energyScale see {@link Values}
 */
record DlmsSettings(
    Security security, Frames.Wrapping wrapping, boolean meterClock, ZoneId zone, int energyScale) {
  static final String KEY = "key";
  static final String AUTHENTICATION_KEY = "authentication_key";
  static final String WRAPPING = "wrapping";
  static final String CLOCK = "clock";
  static final String ZONE = "zone";
  static final String ENERGY_UNIT = "energy_unit";

  static final List<Option> OPTIONS =
      List.of(
          secret(
              KEY,
              "Encryption key",
              "Key of the customer interface (GUEK, AES-128), 32 hex digits, from the grid operator."
                  + " Needed only if the meter encrypts."),
          secret(
              AUTHENTICATION_KEY,
              "Authentication key",
              "Authentication key (GAK), 32 hex digits, if the grid operator gives one: with it,"
                  + " changed or forged messages are refused."),
          option(
              WRAPPING,
              "Wrapping",
              "What messages are wrapped in. Default: found out.",
              "auto",
              "auto",
              "Found out",
              "hdlc",
              "HDLC frames (7E … 7E)",
              "mbus",
              "M-Bus frames (68 … 16)",
              "wrapper",
              "DLMS wrapper for TCP"),
          option(
              CLOCK,
              "Time stamp",
              "Whose clock stamps readings. Default: the hub's.",
              "hub",
              "hub",
              "The hub's",
              "meter",
              "The meter's, while it is within a day of the hub's"),
          option(
              ZONE,
              "Time zone",
              "Zone of the meter's clock, where it does not tell it with its time:"
                  + " Europe/Oslo, UTC, +01:00. Default Europe/Vienna (as in all of central Europe).",
              "Europe/Vienna"),
          option(
              ENERGY_UNIT,
              "Energy per digit",
              "Watt-hours that a digit of energy registers stands for, where the list does not"
                  + " tell. Default: known for Kamstrup and Landis+Gyr, else these registers are left"
                  + " out.",
              "auto",
              "auto",
              "As known of the maker",
              "1",
              "1 Wh",
              "10",
              "10 Wh",
              "100",
              "100 Wh",
              "1000",
              "1 kWh"));

  private static Option secret(String key, String title, String description) {
    return new Option(key, title, description, "", Map.of(), false, true);
  }

  private static Option option(
      String key, String title, String description, String otherwise, String... choices) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < choices.length; i += 2) {
      map.put(choices[i], choices[i + 1]);
    }
    return new Option(key, title, description, otherwise, map, false, false);
  }

  static DlmsSettings of(Map<String, String> settings) throws DeviceException {
    for (Option option : OPTIONS) {
      String value = settings.getOrDefault(option.key(), "");
      if (!value.isEmpty() && !option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw wrong(option.key(), value, "one of " + String.join(", ", option.choices().keySet()));
      }
    }
    ZoneId zone;
    try {
      zone = ZoneId.of(value(ZONE, settings));
    } catch (DateTimeException e) {
      throw wrong(ZONE, value(ZONE, settings), "a time zone as Europe/Vienna");
    }
    byte[] encryption = key(KEY, settings);
    byte[] authentication = key(AUTHENTICATION_KEY, settings);
    if (authentication != null && encryption == null) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "There is an 'authentication_key', but no 'key': the meter needs both.");
    }
    String energy = value(ENERGY_UNIT, settings);
    return new DlmsSettings(
        new Security(encryption, authentication),
        Frames.Wrapping.valueOf(value(WRAPPING, settings).toUpperCase(Locale.ROOT)),
        value(CLOCK, settings).equals("meter"),
        zone,
        energy.equals("auto") ? -1 : energy.length() - 1);
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

  private static byte[] key(String key, Map<String, String> settings) throws DeviceException {
    String digits = value(key, settings).replaceAll("[\\s:-]", "").toLowerCase(Locale.ROOT);
    if (digits.isEmpty()) {
      return null;
    }
    if (!digits.matches("[0-9a-f]{32}")) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "The setting '"
              + key
              + "' has another form than 32 hexadecimal digits. Copy it again as it was given to"
              + " you.");
    }
    return HexFormat.of().parseHex(digits);
  }

  private static DeviceException wrong(String key, String value, String expected) {
    return new DeviceException(
        DeviceException.Kind.SETTINGS,
        "The setting '" + key + "' is '" + value + "', but " + expected + " is expected.");
  }
}
