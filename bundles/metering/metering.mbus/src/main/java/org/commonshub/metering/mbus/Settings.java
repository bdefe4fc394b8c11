package org.commonshub.metering.mbus;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/** Reads settings by the options that describe them. */
final class Settings {
  static final String KEY = "key";
  static final String MEDIUM = "medium";
  static final String DETAILS = "details";

  static final Option KEY_OPTION =
      new Option(
          KEY,
          "Key",
          "The meter's AES-128 key, 32 hex digits, from the company that reads it. Needed only if"
              + " it encrypts.",
          "",
          Map.of(),
          false,
          true);

  static final Option MEDIUM_OPTION =
      option(
          MEDIUM,
          "Medium",
          "What is metered, where the meter says it wrongly or not at all. Default: what the meter"
              + " says.",
          "auto",
          "auto",
          "As the meter says",
          "electricity",
          "Electricity",
          "gas",
          "Gas",
          "heat",
          "Heat",
          "cooling",
          "Cooling",
          "water",
          "Water",
          "sensor",
          "Temperature or humidity");

  static final Option DETAILS_OPTION =
      option(
          DETAILS,
          "Details",
          "Whether other values of the meter come as x-mbus.…, too. Default false.",
          "false",
          "false",
          "No",
          "true",
          "Yes");

  private final List<Option> options;
  private final Map<String, String> settings;

  Settings(List<Option> options, Map<String, String> settings) throws DeviceException {
    this.options = options;
    this.settings = settings;
    for (Option option : options) {
      String value = settings.getOrDefault(option.key(), "");
      if (!value.isEmpty() && !option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw wrong(option.key(), value, "one of " + String.join(", ", option.choices().keySet()));
      }
    }
  }

  static Option option(
      String key, String title, String description, String otherwise, String... choices) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < choices.length; i += 2) {
      map.put(choices[i], choices[i + 1]);
    }
    return new Option(key, title, description, otherwise, map, false, false);
  }

  String text(String key) {
    String value = settings.getOrDefault(key, "").strip();
    return value.isEmpty()
        ? options.stream()
            .filter(option -> option.key().equals(key))
            .findFirst()
            .orElseThrow()
            .defaultValue()
        : value;
  }

  int number(String key, int min, int max) throws DeviceException {
    return number(key, text(key), min, max);
  }

  static int number(String key, String text, int min, int max) throws DeviceException {
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw wrong(key, text, "a whole number from " + min + " to " + max);
  }

  /** The key; null if there is none. */
  byte[] key() throws DeviceException {
    String text = text(KEY);
    if (text.isEmpty()) {
      return null;
    }
    byte[] key = Aes.key(text);
    if (key == null) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "The setting 'key' has another form than 32 hexadecimal digits. Copy it again as it was"
              + " given to you.");
    }
    return key;
  }

  /** What is metered; null for what the meter says. */
  DeviceType.Kind kind() {
    String medium = text(MEDIUM);
    return medium.equals("auto") ? null : DeviceType.Kind.valueOf(medium.toUpperCase(Locale.ROOT));
  }

  boolean details() {
    return text(DETAILS).equals("true");
  }

  /** Manufacturer code of three letters; −1 for any. */
  int maker(String key) throws DeviceException {
    String text = text(key).toUpperCase(Locale.ROOT);
    if (text.isEmpty()) {
      return -1;
    }
    if (!text.matches("[A-Z]{3}")) {
      throw wrong(key, text, "the three letters of the maker");
    }
    return Meter.makerOf(text);
  }

  static DeviceException wrong(String key, String value, String expected) {
    return new DeviceException(
        DeviceException.Kind.SETTINGS,
        "The setting '" + key + "' is '" + value + "', but " + expected + " is expected.");
  }
}
