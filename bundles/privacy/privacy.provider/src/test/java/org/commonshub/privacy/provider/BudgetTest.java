package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetTest {
  private static final Instant DAY = FakeHubClock.START.minus(Duration.ofHours(13));
  private static final long DAILY = 1_000_000;

  @TempDir Path root;
  private final FakeHubClock clock = new FakeHubClock();
  private BudgetFiles budget;

  @BeforeEach
  void open() throws Exception {
    budget = new BudgetFiles(root.resolve("budget"), clock, Secret.at(root.resolve("secret")));
  }

  private boolean spend(String label, long amount) {
    return budget.spend(DAY, "meter", label, amount, DAILY);
  }

  @Test
  void isTakenOnceForALabelAndNeverBeyondTheDay() {
    assertThat(spend("a", 600_000)).isTrue();
    assertThat(spend("a", 600_000)).isTrue();
    assertThat(spend("b", 600_000)).isFalse();
    assertThat(spend("c", 400_000)).isTrue();
    assertThat(spend("d", 1)).isFalse();
    assertThat(budget.spend(DAY, "another", "a", 1, DAILY)).isTrue();
    assertThat(budget.spend(DAY.plus(Duration.ofDays(1)), "meter", "a", 1, DAILY)).isTrue();
    assertThat(spend("negative", -1)).isFalse();
    // a stricter consent sees what others took
    assertThat(budget.spend(DAY, "another", "e", 1, 1)).isFalse();
  }

  @Test
  void survivesARestartAndATornRecord() throws Exception {
    assertThat(spend("a", 600_000)).isTrue();
    budget.seal();
    budget.close();
    Path file = root.resolve("budget").resolve(DAY.getEpochSecond() + ".budget");
    Files.write(file, new byte[20], StandardOpenOption.APPEND);
    open();
    assertThat(spend("b", 600_000)).isFalse();
    assertThat(spend("a", 600_000)).isTrue();
    assertThat(spend("c", 400_000)).isTrue();
    budget.close();
    assertThat(Files.size(file)).isEqualTo(2L * BudgetDay.RECORD);
    open();
    assertThat(spend("d", 1)).isFalse();
  }

  @Test
  void aClockSetBackRefillsNothing() throws Exception {
    assertThat(spend("a", DAILY)).isTrue();
    clock.advance(Duration.ofDays(500));
    budget.tidy();
    assertThat(Files.exists(root.resolve("budget").resolve(DAY.getEpochSecond() + ".budget")))
        .isFalse();
    assertThat(spend("b", 1)).as("too old").isFalse();
    clock.step(FakeHubClock.START);
    budget.tidy();
    assertThat(spend("b", 1)).isFalse();
    budget.close();
    open();
    assertThat(spend("b", 1)).isFalse();
  }

  @Test
  void aClockThatNobodySetMovesNoDayOn() throws Exception {
    clock.quality(org.commonshub.platform.api.HubClock.Quality.UNSYNCHRONISED);
    clock.advance(Duration.ofDays(20_000));
    budget.tidy();
    clock.step(FakeHubClock.START);
    assertThat(spend("a", 1)).isTrue();
  }

  @Test
  void anOlderCopyRefillsNothingAndAnotherSecretPaysAgain() throws Exception {
    assertThat(spend("a", 600_000)).isTrue();
    budget.seal();
    byte[] copy =
        Files.readAllBytes(root.resolve("budget").resolve(DAY.getEpochSecond() + ".budget"));
    assertThat(spend("b", 300_000)).isTrue();
    budget.merge(DAY.getEpochSecond(), copy);
    assertThat(spend("c", 200_000)).isFalse();
    budget.close();
    Files.delete(root.resolve("secret"));
    open();
    assertThat(spend("a", 600_000)).as("other noise for the same value").isFalse();
  }
}
