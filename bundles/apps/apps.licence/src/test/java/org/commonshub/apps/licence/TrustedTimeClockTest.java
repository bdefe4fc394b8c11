package org.commonshub.apps.licence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustedTimeClockTest {
  @TempDir Path directory;

  private final FakeHubClock hub = new FakeHubClock();
  private final Shop.Memory disk = new Shop.Memory();

  private TrustedTimeClock start() {
    return new TrustedTimeClock(hub::monotonicNanos, disk);
  }

  @Test
  void knowsNothingUntilSomebodySaysAndRunsFromThere() {
    TrustedTimeClock clock = start();
    assertThat(clock.now()).isEqualTo(Instant.EPOCH);
    assertThat(clock.known()).isFalse();
    hub.advance(Duration.ofHours(1));
    assertThat(clock.now()).isEqualTo(Instant.EPOCH.plusSeconds(3600));
    clock.atLeast(Shop.START, "catalogue:x");
    assertThat(clock.known()).isTrue();
    hub.advance(Duration.ofHours(1));
    assertThat(clock.now()).isEqualTo(Shop.START.plusSeconds(3600));
    assertThat(clock.ran()).isEqualTo(Duration.ofHours(2));
  }

  @Test
  void neverGoesBackAndNeverAsksTheWallClock() {
    TrustedTimeClock clock = start();
    clock.atLeast(Shop.START, "catalogue:x");
    clock.atLeast(Shop.START.minusSeconds(1), "catalogue:x");
    hub.step(Instant.parse("2090-01-01T00:00:00Z"));
    assertThat(clock.now()).isEqualTo(Shop.START);
    hub.step(Instant.parse("1990-01-01T00:00:00Z"));
    hub.advance(Duration.ofNanos(1));
    assertThat(clock.now()).isEqualTo(Shop.START.plusNanos(1));
    clock.atLeast(Instant.parse("2100-01-01T00:00:00Z"), "catalogue:liar");
    assertThat(clock.now()).isEqualTo(Shop.START.plusNanos(1));
  }

  @Test
  void aStopLosesNothingAKillTenMinutesAtMost() {
    TrustedTimeClock clock = start();
    clock.atLeast(Shop.START, "catalogue:x");
    hub.advance(Duration.ofMinutes(5));
    clock.save();
    Instant before = clock.now();
    clock = start();
    assertThat(clock.now()).isEqualTo(before);
    for (int minute = 0; minute < 100; minute++) {
      hub.advance(Duration.ofMinutes(1));
      clock.saveIfDue();
      TrustedTimeClock killed = start();
      assertThat(killed.now()).isBetween(clock.now().minus(Duration.ofMinutes(10)), clock.now());
      assertThat(killed.ran()).isBetween(clock.ran().minus(Duration.ofMinutes(10)), clock.ran());
    }
    assertThat(disk.writes).isLessThan(16);
    // A bound far ahead is on disk at once.
    clock.atLeast(Shop.START.plus(Duration.ofDays(30)), "licence:x");
    assertThat(start().now()).isEqualTo(Shop.START.plus(Duration.ofDays(30)));
  }

  @Test
  void aFullDiskIsTriedAgain() {
    TrustedTimeClock clock = start();
    clock.atLeast(Shop.START, "catalogue:x");
    disk.full = true;
    hub.advance(Duration.ofMinutes(30));
    clock.saveIfDue();
    clock.saveIfDue();
    disk.full = false;
    clock.saveIfDue();
    assertThat(start().now()).isEqualTo(Shop.START.plus(Duration.ofMinutes(30)));
  }

  @Test
  void whateverStandsInTheFileItStarts() {
    for (String odd :
        new String[] {
          "",
          "x",
          "2026-01-15T12:00:00Z",
          "2026-01-15T12:00:00Z PT-1S",
          "2026-01-15T12:00:00Z x",
          "1969-01-15T12:00:00Z PT1S",
          "2100-01-01T00:00:00Z PT1S",
          " ",
          "x".repeat(1000)
        }) {
      disk.bytes = odd.getBytes(UTF_8);
      assertThat(start().now()).as(odd).isEqualTo(Instant.EPOCH);
    }
  }

  @Test
  void aPowerCutAtAnyByteOfEitherFileLeavesTheOtherMark() throws Exception {
    FakeHubPaths paths = FakeHubPaths.in(directory);
    TrustedTimeComponent time = new TrustedTimeComponent(hub, paths);
    time.atLeast(Shop.START, "catalogue:x");
    hub.advance(Duration.ofMinutes(9));
    time.deactivate();
    for (String name : new String[] {"time.0", "time.1"}) {
      Path file = paths.data().resolve("apps.licence").resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int length = 0; length < whole.length; length++) {
        Files.write(file, Arrays.copyOf(whole, length));
        TrustedTimeClock clock =
            new TrustedTimeClock(
                hub::monotonicNanos, TrustedTimeComponent.store(paths, "time", 100));
        assertThat(clock.now())
            .as("%s cut to %d", name, length)
            .isBetween(Shop.START, Shop.START.plus(Duration.ofMinutes(9)));
      }
      Files.write(file, whole);
    }
    TrustedTimeComponent again = new TrustedTimeComponent(hub, paths);
    assertThat(again.now()).isEqualTo(Shop.START.plus(Duration.ofMinutes(9)));
    again.deactivate();
  }

  @Test
  void aBackupOnlyMovesItOn() {
    TrustedTimeClock clock = start();
    clock.atLeast(Shop.START, "catalogue:x");
    hub.advance(Duration.ofHours(1));
    clock.restore(
        new TrustedTimeClock.Mark(Shop.START.minus(Duration.ofDays(9)), Duration.ofDays(2)));
    assertThat(clock.now()).isEqualTo(Shop.START.plusSeconds(3600));
    assertThat(clock.ran()).isEqualTo(Duration.ofDays(2));
    clock.restore(new TrustedTimeClock.Mark(Shop.START.plus(Duration.ofDays(9)), Duration.ZERO));
    assertThat(clock.now()).isEqualTo(Shop.START.plus(Duration.ofDays(9)));
    assertThat(clock.ran()).isEqualTo(Duration.ofDays(2));
  }
}
