package org.example.sunny.surplus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccountTest {
  private static final LocalDate DAY = LocalDate.parse("2026-06-01");

  @ParameterizedTest
  @CsvSource({
    // car, taken, discharge, sun, battery, grid
    "2000, 0, 0, 2000, 0, 0",
    "2000, 500, 0, 1500, 0, 500",
    "2000, 3000, 0, 0, 0, 2000",
    "2000, 500, 800, 700, 800, 500",
    "2000, 1500, 800, 0, 500, 1500",
    "0, 1500, 800, 0, 0, 0"
  })
  void whereItCameFrom(long car, long taken, long discharge, long sun, long battery, long grid) {
    assertThat(Account.split(new Minute(0, taken, 0, 0, discharge, car, 3)))
        .isEqualTo(new Account.Day(sun, battery, grid));
  }

  @Test
  void everyMilliwattMinuteIsAccountedForOnce() {
    Random random = new Random(1);
    Account account = new Account();
    long all = 0;
    for (int i = 0; i < 20_000; i++) {
      long car = random.nextLong(22_000_000);
      all += car;
      account.add(
          DAY.plusDays(i / 1440),
          new Minute(0, random.nextLong(9_000_000), 0, 0, random.nextLong(5_000_000), car, 3));
    }
    long sum = account.until(DAY.plusDays(13)).stream().mapToLong(Account.Day::all).sum();
    assertThat(sum).isEqualTo(all);
    Account again = Account.of(account.bytes());
    assertThat(again.until(DAY.plusDays(13))).isEqualTo(account.until(DAY.plusDays(13)));
  }

  @Test
  void keepsAMonth() {
    Account account = new Account();
    for (int i = 0; i < 40; i++) {
      account.add(DAY.plusDays(i), new Minute(0, 0, 0, 0, 0, 1, 3));
    }
    assertThat(account.day(DAY.plusDays(8)).all()).isZero();
    assertThat(account.day(DAY.plusDays(9)).all()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "60000000, 300000, 80000, 220000",
    "1, 300000, 80000, 0",
    "90000000, 300000, -20000, 480000",
    "60000000, 80000, 300000, -220000"
  })
  void saves(long sun, long importPrice, long exportPrice, long micros) {
    assertThat(Account.saved(sun, importPrice, exportPrice)).isEqualTo(micros);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "2026-06-01 1 2", "2026-06-31 1 2 3", "2026-06-01 -1 2 3", "\u0000"})
  void whatIsNotAnAccountIsRefused(String text) {
    assertThatThrownBy(() -> Account.of(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
