package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;

/** Makes what a driver found ready to be added; what devices say about themselves is bounded. */
final class Proposals {
  private static final int NAME = 64;
  private static final int ENTRIES = 64;
  private static final int KEY = 64;
  private static final int VALUE = 1_024;
  private static final int SETTINGS = 16_384;
  private static final Set<DeviceRole> SLOW =
      Set.of(DeviceRole.GAS_METER, DeviceRole.WATER_METER, DeviceRole.HEAT_METER);
  private static final Set<String> GATHERED = Set.of("mqtt", "mqtts", "broker", "inbound");

  private Proposals() {}

  /**
   * A device as found.
   *
   * @param push whether it sends by itself
   * @throws IllegalArgumentException if the settings are no bounded text
   */
  static Found found(
      String driver, Endpoint endpoint, boolean push, Discoverer.Candidate candidate) {
    String name = line(candidate.name(), NAME);
    return new Found(
        definition(
            driver,
            endpoint,
            push,
            name.isEmpty() ? line(driver, NAME) : name,
            candidate.role(),
            settings(candidate.settings())),
        identity(candidate.identity()));
  }

  static DeviceDefinition definition(
      String driver,
      Endpoint endpoint,
      boolean push,
      String name,
      DeviceRole role,
      Map<String, String> settings) {
    return new DeviceDefinition(
        name,
        role,
        Optional.empty(),
        driver,
        endpoint,
        settings,
        interval(role, endpoint.scheme(), push),
        false,
        true,
        true,
        0);
  }

  /** How often to ask, or how often to expect something; three times as long is an outage. */
  private static Duration interval(DeviceRole role, String scheme, boolean push) {
    if (SLOW.contains(role)) {
      return Duration.ofMinutes(15);
    }
    if (push) {
      return Duration.ofSeconds(GATHERED.contains(scheme) ? 60 : 10);
    }
    return Duration.ofSeconds(scheme.startsWith("http") ? 5 : 1);
  }

  /** What reads the device must not be changed. */
  private static Map<String, String> settings(Map<String, String> texts) {
    int length = 0;
    for (Map.Entry<String, String> text : texts.entrySet()) {
      length += text.getKey().length() + text.getValue().length();
    }
    if (texts.size() > ENTRIES || length > SETTINGS) {
      throw new IllegalArgumentException("too many settings");
    }
    texts.forEach(
        (key, value) -> {
          if (key.isBlank()
              || key.length() > KEY
              || value.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n')) {
            throw new IllegalArgumentException("the setting " + line(key, KEY) + " is not usable");
          }
        });
    return texts;
  }

  private static Map<String, String> identity(Map<String, String> texts) {
    Map<String, String> result = new LinkedHashMap<>();
    for (Map.Entry<String, String> text : texts.entrySet()) {
      if (result.size() == ENTRIES) {
        break;
      }
      if (text.getKey() != null && text.getValue() != null && text.getKey().length() <= KEY) {
        result.put(line(text.getKey(), KEY), line(text.getValue(), VALUE));
      }
    }
    return result;
  }

  /** Text on one line: devices say what they like. */
  private static String line(String text, int most) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .limit(most)
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .forEach(
            c -> {
              if (clean.length() + Character.charCount(c) <= most) {
                clean.appendCodePoint(c);
              }
            });
    return clean.toString().strip();
  }
}
