package org.commonshub.metering.serial;

import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.Endpoint;

/**
 * How a serial port is to be used. Pure.
 *
 * @param path device path
 * @param baud bits per second
 * @param data data bits
 * @param parity 0 none, 1 odd, 2 even
 * @param stop stop bits
 * @param quietMillis silence before a request: 3.5 characters as in Modbus over Serial Line V1.02,
 *     2.5.1.1, or as configured
 */
record PortSettings(String path, int baud, int data, int parity, int stop, int quietMillis) {
  /** Bounds of a baud rate. */
  static final int MIN_BAUD = 50;

  static final int MAX_BAUD = 4_000_000;

  private static final Set<String> KNOWN = Set.of("baud", "data", "parity", "stop", "quiet_ms");
  private static final Map<String, Integer> PARITY = Map.of("none", 0, "odd", 1, "even", 2);

  /**
   * Reads an endpoint's parameters.
   *
   * @throws IllegalArgumentException with a sentence that says which and why
   */
  static PortSettings of(Endpoint endpoint) {
    if (!endpoint.scheme().equals("serial")) {
      throw new IllegalArgumentException(
          "'" + endpoint + "' is no serial port: expected serial:/dev/ttyUSB0?baud=9600.");
    }
    for (String name : endpoint.parameters().keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "'"
                + endpoint
                + "' has the unknown parameter '"
                + name
                + "'; known are baud, data,"
                + " parity, stop and quiet_ms.");
      }
    }
    Integer parity = PARITY.get(endpoint.parameter("parity", "none"));
    if (parity == null) {
      throw refused(endpoint, "parity", "none, even or odd");
    }
    int baud = number(endpoint, "baud", 9_600, MIN_BAUD, MAX_BAUD);
    int characterBits = 11;
    int silence = Math.max(2, (3_500 * characterBits + baud - 1) / baud);
    return new PortSettings(
        endpoint.host(),
        baud,
        number(endpoint, "data", 8, 5, 8),
        parity,
        number(endpoint, "stop", 1, 1, 2),
        number(endpoint, "quiet_ms", silence, 1, 1_000));
  }

  /** Nanoseconds that many characters take on the line at a baud rate. */
  long nanos(int characters, int atBaud) {
    long bits = 1L + data + (parity == 0 ? 0 : 1) + stop;
    return characters * bits * 1_000_000_000L / atBaud;
  }

  private static int number(Endpoint endpoint, String name, int otherwise, int min, int max) {
    String text = endpoint.parameter(name, Integer.toString(otherwise));
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw refused(endpoint, name, "a whole number from " + min + " to " + max);
  }

  private static IllegalArgumentException refused(Endpoint endpoint, String name, String expected) {
    return new IllegalArgumentException(
        "'"
            + endpoint
            + "': '"
            + endpoint.parameter(name, "")
            + "' cannot be used for "
            + name
            + "; expected "
            + expected
            + ".");
  }
}
