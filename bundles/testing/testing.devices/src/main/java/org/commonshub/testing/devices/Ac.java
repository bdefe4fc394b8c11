package org.commonshub.testing.devices;

/**
 * What a meter at one point of the home shows at one instant. Passive sign convention: + taken, −
 * given. Registers count from the origin of the simulation and never fall.
 *
 * @param power active power of each conductor, W
 * @param reactive reactive power of each conductor, var
 * @param voltage conductor to neutral, V
 * @param hertz mains frequency, Hz
 * @param importWh energy taken, summed over the conductors before it is counted
 * @param exportWh energy given, likewise
 * @param importLines energy taken, each conductor on its own, Wh
 * @param exportLines energy given, each conductor on its own, Wh
 * @param importVarh reactive energy taken, varh
 * @param vah apparent energy, VAh
 */
record Ac(
    Three power,
    Three reactive,
    Three voltage,
    double hertz,
    double importWh,
    double exportWh,
    Three importLines,
    Three exportLines,
    double importVarh,
    double vah) {

  Three apparent() {
    return power.with(reactive, Math::hypot);
  }

  Three current() {
    return apparent().with(voltage, (s, v) -> s / v);
  }

  /** Power factor with the sign of the power, 1 without load. */
  static double powerFactor(double power, double apparent) {
    return apparent < 1e-9 ? 1 : power / apparent;
  }

  /** Voltage between conductors {@code a} and {@code b}, which stand 120° apart. */
  double lineToLine(int a, int b) {
    double va = voltage.get(a);
    double vb = voltage.get(b);
    return Math.sqrt(va * va + vb * vb + va * vb);
  }

  /** Current in the neutral: the sum of three phasors 120° apart, each lagging by its own angle. */
  double neutral() {
    double re = 0;
    double im = 0;
    Three amps = current();
    for (int line = 0; line < 3; line++) {
      double angle = -2 * Math.PI / 3 * line - Math.atan2(reactive.get(line), power.get(line));
      re += amps.get(line) * Math.cos(angle);
      im += amps.get(line) * Math.sin(angle);
    }
    return Math.hypot(re, im);
  }
}
