package org.commonshub.metering.dlms;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Lists of values without names, known by the types of their elements. The layouts are those that
 * makers and grid operators publish for their customer interfaces.
 */
final class Layouts {
  /**
   * A layout.
   *
   * @param who operator or maker, for reading
   * @param maker flag letters the sender must have, or the first element begin with; empty for any
   * @param shape types of the elements: S string, C date and time, N integer of 32 or 64 bit, H of
   *     16 bit, B of 8 bit, A array, . any
   * @param registers one for each element
   */
  private record Layout(String who, String maker, Pattern shape, List<Register> registers) {}

  /** What an element is, written as register/power of ten/unit, or - for nothing. */
  private record Register(Obis obis, int scaler, int unit) {
    static final Register NONE = new Register(new Obis(0, 0, 0, 0, 0), 0, Entry.NO_UNIT);

    static Register of(String text) {
      if (text.equals("-")) {
        return NONE;
      }
      String[] parts = text.split("/", -1);
      String[] groups = parts[0].split("\\.", -1);
      int c = Integer.parseInt(groups[0]);
      int d = Integer.parseInt(groups[1]);
      boolean general = c == 96 || (c == 1 && d == 0);
      return new Register(
          new Obis(general ? 0 : 1, 0, c, d, Integer.parseInt(groups[2])),
          Integer.parseInt(parts[1]),
          Units.code(parts[2]));
    }
  }

  private static final String KAIFA = "KFM";
  private static final String FOUR = "1.7.0/0/W 2.7.0/0/W 3.7.0/0/var 4.7.0/0/var";
  private static final String REGISTERS = "1.8.0/0/Wh 2.8.0/0/Wh 3.8.0/0/varh 4.8.0/0/varh";
  private static final String TARIFFS =
      "1.8.0/0/Wh 1.8.1/0/Wh 1.8.2/0/Wh 2.8.0/0/Wh 2.8.1/0/Wh 2.8.2/0/Wh";
  private static final String CURRENTS = "31.7.0/%1$d/A 51.7.0/%1$d/A 71.7.0/%1$d/A";
  private static final String VOLTAGES = "32.7.0/%1$d/V 52.7.0/%1$d/V 72.7.0/%1$d/V";
  private static final String PHASES =
      "21.7.0/0/W 41.7.0/0/W 61.7.0/0/W 22.7.0/0/W 42.7.0/0/W 62.7.0/0/W";
  private static final String KAIFA_ONE = "- 96.1.0/0/- 96.1.7/0/- " + FOUR;
  private static final String KAIFA_THREE =
      KAIFA_ONE + " " + String.format(CURRENTS, -3) + " " + String.format(VOLTAGES, -1);

