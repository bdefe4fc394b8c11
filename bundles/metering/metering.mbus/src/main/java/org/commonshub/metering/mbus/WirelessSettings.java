package org.commonshub.metering.mbus;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverDescription.Option;

/**
 * Settings of a wireless meter.
 *
 * @param meter identification number, 8 digits
 * @param maker manufacturer code; −1 for any
 * @param receiver how the receiver delivers
 * @param key key; null for none
 * @param kind what is metered; null for what the meter says
 * @param details whether values without a quantity come, too
 */
record WirelessSettings(
    String meter,
    int maker,
    RadioReceiver.Kind receiver,
    byte[] key,
    DeviceType.Kind kind,
    boolean details) {
  static final String METER = "meter";
  static final String MANUFACTURER = "manufacturer";
  static final String RECEIVER = "receiver";

  static final List<Option> OPTIONS =
      List.of(
          new Option(
              METER,
              "Meter number",
              "The 8 digits of the meter's identification number, as printed on it.",
              "",
              Map.of(),
              true,
              false),
          Settings.option(
              MANUFACTURER,
              "Manufacturer",
              "Three letters of the maker, if two meters have the same number. Default: any.",
              ""),
          Settings.KEY_OPTION,
          Settings.MEDIUM_OPTION,
          Settings.DETAILS_OPTION,
          Settings.option(
              RECEIVER,
              "Receiver",
              "How the receiver delivers. Default: found out, among CUL and rtl-wmbus lines, lines"
                  + " of hex digits, IMST iM871A and AMBER messages.",
              "auto",
              "auto",
              "Lines, IMST or AMBER",
              "raw",
              "Bytes from the length field on, without checksums"));

  static WirelessSettings of(Map<String, String> given) throws DeviceException {
    Settings settings = new Settings(OPTIONS, given);
    String meter = settings.text(METER).toUpperCase(Locale.ROOT);
    if (!meter.matches("[0-9A-F]{8}")) {
      throw Settings.wrong(METER, meter, "the 8 digits of the meter's number");
    }
    return new WirelessSettings(
        meter,
        settings.maker(MANUFACTURER),
        receiver(settings),
        settings.key(),
        settings.kind(),
        settings.details());
  }

  /** Of settings that need not name a meter yet. */
  static RadioReceiver.Kind receiver(Map<String, String> given) throws DeviceException {
    return receiver(new Settings(OPTIONS, given));
  }

  private static RadioReceiver.Kind receiver(Settings settings) {
    return settings.text(RECEIVER).equals("raw") ? RadioReceiver.Kind.RAW : RadioReceiver.Kind.AUTO;
  }

  boolean means(Meter other) {
    return other.id().equals(meter) && (maker < 0 || maker == other.maker());
  }
}
