package org.commonshub.metering.ocpp;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;

/**
 * The settings of one device.
 *
 * @param identity what the charge point calls itself
 * @param connector connector (1.6) or EVSE (2.0.1), 0 for the charge point's own meter
 * @param password its password, empty if it needs none
 * @param tags tags that may charge in lower case; empty for all
 * @param sampling time between meter values, 0 to leave it as it is
 * @param maxCurrent greatest current per phase, A
 * @param phases phases it is wired to
 * @param watchdog how long a limit holds unless repeated
 */
record Settings(
    String identity,
    int connector,
    String password,
    Set<String> tags,
    int sampling,
    int maxCurrent,
    int phases,
    Duration watchdog) {
  static final String CONNECTOR = "connector";
  static final String PASSWORD = "password";
  static final String TAGS = "idtags";
  static final String SAMPLING = "sample-interval";
  static final String MAX_CURRENT = "max-current";
  static final String PHASES = "phases";
  static final String WATCHDOG = "watchdog";

  /** The tag under which the hub itself starts charging. */
  static final String HUB_TAG = "COMMONSHUB";

  private static final int MAX_IDENTITY = 48;
  private static final int MAX_TAGS = 64;

  static Settings of(Endpoint endpoint, Map<String, String> settings) throws DeviceException {
    String identity = decode(endpoint);
    if (!identity(identity)) {
      throw wrong(
          "'"
              + identity
              + "' is no identity of a charge point: it has 1 to 48 characters and no slash.");
    }
    String password = settings.getOrDefault(PASSWORD, "");
    if (!password.isEmpty() && (password.length() < 8 || password.length() > 64)) {
      throw wrong(
          "The password of a charge point has 8 to 64 characters; OCPP wants 16 or more. Leave it"
              + " empty if the charge point has none.");
    }
    Set<String> tags = new TreeSet<>();
    for (String tag : settings.getOrDefault(TAGS, "").split("[,;\\s]+", -1)) {
      if (!tag.isEmpty()) {
        tags.add(tag.toLowerCase(Locale.ROOT));
      }
      if (tag.length() > 36 || tags.size() > MAX_TAGS) {
        throw wrong("The tags are up to 64, each of up to 36 characters, parted by commas.");
      }
    }
    return new Settings(
        identity,
        number(settings, CONNECTOR, 1, 0, 64),
        password,
        Set.copyOf(tags),
        number(settings, SAMPLING, 10, 0, 3_600),
        number(settings, MAX_CURRENT, 32, 6, 125),
        number(settings, PHASES, 3, 1, 3),
        Duration.ofSeconds(number(settings, WATCHDOG, 300, 60, 86_400)));
  }

  /** Whether a text can be what a charge point calls itself. */
  static boolean identity(String text) {
    return !text.isBlank()
        && text.length() <= MAX_IDENTITY
        && text.chars().noneMatch(c -> c == '/' || Character.isISOControl(c));
  }

  /** The endpoint of a charge point. */
  static Endpoint endpoint(String identity) {
    return Endpoint.parse(
        "inbound:"
            + URLEncoder.encode(identity, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A"));
  }

  private static String decode(Endpoint endpoint) throws DeviceException {
    try {
      return URLDecoder.decode(endpoint.host().replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong("The identity in " + endpoint + " is not readable; write a space as %20.");
    }
  }

  private static int number(
      Map<String, String> settings, String key, int otherwise, int least, int most)
      throws DeviceException {
    String text = settings.getOrDefault(key, "").strip();
    if (text.isEmpty()) {
      return otherwise;
    }
    if (text.matches("\\d{1,6}")
        && Integer.parseInt(text) >= least
        && Integer.parseInt(text) <= most) {
      return Integer.parseInt(text);
    }
    throw wrong("The setting '" + key + "' is a whole number from " + least + " to " + most + ".");
  }

  private static DeviceException wrong(String sentence) {
    return new DeviceException(Kind.SETTINGS, sentence);
  }

  /** Whether a tag may charge. */
  boolean admits(String tag) {
    return tags.isEmpty()
        || tag.equalsIgnoreCase(HUB_TAG)
        || tags.contains(tag.toLowerCase(Locale.ROOT));
  }

  /** Without the password and the tags. */
  @Override
  public String toString() {
    return "Settings[" + identity + ", " + connector + "]";
  }
}
