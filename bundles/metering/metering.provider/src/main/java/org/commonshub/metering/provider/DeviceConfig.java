package org.commonshub.metering.provider;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Dictionary;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.Endpoint;

/** A device's configuration file and its {@link DeviceDefinition}, either from the other. */
final class DeviceConfig {
  /** Factory PID. */
  static final String PID = "org.commonshub.metering.device";

  /** A device with the identity that its file gives it. */
  record Device(DeviceId id, DeviceDefinition definition) {}

  /** A key whose value cannot be used. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    final String key;

    Refused(String key, String message) {
      super(message);
      this.key = key;
    }
  }

  private DeviceConfig() {}

  /**
   * Reads a configuration.
   *
   * @param pid full PID; stands in for a missing id, so that a file written by hand keeps its
   *     history
   */
  static Device read(String pid, Dictionary<String, ?> values) throws Refused {
    String id = text(values, "id", "");
    String parent = text(values, "parent", "");
    DeviceId device = id.isEmpty() ? named(pid) : uuid("id", id);
    Optional<DeviceId> above =
        parent.isEmpty() ? Optional.empty() : Optional.of(uuid("parent", parent));
    DeviceRole role;
    try {
      role = DeviceRole.valueOf(text(values, "role", "LOAD").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new Refused(
          "role",
          "'" + values.get("role") + "' is not one of " + List.of(DeviceRole.values()) + ".");
    }
    String driver = text(values, "driver", "");
    if (driver.isEmpty()) {
      throw new Refused("driver", "a device needs a driver, for example sunspec.");
    }
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text(values, "endpoint", ""));
    } catch (IllegalArgumentException e) {
      throw new Refused("endpoint", e.getMessage());
    }
    Map<String, String> settings = new LinkedHashMap<>();
    for (String setting : texts(values.get("settings"))) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new Refused("settings", "'" + setting + "' is not of the form key=value.");
      }
      settings.put(setting.substring(0, equals).strip(), setting.substring(equals + 1).strip());
    }
    try {
      return new Device(
          device,
          new DeviceDefinition(
              text(values, "name", pid.substring(pid.indexOf('~') + 1)),
              role,
              above,
              driver,
              endpoint,
              settings,
              Duration.ofMillis(number(values, "interval_ms", 1_000)),
              flag(values, "inverted", false),
              flag(values, "enabled", true),
              flag(values, "readOnly", true),
              (int) number(values, "meterEpoch", 0)));
    } catch (IllegalArgumentException e) {
      throw new Refused(
          e.getMessage().contains("interval") ? "interval_ms" : "name", e.getMessage() + ".");
    }
  }

  /** The values of a configuration file. */
  static Map<String, Object> write(DeviceId id, DeviceDefinition definition) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("id", id.toString());
    values.put("name", definition.name());
    values.put("role", definition.role().name());
    definition.parent().ifPresent(parent -> values.put("parent", parent.toString()));
    values.put("driver", definition.driver());
    values.put("endpoint", definition.endpoint().toString());
    List<String> settings = new ArrayList<>();
    new TreeMap<>(definition.settings()).forEach((key, value) -> settings.add(key + "=" + value));
    values.put("settings", settings);
    values.put("interval_ms", (int) definition.interval().toMillis());
    values.put("inverted", definition.inverted());
    values.put("enabled", definition.enabled());
    values.put("readOnly", definition.readOnly());
    values.put("meterEpoch", definition.meterEpoch());
    return values;
  }

  /** Tag of the content of a definition: equal content, equal tag. */
  static String revision(DeviceId id, DeviceDefinition definition) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(write(id, definition).toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // Every JDK has it.
    }
  }

  /** A part of a PID made from a name. */
  static String slug(String name) {
    String slug =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    slug = slug.length() > 40 ? slug.substring(0, 40) : slug;
    return slug.isEmpty() ? "device" : slug;
  }

  private static DeviceId named(String pid) {
    return new DeviceId(UUID.nameUUIDFromBytes(pid.getBytes(StandardCharsets.UTF_8)));
  }

  private static DeviceId uuid(String key, String text) throws Refused {
    try {
      return DeviceId.parse(text);
    } catch (IllegalArgumentException e) {
      throw new Refused(key, "'" + text + "' is not a device id (a UUID).");
    }
  }

  private static String text(Dictionary<String, ?> values, String key, String otherwise) {
    Object value = values.get(key);
    return value == null ? otherwise : value.toString().strip();
  }

  private static List<String> texts(Object value) {
    List<String> texts = new ArrayList<>();
    if (value instanceof String[] array) {
      texts.addAll(List.of(array));
    } else if (value instanceof Collection<?> collection) {
      collection.forEach(each -> texts.add(String.valueOf(each)));
    } else if (value instanceof String single && !single.isBlank()) {
      texts.add(single);
    }
    return texts;
  }

  private static long number(Dictionary<String, ?> values, String key, long otherwise)
      throws Refused {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Number number) {
      return number.longValue();
    }
    try {
      return Long.parseLong(value.toString().strip());
    } catch (NumberFormatException e) {
      throw new Refused(key, "'" + value + "' is not a whole number.");
    }
  }

  private static boolean flag(Dictionary<String, ?> values, String key, boolean otherwise)
      throws Refused {
    Object value = values.get(key);
    if (value == null) {
      return otherwise;
    }
    return switch (value.toString().strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new Refused(key, "'" + value + "' is neither true nor false.");
    };
  }
}
