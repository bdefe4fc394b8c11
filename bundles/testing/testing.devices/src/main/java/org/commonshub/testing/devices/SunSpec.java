package org.commonshub.testing.devices;

/**
 * SunSpec register blocks (SunSpec Device Information Model Specification and the model definitions
 * it publishes), from register 40000: a "SunS" mark, models of identifier and length, an end model.
 * Inverters count generation as positive.
 */
final class SunSpec {
  static final int BASE = 40000;

  private static final long NO_S16 = 0x8000;
  private static final long NO_U16 = 0xFFFF;
  private static final long NO_U32 = 0xFFFFFFFFL;
  private static final long NO_U64 = -1L;

  /** State of charge in both storage models counts from empty cells to full ones. */
  private static final double PERCENT = 100;

  private SunSpec() {}

  /** Solar inverter: models 1, 103, 120, 160. */
  static int[] inverter(HomeState home) {
    Words words = common("Sim-PV 7.0", "SIM-PV-000001");
    Ac ac = home.inverter();
    HomeState.Pv pv = home.pv();
    double generation = -ac.power().sum();
    double dc = pv.dcPower1() + pv.dcPower2();
    boolean runs = generation > 0;
    Three amps = ac.current();

    model(words, 103, 50);
    words.u16(amps.sum() * 100).u16(amps.l1() * 100).u16(amps.l2() * 100).u16(amps.l3() * 100);
    words.u16(-2L);
    lineVoltages(words, ac);
    words.u16(-1L);
    words.u16(generation).u16(0L);
    words.u16(ac.hertz() * 100).u16(-2L);
    words.u16(ac.apparent().sum()).u16(0L);
    words.u16(0L).u16(0L);
    words.u16(runs ? 10_000L : NO_S16).u16(-2L);
    words.u32(ac.exportWh()).u16(0L);
    words.u16(runs ? Math.round(dc / pv.dcVoltage() * 100) : 0L).u16(-2L);
    words.u16(pv.dcVoltage() * 10).u16(-1L);
    words.u16(dc).u16(0L);
    words
        .u16((home.outdoor() + 12 + generation / 250) * 10)
        .u16((home.outdoor() + 15 + generation / 180) * 10)
        .u16(NO_S16)
        .u16(NO_S16)
        .u16(-1L);
    words.u16(runs ? pv.throttled() ? 5L : 4L : 2L).u16(NO_U16);
    words.u32(0L).u32(0L).times(8, 0);

    model(words, 120, 26);
    words.u16(4L).u16(DayPlan.INVERTER_LIMIT).u16(0L).u16(DayPlan.INVERTER_LIMIT).u16(0L);
    words.times(4, NO_S16).u16(0L);
    words.u16(DayPlan.INVERTER_LIMIT / 3 / 230 * 100).u16(-2L);
    words.times(4, NO_S16).u16(0L);
    words.u16(NO_U16).u16(0L).u16(NO_U16).u16(0L);
    words.u16(NO_U16).u16(0L).u16(NO_U16).u16(0L).u16(NO_S16);

    model(words, 160, 48);
    words.u16(-2L).u16(-1L).u16(0L).u16(0L).u32(0L).u16(2L).u16(NO_U16);
    tracker(words, 1, "Roof 1", pv.dcPower1(), pv.dcVoltage(), pv.dcWh1(), home);
    tracker(words, 2, "Roof 2", pv.dcPower2(), pv.dcVoltage() * 0.97, pv.dcWh2(), home);
    return end(words);
  }

  private static void tracker(
      Words words, int id, String name, double power, double volts, double wh, HomeState home) {
    words.u16((long) id).text(name, 8);
    words.u16(volts > 0 ? Math.round(power / volts * 100) : 0L).u16(volts * 10).u16(power);
    words.u32(wh);
    // Seconds since 2000-01-01.
    words.u32(home.at().getEpochSecond() - 946_684_800L);
    words.u16(NO_S16).u16(power > 0 ? home.pv().throttled() ? 5L : 4L : 2L).u32(0L);
  }

