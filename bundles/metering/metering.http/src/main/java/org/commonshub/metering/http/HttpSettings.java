package org.commonshub.metering.http;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.HttpConnection.Credentials;

/**
 * Settings of a device on HTTP.
 *
 * @param preset what it is
 * @param part component, meter or channel; empty for the first there is
 * @param id number of a part, in presets that have one
 * @param path request target of a template
 * @param values mapping of a template
 * @param credentials user and password
 * @param token bearer token
 * @param restOn whether a switch is on while nobody holds it
 * @param timeout per request
 */
record HttpSettings(
    String preset,
    String part,
    String id,
    String path,
    String values,
    Optional<Credentials> credentials,
    Optional<String> token,
    boolean restOn,
    Duration timeout) {
  static final String PRESET = "preset";
  static final String PART = "part";
  static final String ID = "id";
  static final String PATH = "path";
  static final String VALUES = "values";
  static final String USER = "user";
  static final String PASSWORD = "password";
  static final String TOKEN = "token";
  static final String REST = "rest";
  static final String TIMEOUT = "timeout_ms";

  static final String SHELLY = "shelly";
  static final String SHELLY_GEN1 = "shelly-gen1";
  static final String TASMOTA = "tasmota";
  static final String TEMPLATE = "template";

  static List<Option> options(List<Preset> presets) {
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put(SHELLY, "Shelly Gen2 and later");
    choices.put(SHELLY_GEN1, "Shelly Gen1");
    choices.put(TASMOTA, "Tasmota");
    presets.forEach(preset -> choices.put(preset.name(), preset.title()));
    choices.put(TEMPLATE, "Any other, by a template");
    return List.of(
        new Option(PRESET, "Kind of device", "What answers there.", "", choices, true, false),
        text(
            PART,
            "Part",
            "Of a Shelly the component (switch:0, em:0, em1:1, pm1:0; Gen1: meter:0, emeter:1,"
                + " emeters for three phases), of a Tasmota device with several channels the"
                + " number from 1. Empty: the first that measures.",
            ""),
        text(
            ID,
            "Number at the device",
            "Number of the inverter, meter or battery at its data logger, 0 to 255, where the kind"
                + " has one. Empty: the usual one.",
            ""),
        text(
            PATH,
            "Path of a template",
            "What is asked for, for example /api/status. Only for a template.",
            "/"),
        text(
            VALUES,
            "Values of a template",
            "What the answer's values mean, parted by semicolons: PATH = QUANTITY UNIT, for example"
                + " $.meter.power = power.active W; $.meter.total = energy.import kWh. A path of"
                + " the device may go before it: /other $.p = power.active W.",
            ""),
        text(USER, "User", "User name, if the device asks for one. Default admin.", "admin"),
        new Option(
            PASSWORD,
            "Password",
            "Password, if the device asks for one.",
            "",
            Map.of(),
            false,
            true),
        new Option(
            TOKEN,
            "Token",
            "Token that is sent as 'Authorization: Bearer', if the device asks for one (Enphase)."
                + " Use it with https only.",
            "",
            Map.of(),
            false,
            true),
        new Option(
            REST,
            "Switch at rest",
            "State that a Shelly's switch returns to when nobody controls it. Default on.",
            "on",
            Map.of("on", "On", "off", "Off"),
            false,
            false),
        text(
            TIMEOUT,
            "Time-out",
            "Time in milliseconds to wait for one answer, 50 to 30000. Default 3000.",
            "3000"));
  }

  private static Option text(String key, String title, String description, String otherwise) {
    return new Option(key, title, description, otherwise, Map.of(), false, false);
  }

  static HttpSettings of(Map<String, String> settings, List<Option> options)
      throws DeviceException {
    for (Option option : options) {
      String value = settings.getOrDefault(option.key(), "").strip();
      if (option.required() && value.isEmpty()
          || !value.isEmpty()
              && !option.choices().isEmpty()
              && !option.choices().containsKey(value)) {
        throw wrong(option.key(), value, "one of " + String.join(", ", option.choices().keySet()));
      }
    }
    String password = settings.getOrDefault(PASSWORD, "");
    String token = settings.getOrDefault(TOKEN, "").strip();
    String path = value(settings, PATH, "/");
    if (!path.startsWith("/") || path.length() > 512 || !printable(path)) {
      throw wrong(PATH, path, "a path that begins with '/', without spaces,");
    }
    if (!printable(token)) {
      throw new DeviceException(Kind.SETTINGS, "The token has characters that no token has.");
    }
    String id = value(settings, ID, "");
    if (!id.isEmpty() && (!id.matches("\\d{1,3}") || Integer.parseInt(id) > 255)) {
      throw wrong(ID, id, "a whole number from 0 to 255");
    }
    return new HttpSettings(
        value(settings, PRESET, ""),
        value(settings, PART, ""),
        id,
        path,
        value(settings, VALUES, ""),
        password.isEmpty()
            ? Optional.empty()
            : Optional.of(new Credentials(value(settings, USER, "admin"), password)),
        token.isEmpty() ? Optional.empty() : Optional.of(token),
        !value(settings, REST, "on").equals("off"),
        timeout(value(settings, TIMEOUT, "3000")));
  }

  private static boolean printable(String text) {
    return text.chars().allMatch(c -> c > ' ' && c < 0x7F);
  }

  private static String value(Map<String, String> settings, String key, String otherwise) {
    String value = settings.getOrDefault(key, "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  private static Duration timeout(String text) throws DeviceException {
    if (text.matches("\\d{1,5}")) {
      int millis = Integer.parseInt(text);
      if (millis >= 50 && millis <= 30_000) {
        return Duration.ofMillis(millis);
      }
    }
    throw wrong(TIMEOUT, text, "a whole number from 50 to 30000");
  }

  static DeviceException wrong(String key, String value, String expected) {
    String shown = value.length() > 48 ? value.substring(0, 48) + "…" : value;
    return new DeviceException(
        Kind.SETTINGS,
        "The setting '" + key + "' is '" + shown + "', but " + expected + " is expected.");
  }
}
