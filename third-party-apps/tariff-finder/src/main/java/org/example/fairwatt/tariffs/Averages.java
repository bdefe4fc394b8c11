package org.example.fairwatt.tariffs;

import java.time.LocalDateTime;
import java.util.Arrays;

/**
 * What a kWh costs on average on the market, by season, kind of day and hour of local time.
 *
 * @param micros four rows of 24 micro-units: winter workdays, winter weekends, summer workdays,
 *     summer weekends
 */
@SuppressWarnings("ArrayRecordComponent")
record Averages(long[][] micros) {
  /** None: every hour costs nothing; for tariffs that have no hours. */
  static final Averages NONE = new Averages(new long[4][24]);

  Averages {
    if (micros.length != 4 || Arrays.stream(micros).anyMatch(row -> row.length != 24)) {
      throw new IllegalArgumentException("averages have four rows of 24 hours");
    }
    for (long[] row : micros) {
      if (Arrays.stream(row).anyMatch(price -> Math.abs(price) > Tariff.MAX_PRICE)) {
        throw new IllegalArgumentException("an average is out of range");
      }
    }
  }

  long at(LocalDateTime local) {
    int month = local.getMonthValue();
    boolean summer = month >= 4 && month <= 9;
    return micros[(summer ? 2 : 0) + (Tariff.weekend(local) ? 1 : 0)][local.getHour()];
  }
}