  private static final List<Layout> ALL =
      List.of(
          layout("Norway, list 1: active import", "", "N", "1.7.0/0/W"),
          layout(
              "Kaifa, list 2, one phase", KAIFA, "SSSN{6}", KAIFA_ONE + " 31.7.0/-3/A 32.7.0/-1/V"),
          layout("Kaifa, list 2, three phases", KAIFA, "SSSN{10}", KAIFA_THREE),
          layout(
              "Kaifa, list 3, one phase",
              KAIFA,
              "SSSN{6}CN{4}",
              KAIFA_ONE + " 31.7.0/-3/A 32.7.0/-1/V 1.0.0/0/- " + REGISTERS),
          layout(
              "Kaifa, list 3, three phases",
              KAIFA,
              "SSSN{10}CN{4}",
              KAIFA_THREE + " 1.0.0/0/- " + REGISTERS),
          layout("Wiener Netze", "", "CN{8}", "1.0.0/0/- " + REGISTERS + " " + FOUR),
          layout(
              "Wiener Netze, with number",
              "",
              "SCN{8}",
              "96.1.0/0/- 1.0.0/0/- " + REGISTERS + " " + FOUR),
          layout(
              "Iskraemeco, Slovenia, three phases, every 5 s",
              "ISK",
              "SSN{4}H{6}N{6}",
              "- 96.1.0/0/- "
                  + FOUR
                  + " "
                  + String.format(VOLTAGES, -1)
                  + " "
                  + String.format(CURRENTS, -2)
                  + " "
                  + PHASES),
          layout(
              "Iskraemeco, Slovenia, three phases",
              "ISK",
              "SSH{6}N{4}",
              "- 96.1.0/0/- "
                  + String.format(VOLTAGES, -1)
                  + " "
                  + String.format(CURRENTS, -2)
                  + " "
                  + FOUR),
          layout(
              "Iskraemeco, Slovenia, one phase, every 5 s",
              "ISK",
              "SSN{4}HHNN",
              "- 96.1.0/0/- " + FOUR + " 32.7.0/-1/V 31.7.0/-2/A 21.7.0/0/W 22.7.0/0/W"),
          layout(
              "Iskraemeco, Slovenia, one phase",
              "ISK",
              "SSHHN{4}",
              "- 96.1.0/0/- 32.7.0/-1/V 31.7.0/-2/A " + FOUR),
          layout(
              "Iskraemeco, Slovenia, one phase, with registers",
              "ISK",
              "SSN{4}HNN",
              "- 96.1.0/0/- " + FOUR + " 32.7.0/-1/V 2.8.1/0/Wh 2.8.2/0/Wh"),
          layout(
              "Iskraemeco, Slovenia, registers",
              "ISK",
              "SSBSN{8}",
              "- 96.1.0/0/- - - " + TARIFFS + " 3.8.0/0/varh 4.8.0/0/varh"),
          layout(
              "Iskraemeco, Slovenia, one phase, registers",
              "ISK",
              "SN{8}",
              "- 1.7.0/0/W 2.7.0/0/W " + TARIFFS),
          layout(
              "Iskraemeco IE.5, Croatia",
              "",
              "SSSN{12}HN{6}H{6}NAAAB",
              "96.1.0/0/- - - "
                  + TARIFFS
                  + " - - - - 1.7.0/0/W 2.7.0/0/W 13.7.0/-3/1 "
                  + PHASES
                  + " "
                  + String.format(VOLTAGES, -1)
                  + " "
                  + String.format(CURRENTS, -2)),
          layout(
              "Iskraemeco AM550, Kärnten",
              "ISK",
              "SSSSN{6}SS",
              "- 96.1.0/0/- - - " + REGISTERS + " 1.7.0/0/W 2.7.0/0/W"),
          layout(
              "Landis+Gyr E450, Switzerland",
              "LGZ",
              "H{6}N{4}H{0,3}S",
              String.format(VOLTAGES, 0)
                  + " "
                  + String.format(CURRENTS, -2)
                  + " 1.7.0/0/W 2.7.0/0/W 1.8.0/0/Wh 2.8.0/0/Wh"));

  private Layouts() {}

  private static Layout layout(String who, String maker, String shape, String registers) {
    return new Layout(
        who,
        maker,
        Pattern.compile(shape),
        Arrays.stream(registers.split(" ", -1)).map(Register::of).toList());
  }

  /** Entries of a list that has a known layout; none otherwise. */
  static List<Entry> entries(List<Data> items, String maker) {
    StringBuilder shape = new StringBuilder();
    for (Data item : items) {
      shape.append(letter(item));
    }
    String first = items.isEmpty() ? "" : items.get(0).text().orElse("");
    for (Layout layout : ALL) {
      boolean theirs = maker.equals(layout.maker()) || first.startsWith(layout.maker());
      if (theirs && layout.shape().matcher(shape).matches()) {
        return entries(items, layout);
      }
    }
    return List.of();
  }

  private static char letter(Data item) {
    if (item.clock().isPresent()) {
      return 'C';
    }
    return switch (item.type()) {
      case Data.OCTET_STRING, Data.VISIBLE_STRING, Data.UTF8_STRING -> 'S';
      case Data.DOUBLE_LONG, Data.DOUBLE_LONG_UNSIGNED, Data.LONG64, Data.LONG64_UNSIGNED -> 'N';
      case Data.LONG, Data.LONG_UNSIGNED -> 'H';
      case Data.INTEGER, Data.UNSIGNED, Data.ENUM, Data.BOOLEAN -> 'B';
      case Data.ARRAY, Data.STRUCTURE -> 'A';
      default -> '?';
    };
  }

  private static List<Entry> entries(List<Data> items, Layout layout) {
    List<Entry> entries = new ArrayList<>();
    int count = Math.min(items.size(), layout.registers().size());
    for (int i = 0; i < count; i++) {
      Register register = layout.registers().get(i);
      if (register != Register.NONE) {
        entries.add(new Entry(register.obis(), items.get(i), register.scaler(), register.unit()));
      }
    }
    return entries;
  }

  /** Value of an entry in its unit. */
  static BigDecimal value(Entry entry) {
    return entry.value().number().scaleByPowerOfTen(entry.scaler());
  }
}
