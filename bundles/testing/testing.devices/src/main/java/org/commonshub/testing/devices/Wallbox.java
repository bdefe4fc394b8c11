package org.commonshub.testing.devices;

/** Registers of the simulated charge point; the table is in the bundle's README. */
final class Wallbox {
  private static final double LIMIT_AMPERE = 16;

  private Wallbox() {}

  static int[] registers(HomeState home) {
    Ac ac = home.wallbox();
    HomeState.Vehicle car = home.vehicle();
    Words words =
        new Words()
            .u16(car.state())
            .u16(LIMIT_AMPERE * 10)
            .u16(0L)
            .u16(car.state() == 3 ? 3L : 0L)
            .u32(ac.power().sum() * 10);
    for (int line = 0; line < 3; line++) {
      words.u32(ac.power().get(line) * 10);
    }
    for (int line = 0; line < 3; line++) {
      words.u16(ac.voltage().get(line) * 10);
    }
    for (int line = 0; line < 3; line++) {
      words.u16(ac.current().get(line) * 100);
    }
    return words
        .u16(ac.hertz() * 100)
        .u16(0L)
        .u32(ac.importWh())
        .u32(car.sessionWh())
        .u16(car.plugged() ? Math.round(car.storedWh() / Home.CAR_WH * 1000) : 0xFFFF)
        .u16(0L)
        .u32(car.plugged() ? Math.round(car.requestedWh()) : 0xFFFFFFFFL)
        .u32(car.departureSeconds() >= 0 ? car.departureSeconds() : 0xFFFFFFFFL)
        .text("SIM-EV-000003", 8)
        .toArray();
  }
}
