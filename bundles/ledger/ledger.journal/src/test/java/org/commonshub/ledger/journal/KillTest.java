package org.commonshub.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at random moments between append, signature and receipt, on real files. */
@Timeout(300)
class KillTest {
  private static final int KILLS = 25;

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    Random random = new Random(4);
    long acknowledged = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged = run(acknowledged, random.nextInt(150));
      JournalComponent journal =
          new JournalComponent(
              FakeHubPaths.in(directory), new FakeHubClock(), new FakeIdentity("hub"), null);
      journal.awaitCheck();
      assertThat(journal.alarms()).isEmpty();
      assertThat(journal.size()).isGreaterThan(acknowledged);
      if (acknowledged > 0) {
        assertThat(journal.content(acknowledged)).hasValue(Cbor.encode(Map.of(1L, acknowledged)));
      }
      acknowledged = journal.size() - 1;
      journal.deactivate();
    }
    assertThat(acknowledged).isGreaterThan(KILLS);
    System.out.println(KILLS + " kills, " + acknowledged + " entries, 0 lost");
  }

  /** Starts a process that appends, kills it after a while, returns what it had acknowledged. */
  private long run(long before, int afterMillis) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                KillTest.class.getName(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = process.inputReader()) {
      long last = before;
      String line = out.readLine();
      assertThat(line).as("start").isEqualTo("ready");
      process.waitFor(afterMillis, TimeUnit.MILLISECONDS);
      process.toHandle().destroyForcibly(); // SIGKILL, and the pipe stays readable
      for (line = out.readLine(); line != null; line = out.readLine()) {
        if (line.matches("ack \\d+")) { // one that the kill cut off claims less
          last = Math.max(last, Long.parseLong(line.substring(4)));
        }
      }
      process.waitFor();
      return last;
    } finally {
      process.destroyForcibly();
    }
  }

  public static void main(String[] args) throws Exception {
    JournalComponent journal =
        new JournalComponent(
            FakeHubPaths.in(Path.of(args[0])), new FakeHubClock(), new FakeIdentity("hub"), null);
    System.out.println("ready");
    while (true) {
      long index = journal.size();
      journal.append(EntryKind.ORDER, Cbor.encode(Map.of(1L, index)));
      System.out.println("ack " + index);
      if (index % 3 == 0) {
        journal.checkpoint();
      }
      if (index % 5 == 0) {
        journal.receipt(index);
      }
    }
  }
}
