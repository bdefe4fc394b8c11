package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.commonshub.measure.api.Quality;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.cohort.Contributions.Contribution;
import org.junit.jupiter.api.Test;

class ContributionsTest {
  private static final long WINDOW = 900_000;
  private static final Instant START = Instant.ofEpochSecond(WINDOW);
  private static final long LATE = Long.MAX_VALUE;

  private final Setup setup = Cohorts.of(5, 0, 0);
  private final Contributions contributions = new Contributions(setup);
  private final Consent consent = Cohorts.consent("c1", setup.collector(), 4);

  @Test
  void devicesAddUpAndAgainCountsOnce() throws Exception {
    contributions.add(consent, Cohorts.block("a", START, 5, 6), 0, LATE);
    contributions.add(consent, Cohorts.block("b", START, 10), 0, LATE);
    contributions.add(consent, Cohorts.block("a", START, 7), 0, LATE);
    Consent other = Cohorts.consent("c2", setup.collector(), 3);
    contributions.add(other, Cohorts.block("x", START, 1000), 0, LATE);
    assertThat(contributions.of(WINDOW)).contains(new Contribution("c1", 17, 4));
    assertThat(contributions.of(WINDOW + 900)).contains(new Contribution("c1", 6, 4));
    contributions.withdraw("c2");
    assertThat(contributions.of(WINDOW)).isPresent();
    contributions.over(WINDOW);
    assertThat(contributions.of(WINDOW)).isEmpty();
    contributions.withdraw("c1");
    assertThat(contributions.of(WINDOW + 900)).isEmpty();
  }

  @Test
  void onlyWhatIsAtItsEndAndNotOverAndGood() throws Exception {
    contributions.add(consent, Cohorts.block("a", START, 1, 2, 3), WINDOW + 900, WINDOW + 1800);
    assertThat(contributions.of(WINDOW)).isEmpty();
    assertThat(contributions.of(WINDOW + 900)).isPresent();
    assertThat(contributions.of(WINDOW + 1800)).isEmpty();
    contributions.add(consent, Cohorts.block("a", START.plusSeconds(7), 1), 0, LATE);
    contributions.add(consent, Cohorts.block("a", START.plusMillis(7), 1), 0, LATE);
    Block block = Cohorts.block("a", START, 1);
    contributions.add(
        consent,
        block.with(0, block.starts(), block.mantissas(), new int[] {Quality.OUT_OF_RANGE}),
        0,
        LATE);
    assertThat(contributions.of(WINDOW)).isEmpty();
  }

  @Test
  void roundsToTheCohortsMultiples() throws Exception {
    Block block = Cohorts.block("a", START, 2500, 3500, -2501, 2499);
    contributions.add(
        consent, block.with(-3, block.starts(), block.mantissas(), block.qualities()), 0, LATE);
    long[] expected = {2, 4, -3, 2};
    for (int i = 0; i < expected.length; i++) {
      assertThat(contributions.of(WINDOW + 900L * i).orElseThrow().value()).isEqualTo(expected[i]);
    }
    contributions.add(
        consent,
        block.with(2, block.starts(), new long[] {3, 4, 5, 6}, block.qualities()),
        0,
        LATE);
    assertThat(contributions.of(WINDOW).orElseThrow().value()).isEqualTo(300);
  }

  @Test
  void beyondTheRangeTheHomeIsLeftOut() {
    for (long value : new long[] {Cohorts.LARGEST + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatThrownBy(
              () -> contributions.add(consent, Cohorts.block("a", START, value, 5), 0, LATE))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("left out");
      assertThat(contributions.of(WINDOW)).isEmpty();
      assertThat(contributions.of(WINDOW + 900)).isPresent();
    }
    assertThatThrownBy(
            () ->
                contributions.add(
                    consent, Cohorts.block("b", START, -Cohorts.LARGEST, -1), 0, LATE))
        .isInstanceOf(RefusedException.class);
    assertThat(contributions.of(WINDOW)).isEmpty();
  }

  @Test
  void keepsADay() throws Exception {
    for (int i = 0; i < 200; i++) {
      contributions.add(consent, Cohorts.block("a", START.plusSeconds(900L * i), i), 0, LATE);
    }
    assertThat(contributions.of(WINDOW + 900L * 103)).isEmpty();
    assertThat(contributions.of(WINDOW + 900L * 104)).isPresent();
    for (int i = 0; i < 100; i++) {
      contributions.add(consent, Cohorts.block("a" + i, START.plusSeconds(900L * 150), 1), 0, LATE);
    }
    assertThat(contributions.of(WINDOW + 900L * 150).orElseThrow().value())
        .isEqualTo(150 + Contributions.MAX_SUBJECTS - 1);
  }
}
