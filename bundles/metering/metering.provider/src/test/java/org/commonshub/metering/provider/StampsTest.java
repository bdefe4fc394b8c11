package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StampsTest {
  @Test
  void lateInstantsAreFreshAndRepeatedOnesAreNot() {
    Stamps stamps = new Stamps();
    assertThat(stamps.fresh(1_000)).isTrue();
    assertThat(stamps.fresh(3_000)).isTrue();
    assertThat(stamps.fresh(2_000)).as("late").isTrue();
    assertThat(stamps.fresh(3_000)).isFalse();
    assertThat(stamps.fresh(2_000)).isFalse();
    assertThat(stamps.fresh(1_000)).isFalse();
    assertThat(stamps.fresh(-5)).as("before 1970").isTrue();
  }

  @Test
  void rememberedIsABoundedNumber() {
    Stamps stamps = new Stamps();
    for (int i = 0; i < 10 * Stamps.KEPT; i++) {
      assertThat(stamps.fresh(i)).isTrue();
      assertThat(stamps.fresh(i)).isFalse();
      assertThat(stamps.fresh(Math.max(0, i - Stamps.KEPT + 1))).isFalse();
    }
  }

  @Test
  void aBacklogIsBelievedAndAFloodIsNot() {
    Stamps stamps = new Stamps();
    long nanos = -5_000_000_000L; // The monotonic clock may begin anywhere.
    int taken = 0;
    for (int i = 0; i < 5_000; i++) {
      taken += stamps.allowed(nanos) ? 1 : 0;
    }
    assertThat(taken).isEqualTo(Stamps.BURST);
    for (int second = 1; second <= 3; second++) {
      nanos += 1_000_000_000L;
      taken = 0;
      for (int i = 0; i < 5_000; i++) {
        taken += stamps.allowed(nanos) ? 1 : 0;
      }
      assertThat(taken).as("a hundred a second").isEqualTo(100);
    }
    nanos += 3_600_000_000_000L;
    taken = 0;
    for (int i = 0; i < 5_000; i++) {
      taken += stamps.allowed(nanos) ? 1 : 0;
    }
    assertThat(taken).as("rest does not add up").isEqualTo(Stamps.BURST);
  }
}
