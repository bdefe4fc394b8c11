package org.commonshub.metering.sml;

import java.util.List;
import java.util.Map;

/**
 * What meters of several makers send, as far as their manuals and FNN's specifications tell: types,
 * widths, status words and order; numbers and values are made up. With what the hub must make of
 * it.
 */
final class MeterFamilies {
  /** One frame and its values; those flagged end in {@code !}. */
  record Case(String name, Sml sml, Map<String, String> identity, Map<String, String> values) {
    @Override
    public String toString() {
      return name;
    }
  }

  private MeterFamilies() {}

  static List<Case> all() {
    return List.of(
        emhEhz(),
        emhEd300l("0182", "137.1"),
        emhEd300l("01b0", "-137.1"),
        drNeuhausSmarty("010190", "42"),
        drNeuhausSmarty("0101a2", "-42"),
        iskraMt175(),
        iskraMt681(),
        easyMeterQ3d(),
        easyMeterQ1d(),
        holleyDtz541(),
        dzgDvs7412(),
        dzgSound(),
        dzgDws74(),
        efrSgm(),
        hagerProduction());
  }

  /** Two tariffs, no total; power taken only. */
  static Case emhEhz() {
    return new Case(
        "EMH eHZ",
        new Sml()
            .server("3032323830383136")
            .text("129-129:199.130.3*255", "EMH")
            .text("1-0:0.0.0*255", "02280816")
            .register("1-0:1.8.1*255", "0180", -1, "i5", 247_981_129L)
            .register("1-0:1.8.2*255", "0180", -1, "i5", 20_124)
            .text("0-0:96.1.255*255", "0002280816")
            .value("1-0:1.7.0*255", 27, -1, "i4", 138),
        Map.of("maker", "EMH metering", "serial", "02280816"),
        Map.of(
            "energy.import.t1", "24798112.9",
            "energy.import.t2", "2012.4",
            "power.active", "13.8"));
  }

  /** The power has no sign; the status word tells the direction. */
  static Case emhEd300l(String status, String power) {
    return new Case(
        "EMH ED300L " + status,
        new Sml()
            .server("06454d4801027156cd45")
            .text("129-129:199.130.3*255", "EMH")
            .octets("1-0:0.0.9*255", "06454d4801027156cd45")
            .register("1-0:1.8.0*255", status, -1, "i5", 172_433_683)
            .value("1-0:1.8.1*255", 30, -1, "i5", 172_433_683)
            .value("1-0:1.8.2*255", 30, -1, "i5", 0)
            .value("1-0:15.7.0*255", 27, -1, "i4", 1371)
            .octets("129-129:199.130.5*255", "e830".repeat(24)),
        Map.of("maker", "EMH metering", "serial", "06454D4801027156CD45"),
        Map.of(
            "energy.import", "17243368.3",
            "energy.import.t1", "17243368.3",
            "energy.import.t2", "0",
            "power.active", power));
  }

  /** A production meter, at night and by day. */
  static Case drNeuhausSmarty(String status, String power) {
    return new Case(
        "Dr. Neuhaus SMARTY " + status,
        new Sml()
            .server("0901" + "444e54" + "01" + "00002030")
            .text("129-129:199.130.3*255", "DNT")
            .register("1-0:2.8.0*255", status, -1, "i8", 43_730)
            .value("1-0:2.8.1*255", 30, -1, "i8", 43_730)
            .value("1-0:2.8.2*255", 30, -1, "i8", 0)
            .value("1-0:15.7.0*255", 27, 0, "u4", 42),
        Map.of("maker", "Dr. Neuhaus", "serial", "1DNT0100008240"),
        Map.of(
            "energy.export", "4373",
            "energy.export.t1", "4373",
            "energy.export.t2", "0",
            "power.active", power));
  }

  static Case iskraMt175() {
    return new Case(
        "ISKRA MT175",
        new Sml()
            .server("0901" + "49534b" + "00" + "0403df63")
            .text("129-129:199.130.3*255", "ISK")
            .register("1-0:1.8.0*255", "000101a2", -1, "i8", 107_323_091)
            .value("1-0:1.8.1*255", 30, -1, "i8", 107_323_091)
            .value("1-0:1.8.2*255", 30, -1, "i8", 0)
            .register("1-0:2.8.0*255", "000101a2", -1, "i8", 282_753_245)
            .value("1-0:16.7.0*255", 27, 0, "i4", -4308)
            .value("1-0:36.7.0*255", 27, 0, "i4", -1392)
            .value("1-0:56.7.0*255", 27, 0, "i4", -1432)
            .value("1-0:76.7.0*255", 27, 0, "i4", -1484),
        Map.of("maker", "Iskraemeco", "serial", "1ISK0067362659"),
        Map.of(
            "energy.import", "10732309.1",
            "energy.import.t1", "10732309.1",
            "energy.import.t2", "0",
            "energy.export", "28275324.5",
            "power.active", "-4308",
            "power.active.l1", "-1392",
            "power.active.l2", "-1432",
            "power.active.l3", "-1484"));
  }

