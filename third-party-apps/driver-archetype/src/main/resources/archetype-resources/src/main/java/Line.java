package ${package};

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;

/**
 * One line of the meter, {@code P=123;E=456}: power in W, energy taken in Wh.
 *
 * @param power W, + taken
 * @param energy Wh
 */
record Line(long power, long energy) {
  /** Longest line, its end included. */
  static final int LONGEST = 64;

  private static final Pattern FORM = Pattern.compile("P=(-?[0-9]{1,9});E=([0-9]{1,15})\r?");

  /**
   * Reads a line.
   *
   * @param bytes without the line feed
   * @throws DeviceException INVALID_ANSWER if it is none
   */
  static Line parse(byte[] bytes) throws DeviceException {
    Matcher line = FORM.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!line.matches()) {
      throw new DeviceException(
          DeviceException.Kind.INVALID_ANSWER,
          "What came in is no line of this meter. Check the port's speed and that it is this"
              + " meter.");
    }
    return new Line(Long.parseLong(line.group(1)), Long.parseLong(line.group(2)));
  }

  /** The values in the hub's signs: + is what the home takes. Registers are never negative. */
  List<Measurement> values(boolean inverted) {
    return List.of(
        Measurement.of(Quantity.ACTIVE_POWER, inverted ? -power : power, 0),
        Measurement.of(Quantity.ENERGY_IMPORT, energy, 0));
  }
}
