package ${package};

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a device.
 *
 * @param listen whether the meter sends by itself
 * @param timeout how long it may take to answer when it is asked
 * @param inverted whether the meter counts what is given as positive
 */
record ${driverClass}Settings(boolean listen, Duration timeout, boolean inverted) {
  private static final String MODE = "mode";
  private static final String TIMEOUT = "timeout_ms";
  private static final String INVERTED = "inverted";
  private static final int SHORTEST = 50;
  private static final int LONGEST = 10_000;

  /** Shown in the console as a form; a secret option is stored encrypted. */
  static final List<Option> OPTIONS =
      List.of(
          new Option(
              MODE,
              "How it is read",
              "Whether the meter sends by itself or has to be asked. By default it sends.",
              "listen",
              Map.of("listen", "It sends by itself", "ask", "It is asked"),
              false,
              false),
          new Option(
              TIMEOUT,
              "Time-out",
              "How long the meter may take to answer when it is asked, in ms, 50 to 10000. Default"
                  + " 1000.",
              "1000",
              Map.of(),
              false,
              false),
          new Option(
              INVERTED,
              "Power is + when given",
              "Whether the meter shows power that is given to the grid as positive. Default no.",
              "no",
              Map.of("no", "No", "yes", "Yes"),
              false,
              false));

  /**
   * Checks settings.
   *
   * @throws DeviceException SETTINGS; says which and what was expected
   */
  static ${driverClass}Settings of(Map<String, String> settings) throws DeviceException {
    for (Option option : OPTIONS) {
      String value = settings.getOrDefault(option.key(), option.defaultValue());
      if (!option.choices().isEmpty() && !option.choices().containsKey(value)) {
        throw refused(option.key(), "one of " + String.join(", ", option.choices().keySet()));
      }
    }
    return new ${driverClass}Settings(
        settings.getOrDefault(MODE, "listen").equals("listen"),
        timeout(settings.getOrDefault(TIMEOUT, "1000")),
        settings.getOrDefault(INVERTED, "no").equals("yes"));
  }

  private static Duration timeout(String text) throws DeviceException {
    try {
      int millis = Integer.parseInt(text.strip());
      if (millis >= SHORTEST && millis <= LONGEST) {
        return Duration.ofMillis(millis);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw refused(TIMEOUT, "a number of milliseconds from " + SHORTEST + " to " + LONGEST);
  }

  private static DeviceException refused(String key, String expected) {
    return new DeviceException(
        DeviceException.Kind.SETTINGS, "The setting '" + key + "' must be " + expected + ".");
  }
}
