package org.commonshub.metering.iec62056;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Readouts of several makers' meters, as their manuals list them: codes, digits, order and units;
 * numbers and values are made up. With what the hub must make of them.
 */
final class Meters {
  /**
   * One readout.
   *
   * @param opening identification without its end
   * @param lines data lines, the last without {@code !}
   */
  record Case(
      String opening,
      List<String> lines,
      Map<String, String> identity,
      Map<String, String> values) {
    @Override
    public String toString() {
      return opening;
    }

    /** As sent in mode C or A: seven bits, the check character at the end. */
    byte[] message() {
      return Meters.message(lines);
    }

    /** As sent in mode D: seven bits. */
    byte[] telegram() {
      return (opening + "\r\n\r\n" + String.join("\r\n", lines) + "\r\n!\r\n")
          .getBytes(StandardCharsets.US_ASCII);
    }
  }

  private Meters() {}

  static byte[] message(List<String> lines) {
    byte[] text =
        ("\2" + String.join("\r\n", lines) + "\r\n!\r\n\3\0").getBytes(StandardCharsets.US_ASCII);
    int check = 0;
    for (int i = 1; i < text.length - 1; i++) {
      check ^= text[i];
    }
    text[text.length - 1] = (byte) check;
    return text;
  }

  /** Even parity in the eighth bit. */
  static byte[] even(byte[] sevenBits) {
    byte[] eight = sevenBits.clone();
    for (int i = 0; i < eight.length; i++) {
      int ones = 0;
      for (int bit = 0; bit < 7; bit++) {
        ones += eight[i] >> bit & 1;
      }
      if (ones % 2 == 1) {
        eight[i] |= (byte) 0x80;
      }
    }
    return eight;
  }

  static List<Case> all() {
    return List.of(
        landisE350(),
        elsterAs1440(),
        iskraMt174(),
        actarisAce3000(),
        pafal12Ec3(),
        easyMeterQ3d(),
        ebzDd3(),
        hagerEhz(),
        logarexLk13());
  }

  /** Codes of two groups, empty values. */
  static Case landisE350() {
    return new Case(
        "/LGZ4ZMF100AC.M23",
        List.of(
            "F.F(00)",
            "C.1.0(10067324)",
            "0.0(00000000)",
            "C.1.1(        )",
            "1.8.1(014058.1*kWh)",
            "1.8.2(000120.0*kWh)",
            "2.8.1(007451.3*kWh)",
            "2.8.2()",
            "1.8.0(014178.1*kWh)",
            "2.8.0(007451.3*kWh)",
            "15.8.0(021629.4*kWh)",
            "C.7.0(0008)",
            "32.7(228*V)",
            "52.7(227*V)",
            "72.7(226*V)",
            "31.7(001.75*A)",
            "51.7(000.09*A)",
            "71.7(000.00*A)",
            "82.8.1(0000)",
            "0.2.0(M23)",
            "C.5.0(401D)"),
        Map.of(
            "maker", "Landis+Gyr",
            "model", "ZMF100AC.M23",
            "serial", "10067324",
            "firmware", "M23"),
        Map.ofEntries(
            Map.entry("device.events", "0"),
            Map.entry("energy.import.t1", "14058100"),
            Map.entry("energy.import.t2", "120000"),
            Map.entry("energy.export.t1", "7451300"),
            Map.entry("energy.import", "14178100"),
            Map.entry("energy.export", "7451300"),
            Map.entry("voltage.l1", "228"),
            Map.entry("voltage.l2", "227"),
            Map.entry("voltage.l3", "226"),
            Map.entry("current.l1", "1.75"),
            Map.entry("current.l2", "0.09"),
            Map.entry("current.l3", "0")));
  }

  /** Maxima with their times, values of the past, reactive energy. */
  static Case elsterAs1440() {
    return new Case(
        "/ELS5\\@V10.04",
        List.of(
            "F.F(0000000A)",
            "0.0.0(00339226)",
            "0.9.1(170203)",
            "1.6.1(12.345*kW)(2302011200)",
            "1.6.1*07(0.000*kW)(0000000000)",
            "1.8.0(0042.7*kWh)",
            "1.8.0*07(0013.1*kWh)",
            "1.8.0&06(0012.1*kWh)",
            "3.8.0(0007.25*kvarh)",
            "1.7.0(0.345*kW)",
            "2.7.0(0.000*kW)",
            "21.7.0(0.300*kW)22.7.0(0.000*kW)",
            "41.7.0(0.045*kW)42.7.0(0.000*kW)",
            "61.7.0(0.000*kW)62.7.0(0.000*kW)",
            "14.7(50.0*Hz)"),
        Map.of("maker", "Elster", "model", "V10.04", "serial", "00339226"),
        Map.of(
            "device.events", "10",
            "energy.import", "42700",
            "energy.reactive.import", "7250",
            "power.active", "345",
            "power.active.l1", "300",
            "power.active.l2", "45",
            "power.active.l3", "0",
            "frequency", "50"));
  }

  static Case iskraMt174() {
    return new Case(
        "/ISk5MT174-0001",
        List.of(
            "1-0:0.9.1*255(183412)",
            "1-0:0.0.0*255(35412778)",
            "1-0:1.8.0*255(0012345.678*kWh)",
            "1-0:1.8.1*255(0012345.678*kWh)",
            "1-0:2.8.0*255(0000017.001*kWh)",
            "1-0:2.8.0*1(0000016.001*kWh)",
            "1-0:1.7.0*255(0.000*kW)",
            "1-0:2.7.0*255(1.250*kW)",
            "0-0:96.14.0*255(0002)"),
        Map.of("maker", "Iskraemeco", "model", "MT174-0001", "serial", "35412778"),
        Map.of(
            "energy.import", "12345678",
            "energy.import.t1", "12345678",
            "energy.export", "17001",
            "power.active", "-1250",
            "tariff", "2"));
  }

