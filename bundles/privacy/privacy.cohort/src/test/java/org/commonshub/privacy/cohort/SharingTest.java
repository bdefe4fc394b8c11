package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SharingTest {
  private final Random random = new Random(1);

  @Test
  void multipliesAsFips197Says() {
    assertThat(Sharing.times(0x57, 0x83)).isEqualTo(0xC1); // section 4.2
    assertThat(Sharing.times(0x57, 0x13)).isEqualTo(0xFE); // section 4.2.1
    assertThat(Sharing.times(0x5357_5357_5357_5357L, 0x01)).isEqualTo(0x5357_5357_5357_5357L);
    assertThat(Sharing.times(0x0057_5700_0000_5780L, 0x83) & 0xFFFF_FFFF_FFFF_FF00L)
        .isEqualTo(0x00C1_C100_0000_C100L);
  }

  @Test
  void anyThresholdOfSharesFindsTheSecret() {
    SecureRandom source = new Tape(7);
    for (int run = 0; run < 300; run++) {
      int members = 3 + random.nextInt(62);
      int threshold = 1 + random.nextInt(members);
      byte[] secret = new byte[Sharing.BYTES];
      random.nextBytes(secret);
      byte[][] shares = Sharing.split(secret, threshold, members, source);
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i < members; i++) {
        all.add(i);
      }
      Collections.shuffle(all, random);
      int[] chosen = all.stream().limit(threshold).mapToInt(Integer::intValue).toArray();
      byte[][] theirs = Arrays.stream(chosen).mapToObj(i -> shares[i]).toArray(byte[][]::new);
      assertThat(Sharing.combine(chosen, theirs)).isEqualTo(secret);
    }
  }

  /** With one share fewer every secret is as possible as every other: exactly one fits each. */
  @Test
  void oneShareFewerSaysNothing() {
    byte[] secret = new byte[Sharing.BYTES];
    byte[][] shares = Sharing.split(secret, 3, 5, new Tape(3));
    boolean[] seen = new boolean[256];
    for (int guess = 0; guess < 256; guess++) {
      byte[] third = shares[2].clone();
      third[0] = (byte) guess;
      byte[] found =
          Sharing.combine(new int[] {0, 1, 2}, new byte[][] {shares[0], shares[1], third});
      seen[found[0] & 0xFF] = true;
    }
    for (boolean each : seen) {
      assertThat(each).isTrue();
    }
  }
}