  /** Battery inverter: models 1, 701, 713, 802. */
  static int[] battery(HomeState home) {
    Words words = common("Sim-Battery 10", "SIM-BAT-000002");
    Ac ac = home.battery();
    HomeState.Storage storage = home.storage();
    double generation = -ac.power().sum();
    double soc = PERCENT * storage.storedWh() / Home.BATTERY_WH;
    boolean runs = generation != 0;
    Three amps = ac.current();

    model(words, 701, 153);
    words.u16(2L).u16(1L).u16(runs ? 3L : 7L).u16(1L).u32(0L).u32(0L);
    words.u16(generation).u16(ac.apparent().sum()).u16(0L);
    words.u16(runs ? Math.round(Math.signum(generation) * 1000) : NO_S16);
    words.u16(amps.sum() * 100);
    words.u16((ac.lineToLine(0, 1) + ac.lineToLine(1, 2) + ac.lineToLine(2, 0)) / 3 * 10);
    words.u16(ac.voltage().sum() / 3 * 10);
    words.u32(ac.hertz() * 1000);
    words.u64(Math.round(ac.exportWh())).u64(Math.round(ac.importWh()));
    words.u64(NO_U64).u64(NO_U64);
    words.u16(home.outdoor() * 10).u16((home.outdoor() + 14) * 10).times(4, NO_S16);
    for (int line = 0; line < 3; line++) {
      words.u16(-ac.power().get(line)).u16(ac.apparent().get(line)).u16(0L);
      words.u16(runs ? Math.round(Math.signum(generation) * 1000) : NO_S16);
      words.u16(amps.get(line) * 100);
      words.u16(ac.lineToLine(line, (line + 1) % 3) * 10).u16(ac.voltage().get(line) * 10);
      words.u64(Math.round(ac.exportLines().get(line)));
      words.u64(Math.round(ac.importLines().get(line)));
      words.u64(NO_U64).u64(NO_U64);
    }
    words.u16(NO_U16).u32(NO_U32);
    words.u16(-2L).u16(-1L).u16(-3L).u16(0L).u16(-3L).u16(0L).u16(0L).u16(0L).u16(0L).u16(-1L);
    words.times(32, 0);

    model(words, 713, 7);
    words.u16(Home.BATTERY_WH).u16(storage.storedWh()).u16(soc * 100).u16(9900L).u16(0L);
    words.u16(0L).u16(-2L);

    model(words, 802, 62);
    double volts = storage.dcVoltage();
    boolean full = soc > 99.95;
    boolean empty = soc < PERCENT * Home.BATTERY_RESERVE + 0.05;
    long charge = storage.dcPower() > 0 ? 4 : storage.dcPower() < 0 ? 3 : full ? 5 : empty ? 2 : 6;
    words.u16(Home.BATTERY_WH / 400 * 10).u16(Home.BATTERY_WH);
    words.u16(Home.BATTERY_LIMIT).u16(Home.BATTERY_LIMIT).u16(NO_U16);
    words.u16(10_000L).u16(0L).u16(10_000L).u16(PERCENT * Home.BATTERY_RESERVE * 100);
    words.u16(soc * 100).u16((PERCENT - soc) * 100).u16(9900L);
    words.u32((long) storage.cycles()).u16(charge).u16(1L);
    words.u16(home.at().getEpochSecond() % 60).u16(NO_U16).u16(0L);
    words.u16(4L).u16(3L).u16(NO_U16).u32(NO_U32);
    words.times(8, 0);
    words.u16(volts * 10).u16(4250L).u16(3600L);
    words.u16(volts / 112 * 1000).times(2, NO_U16);
    words.u16(volts / 112 * 1000).times(2, NO_U16);
    words.u16(volts / 112 * 1000);
    // Direct current and power leave the battery as positive, like the inverter's generation.
    words.u16(-storage.dcPower() / volts * 100);
    words.u16(full ? 0L : Math.round(Home.BATTERY_LIMIT / volts * 10));
    words.u16(empty ? 0L : Math.round(Home.BATTERY_LIMIT / volts * 10));
    words.u16(-storage.dcPower());
    words.u16(0L).u16(NO_S16).u16(1L).u16(3L);
    words.u16(-1L).u16(0L).u16(0L).u16(NO_S16).u16(-2L).u16(-2L).u16(-2L);
    words.u16(-1L).u16(-3L).u16(-2L).u16(-1L).u16(0L);
    return end(words);
  }

  private static void lineVoltages(Words words, Ac ac) {
    for (int line = 0; line < 3; line++) {
      words.u16(ac.lineToLine(line, (line + 1) % 3) * 10);
    }
    for (int line = 0; line < 3; line++) {
      words.u16(ac.voltage().get(line) * 10);
    }
  }

  private static Words common(String model, String serial) {
    Words words = new Words().u32(0x53756E53L);
    model(words, 1, 66);
    return words
        .text("Commons Hub", 16)
        .text(model, 16)
        .text("", 8)
        .text("1.0", 8)
        .text(serial, 16)
        .u16(1L)
        .u16(NO_S16);
  }

  private static void model(Words words, int id, int length) {
    words.u16((long) id).u16((long) length);
  }

  private static int[] end(Words words) {
    return words.u16(0xFFFFL).u16(0L).toArray();
  }
}
