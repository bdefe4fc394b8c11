package org.commonshub.testing.devices;

/** Reproducible randomness: pure functions of a seed, a stream and a position. */
final class Noise {
  private Noise() {}

  /** Uniform in [0, 1), from the SplitMix64 finaliser. */
  static double uniform(long seed, int stream, long position) {
    long z = seed * 0x9E3779B97F4A7C15L + stream * 0xD1B54A32D192ED03L + position;
    z = (z + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return ((z ^ z >>> 31) >>> 11) * 0x1.0p-53;
  }

  /** Continuous noise in [−1, 1): uniform values at whole positions, straight lines between. */
  static double smooth(long seed, int stream, double position) {
    long cell = (long) Math.floor(position);
    double a = uniform(seed, stream, cell);
    double b = uniform(seed, stream, cell + 1);
    return 2 * (a + (b - a) * (position - cell)) - 1;
  }
}
