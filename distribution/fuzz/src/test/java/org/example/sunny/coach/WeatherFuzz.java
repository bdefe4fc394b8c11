package org.example.sunny.coach;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The answer of a weather service, read by a sample app. */
public final class WeatherFuzz {
  private WeatherFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Map<Long, Double> hours;
    try {
      hours = Weather.read(new String(data, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      if (!e.getMessage().startsWith("the answer") || e.getMessage().length() > 200) {
        throw new AssertionError(e);
      }
      return;
    }
    if (hours.isEmpty() || hours.size() > 3000) {
      throw new AssertionError("hours: " + hours.size());
    }
    hours.forEach(
        (hour, value) -> {
          if (!(value >= 0 && value <= 1500) || hour < -1) {
            throw new AssertionError(hour + ": " + value);
          }
        });
  }
}
