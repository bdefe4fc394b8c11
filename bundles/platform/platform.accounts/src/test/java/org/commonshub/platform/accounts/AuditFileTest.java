package org.commonshub.platform.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.commonshub.platform.api.AuditLog.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditFileTest {
  @TempDir Path directory;
  private final ManualClock clock = new ManualClock();

  @Test
  void newestFirstAcrossRotationAndBounded() throws IOException {
    AuditFile audit = new AuditFile(directory, clock, 2_000);
    for (int i = 0; i < 200; i++) {
      audit.record("anna", "settings.write", "pid" + i, "ok");
      clock.pass(Duration.ofSeconds(1));
    }
    assertThat(audit.latest(3))
        .extracting(Entry::subject)
        .containsExactly("pid199", "pid198", "pid197");
    assertThat(audit.latest(1_000_000).size()).isBetween(15, 40);
    assertThat(audit.latest(0)).isEmpty();
    assertThat(audit.latest(-1)).isEmpty();
    try (var files = Files.list(directory)) {
      assertThat(files.mapToLong(f -> f.toFile().length()).sum()).isLessThan(4_500);
    }
  }

  @Test
  void hostileTextStaysOnOneBoundedLine() throws IOException {
    AuditFile audit = new AuditFile(directory, clock, 100_000);
    audit.record("eve\n{\"at\":1}", "login", "x".repeat(50_000), null);
    audit.record("\u0000\u001b[2J", "a", "\ud800", "ok");
    assertThat(Files.readAllLines(directory.resolve("audit.jsonl"))).hasSize(2);
    assertThat(audit.latest(2).get(1).actor()).isEqualTo("eve\n{\"at\":1}");
    assertThat(audit.latest(2).get(1).subject()).hasSize(201);
  }

  @Test
  void aLineCutByAPowerFailureSpoilsNoOther() throws IOException {
    AuditFile audit = new AuditFile(directory, clock, 100_000);
    audit.record("anna", "login", "a", "ok");
    Files.writeString(
        directory.resolve("audit.jsonl"), "{\"at\":\"2026-01-1", StandardOpenOption.APPEND);
    audit.record("anna", "login", "b", "ok");
    assertThat(audit.latest(9)).extracting(Entry::subject).containsExactly("b", "a");
  }

  @Test
  void neverThrows() throws IOException {
    AuditFile audit = new AuditFile(directory, clock, 100_000);
    Files.createDirectory(directory.resolve("audit.jsonl"));
    audit.record("anna", "login", "a", "ok");
    assertThat(audit.latest(9)).isEmpty();
  }
}
