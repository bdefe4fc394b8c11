package org.commonshub.measure.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.commonshub.measure.api.Quality;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Registers in Wh here, one reading every 10 s, at most 100 kW. */
class RegisterTrackTest {
  private static final long MAX_POWER = 100_000_000;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          steady                          | 1000 1010 1025 1025 1030             | 30     | no
          one spurious zero               | 123456 0 123457 123458               | 2      | no
          zero twice, then as before      | 123456 0 0 123457 123458             | 1      | yes
          one spike                       | 123456 999999999 123460 123461       | 5      | no
          one spike of half a percent     | 123456 124100 123457 123458          | 2      | no
          reset to zero                   | 123456 0 5 10                        | 10     | yes
          reset, some energy since        | 123456 7 9                           | 9      | yes
          swap to a higher meter          | 1000 50000000 50000001 50000002      | 2      | yes
          swap to a lower meter           | 500000 4000 4001 4002                | 2      | yes
          6 digits of kWh roll over       | 999999990 3 5                        | 15     | no
          5 digits of kWh roll over       | 99999990 3 5                         | 15     | no
          16 bits roll over               | 65530 4 6                            | 12     | no
          32 bits roll over               | 4294967290 4 6                       | 12     | no
          zero just before the end        | 999999990 0 999999995 999999999      | 9      | no
          register of 1 kWh steps         | 1000 1000 1000 2000 2000 3000        | 2000   | any
          corrected downwards             | 123456 123400 123401 123402          | 2      | yes
          garbage then good               | 1000 900000000 5 800000000 1001 1002 | 2      | no
          """)
  void countsWhatFlowed(String name, String readings, long expected, String estimated) {
    RegisterTrack track = new RegisterTrack(MAX_POWER);
    long sum = 0;
    int flags = 0;
    long at = 0;
    for (String reading : readings.trim().split(" +", -1)) {
      at += 10_000;
      RegisterTrack.Counted counted = track.sample(Long.parseLong(reading) * 1000, at, 1000);
      if (counted != null) {
        sum += counted.energy();
        flags |= counted.flags();
        assertThat(counted.energy()).isNotNegative();
        assertThat(counted.from()).isLessThan(counted.to());
      }
    }
    assertThat(sum).as(name).isEqualTo(expected * 1000);
    if (!estimated.equals("any")) {
      assertThat((flags & Quality.ESTIMATED) != 0).as(name).isEqualTo(estimated.equals("yes"));
    }
  }

  @Test
  void energyCountedOverALongSilenceIsBelieved() {
    RegisterTrack track = new RegisterTrack(MAX_POWER);
    track.sample(1_000_000, 0, 1000);
    RegisterTrack.Counted counted = track.sample(61_000_000, 10 * 3_600_000, 1000);
    assertThat(counted.energy()).isEqualTo(60_000_000);
    assertThat(counted.from()).isZero();
  }

  @Test
  void whateverIsReadNothingNegativeOrAbsurdComesOut() {
    Random random = new Random(99);
    for (int round = 0; round < 500; round++) {
      RegisterTrack track = new RegisterTrack(MAX_POWER);
      long real = Math.abs(random.nextLong() % 1_000_000_000_000L);
      long at = 0;
      long counted = 0;
      long flowed = 0;
      for (int i = 0; i < 200; i++) {
        long step = 1L + random.nextInt(60_000);
        at += step;
        long energy = (long) (random.nextDouble() * MAX_POWER * step / 3_600_000 / 2);
        real += energy;
        flowed += energy;
        boolean faulty = random.nextInt(20) == 0 && i < 198;
        long read = faulty ? random.nextInt(3) == 0 ? 0 : random.nextLong() >>> 2 : real;
        RegisterTrack.Counted got = track.sample(read, at, 1);
        if (got != null) {
          assertThat(got.energy()).isNotNegative();
          counted += got.energy();
        }
        if (i == 0) {
          flowed = 0;
          if (faulty) {
            break;
          }
        }
      }
      assertThat(counted).isLessThanOrEqualTo(flowed + 3_000_000);
    }
  }
}
