package org.commonshub.metering.sml;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a meter says it is. Its number follows DIN 43863-5 in newer meters: length, medium, maker's
 * FLAG letters, block, eight digits.
 *
 * @param maker FLAG letters or name as sent; empty if not said
 * @param serial number as printed on the meter where it follows the standard, otherwise as sent
 * @param firmware firmware version; empty if not said
 * @param number block and digits as one number, −1 if it does not follow the standard
 */
record Meter(String maker, String serial, String firmware, long number) {
  private static final int NUMBER = 10;
  private static final int LETTERS = 3;
  private static final int TEXT = 64;

  private static final Map<String, String> MAKERS =
      Map.ofEntries(
          Map.entry("APA", "Apator"),
          Map.entry("DNT", "Dr. Neuhaus"),
          Map.entry("DZG", "DZG Metering"),
          Map.entry("EBZ", "eBZ"),
          Map.entry("EFR", "EFR"),
          Map.entry("EMH", "EMH metering"),
          Map.entry("ESY", "EasyMeter"),
          Map.entry("HAG", "Hager"),
          Map.entry("HAGER", "Hager"),
          Map.entry("HLY", "Holley"),
          Map.entry("ISK", "Iskraemeco"),
          Map.entry("ITR", "Itron"),
          Map.entry("KFM", "Kaifa"),
          Map.entry("LGZ", "Landis+Gyr"),
          Map.entry("LOG", "Logarex"),
          Map.entry("PAF", "Pafal"));

  /** Reads what identifies a meter. */
  static Meter of(ValueList list) {
    Element.Octets server = list.server();
    String maker = "";
    String firmware = "";
    for (ValueList.Entry entry : list.entries()) {
      if (entry.value() instanceof Element.Octets octets && octets.length() <= TEXT) {
        String text = octets.text(0, octets.length());
        if ((entry.is(1, 0, 96, 50, 1) && entry.group(5) == 1) || entry.is(129, 129, 199, 130, 3)) {
          maker = text;
        } else if (entry.is(1, 0, 0, 2, 0)) {
          firmware = text;
        }
      }
    }
    boolean standard =
        server.length() == NUMBER
            && (server.at(0) == 0x0A || server.at(0) == 0x09)
            && server.at(1) > 0
            && server.at(1) < 16;
    boolean earlier = server.length() == NUMBER && server.at(0) == 0x06;
    String flag = standard ? flag(server, 2) : earlier ? flag(server, 1) : "";
    if (maker.isEmpty()) {
      maker = flag;
    }
    if (standard && !flag.isEmpty()) {
      String serial =
          String.format(
              Locale.ROOT, "%X%s%02X%08d", server.at(1), flag, server.at(5), server.number(6, 10));
      return new Meter(maker, serial, firmware, server.number(5, 10));
    }
    String text = server.length() > TEXT ? "" : server.text(0, server.length());
    String hex = server.length() > TEXT ? "" : server.hex();
    return new Meter(maker, text.isEmpty() ? hex : text, firmware, -1);
  }

  private static String flag(Element.Octets server, int from) {
    String flag = server.text(from, from + LETTERS);
    return flag.length() == LETTERS && flag.chars().allMatch(c -> c >= 'A' && c <= 'Z') ? flag : "";
  }

  /** Whether its maker is known for sending positive power as negative. */
  boolean suspect() {
    return maker.equals("DZG");
  }

  /**
   * Whether it is of a series that sends positive power as negative: DVS74 numbered from 4200 0000
   * to 4899 9999 and from 5500 0000 to 5899 9999, as DZG told users.
   */
  boolean guilty() {
    return suspect()
        && ((number >= 42_000_000L && number <= 48_999_999L)
            || (number >= 55_000_000L && number <= 58_999_999L));
  }

  /** Facts for people. */
  Map<String, String> identity() {
    Map<String, String> identity = new LinkedHashMap<>();
    if (!maker.isEmpty()) {
      identity.put("maker", MAKERS.getOrDefault(maker, maker));
    }
    if (!serial.isEmpty()) {
      identity.put("serial", serial);
    }
    if (!firmware.isEmpty()) {
      identity.put("firmware", firmware);
    }
    return Map.copyOf(identity);
  }
}