  static Case actarisAce3000() {
    return new Case(
        "/ACE\\3k260V01.18",
        List.of("F.F(00)", "C.1(1234567890123456)", "C.5.1(0)", "1.8.1(00005.0*kWh)", "1.8.2()"),
        Map.of("maker", "Actaris", "model", "3k260V01.18", "serial", "1234567890123456"),
        Map.of("device.events", "0", "energy.import.t1", "5000"));
  }

  /** Group F is 0, there is no unit, and every value comes twice. */
  static Case pafal12Ec3() {
    return new Case(
        "/PAF512EC3g",
        List.of(
            "0.0.0(72044837)(72044837)",
            "0.0.1(PAF)(PAF)",
            "F.F(00)(00)",
            "0.2.0(1.29)(1.29)",
            "1.8.0*00(000783.16)(000783.16)",
            "1.8.0*01(000700.16)(000700.16)",
            "2.8.0*00(000045.38)(000045.38)",
            "C.2.1(000000000000)(                                                )"),
        Map.of("maker", "Pafal", "model", "12EC3g", "serial", "72044837", "firmware", "1.29"),
        Map.of("device.events", "0", "energy.import", "783160", "energy.export", "45380"));
  }

  /** Power with its sign, four decimals more than needed. */
  static Case easyMeterQ3d() {
    return new Case(
        "/ESY5Q3DA1004 V3.03",
        List.of(
            "1-0:0.0.0*255(112233445566)",
            "1-0:1.8.0*255(00001234.2345678*kWh)",
            "1-0:2.8.0*255(00000001.0000001*kWh)",
            "1-0:21.7.0*255(000300.45*W)",
            "1-0:41.7.0*255(-000810.68*W)",
            "1-0:61.7.0*255(000000.00*W)",
            "1-0:1.7.0*255(-000510.23*W)",
            "1-0:96.5.5*255(82)",
            "0-0:96.1.255*255(1ESY1011004444)"),
        Map.of("maker", "EasyMeter", "model", "Q3DA1004 V3.03", "serial", "112233445566"),
        Map.of(
            "energy.import", "1234234.5678",
            "energy.export", "1000.0001",
            "power.active.l1", "300.45",
            "power.active.l2", "-810.68",
            "power.active.l3", "0",
            "power.active", "-510.23"));
  }

  static Case ebzDd3() {
    return new Case(
        "/EBZ5DD3BZ06ETA_107",
        List.of(
            "1-0:0.0.0*255(1EBZ0100507409)",
            "1-0:96.1.0*255(1EBZ0100507409)",
            "1-0:1.8.0*255(000125.25688570*kWh)",
            "1-0:16.7.0*255(-000259.20*W)",
            "1-0:36.7.0*255(000075.18*W)",
            "1-0:56.7.0*255(-000159.34*W)",
            "1-0:76.7.0*255(-000175.04*W)",
            "1-0:32.7.0*255(232.4*V)",
            "1-0:96.5.0*255(001C0104)",
            "0-0:96.8.0*255(00104443)"),
        Map.of("maker", "eBZ", "model", "DD3BZ06ETA_107", "serial", "1EBZ0100507409"),
        Map.of(
            "energy.import", "125256.8857",
            "power.active", "-259.2",
            "power.active.l1", "75.18",
            "power.active.l2", "-159.34",
            "power.active.l3", "-175.04",
            "voltage.l1", "232.4"));
  }

  /** Registers without a unit, power with a plus. */
  static Case hagerEhz() {
    return new Case(
        "/HAG5eHZ010C_EHZ1WA02",
        List.of(
            "1-0:0.0.0*255(1095100000057647)",
            "1-0:1.8.0*255(000001.5400)",
            "1-0:96.5.5*255(82)",
            "0-0:96.1.255*255(0000057647)",
            "1-0:32.7.0*255(235.94*V)",
            "1-0:31.7.0*255(000.04*A)",
            "1-0:21.7.0*255(+00123*W)"),
        Map.of("maker", "Hager", "model", "eHZ010C_EHZ1WA02", "serial", "1095100000057647"),
        Map.of(
            "energy.import", "1540",
            "voltage.l1", "235.94",
            "current.l1", "0.04",
            "power.active.l1", "123",
            "power.active", "123"));
  }

  /** History of a day, a week, a month and a year behind the register. */
  static Case logarexLk13() {
    return new Case(
        "/LOG5LK13BE803039",
        List.of(
            "1-0:96.1.0*255(001LOG0065812345)",
            "1-0:1.8.0*255(000123.4567*kWh)",
            "1-0:1.8.0*96(00001.1*kWh)",
            "1-0:1.8.0*97(00007.1*kWh)",
            "1-0:1.8.0*98(00030.1*kWh)",
            "1-0:1.8.0*99(00123.1*kWh)",
            "1-0:16.7.0*255(000234*W)"),
        Map.of("maker", "Logarex", "model", "LK13BE803039", "serial", "001LOG0065812345"),
        Map.of("energy.import", "123456.7", "power.active", "234"));
  }
}
