package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.testing.fakes.FakeHubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DisclosureLogTest {
  private static final Recipient A = new Recipient(Recipient.Kind.APP, "a");
  private static final Recipient B = new Recipient(Recipient.Kind.APP, "b");

  @TempDir Path directory;

  private static Disclosure line(Recipient recipient, Instant at) {
    return new Disclosure(0, at, recipient, "c", Purpose.ADVICE, "power.active", 1, at, at);
  }

  @Test
  void isBoundedAndNewestComesFirst() throws Exception {
    DisclosureLog log = new DisclosureLog(directory, 2000);
    for (int i = 0; i < 1000; i++) {
      log.append(line(i % 2 == 0 ? A : B, FakeHubClock.START.plusSeconds(i)));
    }
    try (var files = Files.list(directory)) {
      assertThat(files.count()).isLessThanOrEqualTo(16);
    }
    List<Disclosure> newest = log.search(d -> d.recipient().equals(B), Long.MAX_VALUE, 3);
    assertThat(newest).extracting(Disclosure::number).containsExactly(1000L, 998L, 996L);
    assertThat(log.search(d -> true, 996, 2))
        .extracting(Disclosure::number)
        .containsExactly(995L, 994L);
    log.close();
  }

  @Test
  void dropsWhatIsOlderThanFourHundredDays() throws Exception {
    DisclosureLog log = new DisclosureLog(directory, 500);
    for (int i = 0; i < 900; i++) {
      log.append(line(A, FakeHubClock.START.plus(Duration.ofDays(i))));
    }
    Instant end = FakeHubClock.START.plus(Duration.ofDays(899));
    assertThat(log.search(d -> true, Long.MAX_VALUE, 10_000))
        .allMatch(d -> d.instant().isAfter(end.minus(Duration.ofDays(420))));
    log.close();
  }

  @Test
  void aTornLineIsTakenOffAndNumbersGoOn() throws Exception {
    DisclosureLog log = new DisclosureLog(directory);
    log.append(line(A, FakeHubClock.START));
    log.append(line(B, FakeHubClock.START));
    log.close();
    Path file;
    try (var files = Files.list(directory)) {
      file = files.findFirst().orElseThrow();
    }
    Files.write(file, "{\"n\":3,".getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
    log = new DisclosureLog(directory);
    assertThat(log.append(line(A, FakeHubClock.START)).number()).isEqualTo(3);
    log.remove(d -> d.recipient().equals(A));
    assertThat(log.search(d -> true, Long.MAX_VALUE, 10))
        .extracting(Disclosure::number)
        .containsExactly(2L);
    assertThat(log.append(line(A, FakeHubClock.START)).number()).as("never again").isEqualTo(4);
    log.close();
  }
}
