package org.commonshub.metering.modbus;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Modbus;

/**
 * Settings of a device on a Modbus.
 *
 * @param unit unit identifier, 0 … 255
 * @param framing framing
 * @param timeout per request
 */
record BusSettings(int unit, Modbus.Framing framing, Duration timeout) {
  static final String UNIT = "unit";
  static final String FRAMING = "framing";
  static final String TIMEOUT = "timeout_ms";

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              UNIT,
              "Unit id",
              "Modbus unit (slave) address, 0 to 255. Default 1.",
              "1",
              Map.of(),
              false,
              false),
          new Option(
              FRAMING,
              "Framing",
              "How messages are framed. Default: RTU on serial ports, TCP otherwise.",
              "auto",
              Map.of(
                  "auto", "By endpoint", "tcp", "Modbus TCP", "rtu", "Modbus RTU (also over TCP)"),
              false,
              false),
          new Option(
              TIMEOUT,
              "Time-out",
              "Time in milliseconds to wait for one answer, 20 to 30000. Default 1000.",
              "1000",
              Map.of(),
              false,
              false));

  static BusSettings of(Endpoint endpoint, Map<String, String> settings) throws DeviceException {
    Modbus.Framing framing =
        switch (settings.getOrDefault(FRAMING, "auto")) {
          case "auto" ->
              endpoint.scheme().equals("serial") ? Modbus.Framing.RTU : Modbus.Framing.TCP;
          case "tcp" -> Modbus.Framing.TCP;
          case "rtu" -> Modbus.Framing.RTU;
          default -> throw wrong(FRAMING, settings, "auto, tcp or rtu");
        };
    return new BusSettings(
        number(UNIT, settings, 1, 0, 255),
        framing,
        Duration.ofMillis(number(TIMEOUT, settings, 1000, 20, 30_000)));
  }

  private static int number(
      String key, Map<String, String> settings, int otherwise, int min, int max)
      throws DeviceException {
    String text = settings.getOrDefault(key, "").strip();
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // falls through to the same sentence
    }
    throw wrong(key, settings, "a whole number from " + min + " to " + max);
  }

  private static DeviceException wrong(String key, Map<String, String> settings, String expected) {
    return new DeviceException(
        DeviceException.Kind.SETTINGS,
        "The setting '"
            + key
            + "' is '"
            + settings.get(key)
            + "', but "
            + expected
            + " is expected.");
  }
}
