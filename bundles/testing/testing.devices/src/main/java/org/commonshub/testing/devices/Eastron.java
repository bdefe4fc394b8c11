package org.commonshub.testing.devices;

/**
 * Input registers of Eastron meters: 32-bit floats, energies in kWh. Addresses as in the makers'
 * protocol sheets (SDM630MODBUS V2 and SDM120MODBUS); what isn't listed reads 0, as in the meters.
 */
final class Eastron {
  private static final double KILO = 1e-3;
  private static final double DEGREES = 180 / Math.PI;

  private Eastron() {}

  /** Three phases. */
  static int[] sdm630(Ac ac) {
    Words words = new Words();
    Three amps = ac.current();
    Three apparent = ac.apparent();
    double power = ac.power().sum();
    double reactive = ac.reactive().sum();
    for (int line = 0; line < 3; line++) {
      double p = ac.power().get(line);
      double q = ac.reactive().get(line);
      words
          .f32(2 * line, ac.voltage().get(line))
          .f32(6 + 2 * line, amps.get(line))
          .f32(12 + 2 * line, p)
          .f32(18 + 2 * line, apparent.get(line))
          .f32(24 + 2 * line, q)
          .f32(30 + 2 * line, Ac.powerFactor(p, apparent.get(line)))
          .f32(36 + 2 * line, Math.atan2(q, p) * DEGREES)
          .f32(200 + 2 * line, ac.lineToLine(line, (line + 1) % 3))
          .f32(346 + 2 * line, ac.importLines().get(line) * KILO)
          .f32(352 + 2 * line, ac.exportLines().get(line) * KILO)
          .f32(358 + 2 * line, (ac.importLines().get(line) + ac.exportLines().get(line)) * KILO);
    }
    return words
        .f32(42, ac.voltage().sum() / 3)
        .f32(46, amps.sum() / 3)
        .f32(48, amps.sum())
        .f32(52, power)
        .f32(56, apparent.sum())
        .f32(60, reactive)
        .f32(62, Ac.powerFactor(power, Math.hypot(power, reactive)))
        .f32(66, Math.atan2(reactive, power) * DEGREES)
        .f32(70, ac.hertz())
        .f32(72, ac.importWh() * KILO)
        .f32(74, ac.exportWh() * KILO)
        .f32(76, ac.importVarh() * KILO)
        .f32(80, ac.vah() * KILO)
        .f32(206, (ac.lineToLine(0, 1) + ac.lineToLine(1, 2) + ac.lineToLine(2, 0)) / 3)
        .f32(224, ac.neutral())
        .f32(342, (ac.importWh() + ac.exportWh()) * KILO)
        .f32(344, ac.importVarh() * KILO)
        .f32(398, 0)
        .toArray();
  }

  /** One phase: the one the meter is wired to. */
  static int[] sdm120(Ac ac, int line) {
    double power = ac.power().get(line);
    double apparent = ac.apparent().get(line);
    return new Words()
        .f32(0, ac.voltage().get(line))
        .f32(6, ac.current().get(line))
        .f32(12, power)
        .f32(18, apparent)
        .f32(24, ac.reactive().get(line))
        .f32(30, Ac.powerFactor(power, apparent))
        .f32(36, Math.atan2(ac.reactive().get(line), power) * DEGREES)
        .f32(70, ac.hertz())
        .f32(72, ac.importWh() * KILO)
        .f32(74, ac.exportWh() * KILO)
        .f32(76, ac.importVarh() * KILO)
        .f32(342, (ac.importWh() + ac.exportWh()) * KILO)
        .f32(344, ac.importVarh() * KILO)
        .f32(398, 0)
        .toArray();
  }
}
