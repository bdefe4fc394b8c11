package org.commonshub.metering.p1;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverDescription.Option;

/** Settings of a meter on a P1 port. */
final class P1Settings {
  static final String CHANNEL = "channel";
  static final String KEY = "key";
  static final String AUTHENTICATION_KEY = "authentication_key";
  static final String TIME_ZONE = "time_zone";
  static final String CLOCK = "clock";
  static final String CHECKSUM = "checksum";
  static final String MAIN = "main";

  /** The authentication key that Luxmetering published for all meters of Luxembourg. */
  private static final String PUBLISHED = "00112233445566778899AABBCCDDEEFF";

  private static final String DEFAULT_ZONE = "Europe/Amsterdam";
  private static final int KEY_DIGITS = 32;

  static final List<Option> OPTIONS =
      List.of(
          option(
              CHANNEL,
              "Meter",
              "Which meter on the port this device is: the electricity meter, or the one on an M-Bus"
                  + " channel 1 to 4 of it (gas, water, heat). Default: main.",
              MAIN,
              choices(
                  MAIN,
                  "Electricity meter",
                  "1",
                  "M-Bus channel 1",
                  "2",
                  "M-Bus channel 2",
                  "3",
                  "M-Bus channel 3",
                  "4",
                  "M-Bus channel 4")),
          secret(
              KEY,
              "Decryption key",
              "Of meters that encrypt (Luxembourg, parts of Austria and Lithuania): 32 hexadecimal"
                  + " digits, from the grid operator's customer portal. Default: none, the meter does"
                  + " not encrypt."),
          secret(
              AUTHENTICATION_KEY,
              "Authentication key",
              "Of meters that encrypt, where the grid operator gives a second key: 32 hexadecimal"
                  + " digits. Default: the one published for Luxembourg."),
          option(
              TIME_ZONE,
              "Time zone",
              "Legal time the meter shows, as in the IANA time zone database, such as"
                  + " Europe/Helsinki. Default Europe/Amsterdam, which also is right for Belgium,"
                  + " Luxembourg, Sweden, Hungary and Austria.",
              DEFAULT_ZONE,
              Map.of()),
          option(
              CLOCK,
              "Clock",
              "Whose clock stamps the electricity values: the meter's, which the grid operator keeps,"
                  + " or the hub's, for a meter whose clock is wrong. Default: meter.",
              "meter",
              choices("meter", "The meter's", "hub", "The hub's")),
          option(
              CHECKSUM,
              "Check sum",
              "How telegrams are checked. Default: as in the standard (CRC-16). X-25 is what some"
                  + " Holley meters use. 'none' believes telegrams with a wrong check sum if their"
                  + " form is right: a digit that was changed on the way is not noticed then.",
              "crc16",
              choices(
                  "crc16", "CRC-16, as in the standard",
                  "x25", "CRC-16/X-25",
                  "none", "None, form only")));

  private final int channel;
  private final ZoneId zone;
  private final boolean meterClock;
  private final Checksum checksum;
  private final byte[] key;
  private final byte[] authenticationKey;

  private P1Settings(
      int channel,
      ZoneId zone,
      boolean meterClock,
      Checksum checksum,
      byte[] key,
      byte[] authenticationKey) {
    this.channel = channel;
    this.zone = zone;
    this.meterClock = meterClock;
    this.checksum = checksum;
    this.key = key;
    this.authenticationKey = authenticationKey;
  }

  /** Reads settings; says which makes no sense and why, without repeating a key. */
  static P1Settings of(Map<String, String> settings) throws DeviceException {
    String channel = chosen(settings, CHANNEL);
    Optional<byte[]> key = key(settings, KEY, "decryption key");
    Optional<byte[]> authenticationKey = key(settings, AUTHENTICATION_KEY, "authentication key");
    if (authenticationKey.isPresent() && key.isEmpty()) {
      throw refused("An authentication key is of no use without a decryption key. Enter both.");
    }
    return new P1Settings(
        channel.equals(MAIN) ? 0 : Integer.parseInt(channel),
        zone(settings.getOrDefault(TIME_ZONE, DEFAULT_ZONE).strip()),
        chosen(settings, CLOCK).equals("meter"),
        Checksum.valueOf(chosen(settings, CHECKSUM).toUpperCase(Locale.ROOT)),
        key.orElse(null),
        authenticationKey.orElseGet(() -> HexFormat.of().parseHex(PUBLISHED)));
  }

  /** M-Bus channel 1 … 4, or 0 for the electricity meter. */
  int channel() {
    return channel;
  }

  /** Legal time of the meter. */
  ZoneId zone() {
    return zone;
  }

  /** Whether the meter's clock is trusted. */
  boolean meterClock() {
    return meterClock;
  }

  /** Whether the meter encrypts. */
  boolean encrypted() {
    return key != null;
  }

  /** A framer that reads telegrams as text. */
  PlainFramer plain() {
    return new PlainFramer(checksum, false);
  }

  /** A framer that decrypts. */
  CipheredFramer ciphered() {
    return new CipheredFramer(key, authenticationKey);
  }

  private static String chosen(Map<String, String> settings, String key) throws DeviceException {
    Option option =
        OPTIONS.stream().filter(each -> each.key().equals(key)).findFirst().orElseThrow();
    String value = settings.getOrDefault(key, option.defaultValue()).strip();
    if (!option.choices().containsKey(value)) {
      throw refused(
          "The setting '"
              + key
              + "' is '"
              + value
              + "'; expected one of "
              + String.join(", ", option.choices().keySet())
              + ".");
    }
    return value;
  }

  private static ZoneId zone(String name) throws DeviceException {
    try {
      return ZoneId.of(name.isEmpty() ? DEFAULT_ZONE : name);
    } catch (DateTimeException e) {
      throw refused("There is no time zone '" + name + "'. Enter one such as Europe/Amsterdam.");
    }
  }

  private static Optional<byte[]> key(Map<String, String> settings, String name, String title)
      throws DeviceException {
    String text = settings.getOrDefault(name, "").replaceAll("[\\s:-]", "");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (text.length() != KEY_DIGITS || !text.matches("[0-9A-Fa-f]+")) {
      throw refused(
          "The "
              + title
              + " has "
              + KEY_DIGITS
              + " hexadecimal digits (0-9, A-F); this one has another form. Copy it again from the"
              + " grid operator's letter or portal.");
    }
    return Optional.of(HexFormat.of().parseHex(text));
  }

  private static DeviceException refused(String sentence) {
    return new DeviceException(Kind.SETTINGS, sentence);
  }

  private static Map<String, String> choices(String... valuesAndLabels) {
    Map<String, String> choices = new LinkedHashMap<>();
    for (int i = 0; i < valuesAndLabels.length; i += 2) {
      choices.put(valuesAndLabels[i], valuesAndLabels[i + 1]);
    }
    return choices;
  }

  private static Option option(
      String key,
      String title,
      String description,
      String defaultValue,
      Map<String, String> choices) {
    return new Option(key, title, description, defaultValue, choices, false, false);
  }

  private static Option secret(String key, String title, String description) {
    return new Option(key, title, description, "", Map.of(), false, true);
  }
}
