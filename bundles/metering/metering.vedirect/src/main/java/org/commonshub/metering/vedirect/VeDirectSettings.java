package org.commonshub.metering.vedirect;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a device.
 *
 * @param meter what a shunt measures
 */
record VeDirectSettings(Values.Meter meter) {
  private static final String METER = "meter";

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              METER,
              "What a shunt measures",
              "Of a battery monitor or SmartShunt: whether it measures a battery, something that"
                  + " gives, or something that takes. By default as it was set up.",
              "auto",
              choices(),
              false,
              false));

  private static Map<String, String> choices() {
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put("auto", "As the device says");
    choices.put("battery", "A battery");
    choices.put("source", "A source: solar charger, alternator, wind turbine");
    choices.put("load", "A load");
    return choices;
  }

  /**
   * Checks settings.
   *
   * @throws DeviceException SETTINGS; says which and what was expected
   */
  static VeDirectSettings of(Map<String, String> settings) throws DeviceException {
    String meter = settings.getOrDefault(METER, "auto");
    if (!choices().containsKey(meter)) {
      throw new DeviceException(
          DeviceException.Kind.SETTINGS,
          "The setting 'meter' must be one of " + String.join(", ", choices().keySet()) + ".");
    }
    return new VeDirectSettings(Values.Meter.valueOf(meter.toUpperCase(Locale.ROOT)));
  }
}
