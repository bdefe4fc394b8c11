package org.example.sunny.coach;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Mean solar radiation per hour, past and to come, as a weather service says it. */
final class Weather {
  /** Host of the manifest. */
  static final String HOST = "api.open-meteo.com";

  /** More hours than are asked for: 92 days and 16 days at most. */
  private static final int MAX_HOURS = 3000;

  private static final double MAX_RADIATION = 1500;

  private Weather() {}

  /**
   * Address to ask, with nothing of the home in it but its place to a tenth of a degree.
   *
   * @param latitude tenths of a degree
   * @param longitude tenths of a degree
   * @param past days back
   */
  static String address(int latitude, int longitude, int past) {
    return "https://"
        + HOST
        + "/v1/forecast?latitude="
        + tenths(latitude)
        + "&longitude="
        + tenths(longitude)
        + "&hourly=shortwave_radiation&timeformat=unixtime&timezone=UTC&forecast_days=3&past_days="
        + past;
  }

  private static String tenths(int value) {
    return (value < 0 ? "-" : "") + Math.abs(value) / 10 + "." + Math.abs(value) % 10;
  }

  /**
   * Reads the answer: {@code {"hourly": {"time": [unix seconds], "shortwave_radiation": [W/m²]}}},
   * each value the mean of the hour before its time. Other fields, and hours without a value, are
   * left out.
   *
   * @return by the hour's number since 1970, UTC
   * @throws IllegalArgumentException saying what is wrong
   */
  static Map<Long, Double> read(String answer) {
    if (!(JsonReader.read(answer) instanceof Map<?, ?> document)
        || !(document.get("hourly") instanceof Map<?, ?> hourly)
        || !(hourly.get("time") instanceof List<?> times)
        || !(hourly.get("shortwave_radiation") instanceof List<?> radiation)) {
      throw new IllegalArgumentException("the answer has no hourly radiation");
    }
    if (times.size() != radiation.size() || times.size() > MAX_HOURS) {
      throw new IllegalArgumentException("the answer has as many times as values, at most 3000");
    }
    Map<Long, Double> hours = new TreeMap<>();
    for (int i = 0; i < times.size(); i++) {
      if (times.get(i) instanceof Double time
          && time >= 0
          && time < 1e11
          && time % 3600 == 0
          && radiation.get(i) instanceof Double value
          && value >= 0
          && value <= MAX_RADIATION) {
        hours.put((long) (time / 3600) - 1, value);
      }
    }
    if (hours.isEmpty()) {
      throw new IllegalArgumentException("the answer has no values of radiation");
    }
    return hours;
  }
}
