package org.example.sunny.coach;

/** Radiation under a sky without clouds, by the place of the sun alone. */
final class ClearSky {
  private ClearSky() {}

  /**
   * Mean global horizontal radiation of an hour, W/m²: Haurwitz (1945), with the sun's place to
   * about a degree (Spencer 1971 for declination and equation of time).
   *
   * @param hour number since 1970, UTC
   * @param latitude tenths of a degree
   * @param longitude tenths of a degree
   */
  static double radiation(long hour, int latitude, int longitude) {
    double sum = 0;
    for (int minute = 5; minute < 60; minute += 10) {
      sum += at(hour * 60 + minute, latitude / 10.0, longitude / 10.0);
    }
    return sum / 6;
  }

  private static double at(long minute, double latitude, double longitude) {
    double day = (minute / 1440.0) % 365.2425;
    double b = 2 * Math.PI * day / 365.2425;
    double declination =
        0.006918
            - 0.399912 * Math.cos(b)
            + 0.070257 * Math.sin(b)
            - 0.006758 * Math.cos(2 * b)
            + 0.000907 * Math.sin(2 * b)
            - 0.002697 * Math.cos(3 * b)
            + 0.00148 * Math.sin(3 * b);
    double equation =
        229.18
            * (0.000075
                + 0.001868 * Math.cos(b)
                - 0.032077 * Math.sin(b)
                - 0.014615 * Math.cos(2 * b)
                - 0.040849 * Math.sin(2 * b));
    double solar = Math.floorMod(minute, 1440L) + equation + 4 * longitude; // minutes
    double angle = Math.toRadians(solar / 4 - 180);
    double phi = Math.toRadians(latitude);
    double height =
        Math.sin(phi) * Math.sin(declination)
            + Math.cos(phi) * Math.cos(declination) * Math.cos(angle);
    return height <= 0 ? 0 : 1098 * height * Math.exp(-0.057 / height);
  }
}