  /** Integers as short as they can be, check sums too. */
  static Case iskraMt681() {
    return new Case(
        "ISKRA MT681",
        new Sml()
            .server("0a01" + "49534b" + "00" + "047a5544")
            .shortSum()
            .text("1-0:96.50.1*1", "ISK")
            .octets("1-0:96.1.0*255", "0a0149534b00047a5544")
            .register("1-0:1.8.0*255", "001c0904", -1, "u4", 20_431_047)
            .value("1-0:2.8.0*255", 30, -1, "u3", 70_001)
            .value("1-0:16.7.0*255", 27, 0, "i1", -93),
        Map.of("maker", "Iskraemeco", "serial", "1ISK0075126084"),
        Map.of(
            "energy.import", "2043104.7",
            "energy.export", "7000.1",
            "power.active", "-93"));
  }

  static Case easyMeterQ3d() {
    return new Case(
        "EasyMeter Q3D",
        new Sml()
            .server("0901" + "455359" + "11" + "03b599a5")
            .text("129-129:199.130.3*255", "ESY")
            .register("1-0:1.8.0*255", "000080", -4, "i8", 29_416_461_614L)
            .register("1-0:2.8.0*255", "000080", -4, "i8", 1_100_731_603)
            .value("1-0:16.7.0*255", 27, -2, "i8", 81_026)
            .value("1-0:36.7.0*255", 27, -2, "i8", 50_523)
            .value("1-0:56.7.0*255", 27, -2, "i8", -6_319)
            .value("1-0:76.7.0*255", 27, -2, "i8", 36_822)
            .text("1-0:0.0.0*255", "1ESY1162232997")
            .value("1-0:32.7.0*255", 35, -1, "u2", 2325)
            .value("1-0:52.7.0*255", 35, -1, "u2", 2307)
            .value("1-0:72.7.0*255", 35, -1, "u2", 2326)
            .octets("129-129:199.240.6*255", "01071e"),
        Map.of("maker", "EasyMeter", "serial", "1ESY1162232997"),
        Map.ofEntries(
            Map.entry("energy.import", "2941646.1614"),
            Map.entry("energy.export", "110073.1603"),
            Map.entry("power.active", "810.26"),
            Map.entry("power.active.l1", "505.23"),
            Map.entry("power.active.l2", "-63.19"),
            Map.entry("power.active.l3", "368.22"),
            Map.entry("voltage.l1", "232.5"),
            Map.entry("voltage.l2", "230.7"),
            Map.entry("voltage.l3", "232.6")));
  }

  /** One phase, and no total of it. */
  static Case easyMeterQ1d() {
    return new Case(
        "EasyMeter Q1D",
        new Sml()
            .server("0901" + "455359" + "11" + "03b599a6")
            .text("129-129:199.130.3*255", "ESY")
            .register("1-0:1.8.0*255", "000080", -4, "i8", 416_461_614L)
            .value("1-0:21.7.0*255", 27, -2, "i8", 12_345),
        Map.of("maker", "EasyMeter", "serial", "1ESY1162232998"),
        Map.of(
            "energy.import", "41646.1614",
            "power.active", "123.45",
            "power.active.l1", "123.45"));
  }

  /** Another check sum, times without their choice, a list longer than 15. */
  static Case holleyDtz541() {
    return new Case(
        "Holley DTZ541",
        new Sml()
            .server("0a01" + "484c59" + "02" + "0003a910")
            .sum(Sml.Sum.KERMIT)
            .time(Sml.Time.BARE)
            .wideTag()
            .text("1-0:96.50.1*1", "HLY")
            .octets("1-0:96.1.0*255", "0a01484c59020003a910")
            .register("1-0:1.8.0*255", "001c0904", -1, "u1", 250)
            .register("1-0:2.8.0*255", "001c0904", -1, "u4", 136_143_615)
            .value("1-0:16.7.0*255", 27, 0, "i2", -1602)
            .value("1-0:32.7.0*255", 35, -1, "u2", 2422)
            .value("1-0:52.7.0*255", 35, -1, "u2", 2383)
            .value("1-0:72.7.0*255", 35, -1, "u2", 2421)
            .value("1-0:31.7.0*255", 33, -2, "u2", 725)
            .value("1-0:51.7.0*255", 33, -2, "u1", 66)
            .value("1-0:71.7.0*255", 33, -2, "u1", 91)
            .value("1-0:81.7.1*255", 8, 0, "u1", 120)
            .value("1-0:81.7.2*255", 8, 0, "u1", 240)
            .value("1-0:81.7.4*255", 8, 0, "u2", 298)
            .value("1-0:81.7.15*255", 8, 0, "u2", 312)
            .value("1-0:81.7.26*255", 8, 0, "u2", 288)
            .value("1-0:14.7.0*255", 44, -1, "u2", 500)
            .text("1-0:0.2.0*0", "1.02.007")
            .text("1-0:96.90.2*1", "A01A")
            .octets("1-0:97.97.0*255", "00000400"),
        Map.of("maker", "Holley", "serial", "1HLY0200239888", "firmware", "1.02.007"),
        Map.ofEntries(
            Map.entry("energy.import", "25"),
            Map.entry("energy.export", "13614361.5"),
            Map.entry("power.active", "-1602"),
            Map.entry("voltage.l1", "242.2"),
            Map.entry("voltage.l2", "238.3"),
            Map.entry("voltage.l3", "242.1"),
            Map.entry("current.l1", "7.25"),
            Map.entry("current.l2", "0.66"),
            Map.entry("current.l3", "0.91"),
            Map.entry("frequency", "50"),
            Map.entry("device.events", "1024")));
  }

