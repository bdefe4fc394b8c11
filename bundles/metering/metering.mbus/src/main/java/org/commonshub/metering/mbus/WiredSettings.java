package org.commonshub.metering.mbus;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a wired meter.
 *
 * @param primary primary address, 0 … 250 or 254; 253 where it is selected
 * @param secondary secondary address to select; F digits and bytes FFh match everything
 * @param timeout per request
 * @param telegrams most telegrams of one read-out
 * @param key key; null for none
 * @param kind what is metered; null for what the meter says
 * @param details whether values without a quantity come, too
 */
record WiredSettings(
    int primary,
    Optional<byte[]> secondary,
    Duration timeout,
    int telegrams,
    byte[] key,
    DeviceType.Kind kind,
    boolean details) {
  static final String ADDRESS = "address";
  static final String MANUFACTURER = "manufacturer";
  static final String VERSION = "version";
  static final String TYPE = "device_type";
  static final String TIMEOUT = "timeout_ms";
  static final String TELEGRAMS = "telegrams";

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              ADDRESS,
              "Address",
              "Primary address 0 to 250, or the secondary address: the 8 digits of the meter's"
                  + " identification number, F for any digit. 254 reads the only meter on a bus.",
              "",
              Map.of(),
              true,
              false),
          Settings.option(
              MANUFACTURER,
              "Manufacturer",
              "Three letters of the maker, to select by secondary address more exactly. Default:"
                  + " any.",
              ""),
          Settings.option(
              VERSION,
              "Version",
              "Version (generation) 0 to 255, to select by secondary address more exactly."
                  + " Default: any.",
              ""),
          Settings.option(
              TYPE,
              "Device type",
              "Device type (medium) number 0 to 255, to select by secondary address more exactly."
                  + " Default: any.",
              ""),
          Settings.KEY_OPTION,
          Settings.MEDIUM_OPTION,
          Settings.DETAILS_OPTION,
          Settings.option(
              TELEGRAMS,
              "Telegrams",
              "Most telegrams that one read-out takes, 1 to 32, for meters whose records do not"
                  + " fit into one. Default 8.",
              "8"),
          Settings.option(
              TIMEOUT,
              "Time-out",
              "Time in milliseconds to wait for one answer, 20 to 30000. 2400 baud need up to 1500,"
                  + " 300 baud up to 11000. Default 2500.",
              "2500"));

  static WiredSettings of(Map<String, String> given) throws DeviceException {
    Settings settings = new Settings(OPTIONS, given);
    String address = settings.text(ADDRESS).toUpperCase(Locale.ROOT);
    int primary;
    Optional<byte[]> secondary = Optional.empty();
    if (address.matches("[0-9A-F]{8}")) {
      primary = LinkFrame.SELECTED;
      int maker = settings.maker(MANUFACTURER);
      byte[] id = Octets.reversed(HexFormat.of().parseHex(address));
      secondary =
          Optional.of(
              new byte[] {
                id[0],
                id[1],
                id[2],
                id[3],
                (byte) maker,
                (byte) (maker >> 8),
                (byte) any(settings, VERSION),
                (byte) any(settings, TYPE)
              });
    } else if (address.matches("\\d{1,3}")) {
      primary = Integer.parseInt(address);
      if (primary > 250 && primary != LinkFrame.ANY) {
        throw Settings.wrong(
            ADDRESS, address, "a primary address from 0 to 250, or 254 for the only meter");
      }
    } else {
      throw Settings.wrong(
          ADDRESS, address, "a number from 0 to 250 or the 8 digits of the meter's number");
    }
    return new WiredSettings(
        primary,
        secondary,
        Duration.ofMillis(settings.number(TIMEOUT, 20, 30_000)),
        settings.number(TELEGRAMS, 1, 32),
        settings.key(),
        settings.kind(),
        settings.details());
  }

  private static int any(Settings settings, String key) throws DeviceException {
    return settings.text(key).isEmpty() ? 0xFF : settings.number(key, 0, 255);
  }

  /** Whether a meter is one that was meant. */
  boolean means(Meter meter) {
    if (secondary.isEmpty()) {
      return true;
    }
    byte[] wanted = secondary.get();
    String id = Octets.hex(Octets.reversed(java.util.Arrays.copyOf(wanted, 4)));
    for (int i = 0; i < 8; i++) {
      char digit = Character.toUpperCase(id.charAt(i));
      if (digit != 'F' && digit != meter.id().charAt(i)) {
        return false;
      }
    }
    int maker = (wanted[4] & 0xFF) | (wanted[5] & 0xFF) << 8;
    return (maker == 0xFFFF || maker == meter.maker())
        && ((wanted[6] & 0xFF) == 0xFF || (wanted[6] & 0xFF) == meter.version())
        && ((wanted[7] & 0xFF) == 0xFF || (wanted[7] & 0xFF) == meter.type());
  }
}