  private static Sml dzg(long number, String status, long power, String type) {
    return new Sml()
        .server("0a01" + "445a47" + String.format("%010x", number))
        .text("1-0:96.50.1*1", "DZG")
        .octets("1-0:96.1.0*255", "0a01445a47" + String.format("%010x", number))
        .register("1-0:1.8.0*255", status, -1, "u4", 54_301_577)
        .value("1-0:2.8.0*255", 30, -1, "u4", 262_445_726)
        .value("1-0:16.7.0*255", 27, -2, type, power);
  }

  /** 356.24 W in two bytes that read as −299.12 W. */
  static Case dzgDvs7412() {
    return new Case(
        "DZG DVS-7412",
        dzg(42_082_910, "1c0104", -29_912, "i2"),
        Map.of("maker", "DZG Metering", "serial", "1DZG0042082910"),
        Map.of(
            "energy.import", "5430157.7",
            "energy.export", "26244572.6",
            "power.active", "356.24"));
  }

  /** A later one, which gives −105.50 W in two bytes and means it. */
  static Case dzgSound() {
    return new Case(
        "DZG DVS-7420",
        dzg(60_694_611, "1c6904", -10_550, "i2"),
        Map.of("maker", "DZG Metering", "serial", "1DZG0060694611"),
        Map.of(
            "energy.import", "5430157.7",
            "energy.export", "26244572.6",
            "power.active", "-105.5"));
  }

  /** One phase; of no known series, but the status word speaks against the sign. */
  static Case dzgDws74() {
    return new Case(
        "DZG DWS74",
        new Sml()
            .server("0a01" + "445a47" + "0002fc07a7")
            .text("1-0:96.50.1*1", "DZG")
            .octets("1-0:96.1.0*255", "0a01445a470002fc07a7")
            .register("1-0:1.8.0*255", "040104", -1, "u4", 100_223_672)
            .value("1-0:36.7.0*255", 27, -2, "i2", -14_836),
        Map.of("maker", "DZG Metering", "serial", "1DZG0050071463"),
        Map.of(
            "energy.import", "10022367.2",
            "power.active", "507 !",
            "power.active.l1", "507 !"));
  }

  static Case efrSgm() {
    return new Case(
        "EFR SGM-C",
        new Sml()
            .server("0a01" + "454652" + "21" + "00c0ffee")
            .time(Sml.Time.INDEX)
            .text("1-0:96.50.1*1", "EFR")
            .text("1-0:96.50.1*4", "P1.03.06")
            .octets("1-0:96.1.0*255", "0a014546522100c0ffee")
            .register("1-0:1.8.0*255", "00020104", -1, "u8", 41_234_567)
            .value("1-0:1.8.1*255", 30, -1, "u8", 41_000_000)
            .value("1-0:1.8.2*255", 30, -1, "u8", 234_567)
            .value("1-0:1.8.0*96", 30, -1, "u8", 99_999)
            .value("1-0:16.7.0*255", 27, 0, "i8", 4711)
            .value("1-0:36.7.0*255", 27, 0, "i8", 4000)
            .value("1-0:56.7.0*255", 27, 0, "i8", 711)
            .value("1-0:76.7.0*255", 27, 0, "i8", 0),
        Map.of("maker", "EFR", "serial", "1EFR2112648430"),
        Map.of(
            "energy.import", "4123456.7",
            "energy.import.t1", "4100000",
            "energy.import.t2", "23456.7",
            "power.active", "4711",
            "power.active.l1", "4000",
            "power.active.l2", "711",
            "power.active.l3", "0"));
  }

  /** A production meter that names its power by the tariff. */
  static Case hagerProduction() {
    return new Case(
        "Hager eHZ361",
        new Sml()
            .server("31303031313835")
            .text("129-129:199.130.3*255", "HAGER")
            .register("1-0:2.8.1*255", "82", -1, "u8", 1_103_403_151)
            .value("1-0:1.7.1*255", 27, -4, "i4", -56_321_916),
        Map.of("maker", "Hager", "serial", "1001185"),
        Map.of("energy.export.t1", "110340315.1", "power.active", "-5632.1916"));
  }
}
