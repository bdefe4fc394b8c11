package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.api.Stage;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of a real process with an outbox in it, at random instants. */
class KillTest {
  private static final int KILLS = Boolean.getBoolean("hub.quick") ? 24 : 256;
  private static final int LANES = 4;

  @TempDir Path temp;

  /** How a lane ended. */
  private record Outcome(int kills, int acknowledged, int effects) {}

  @Test
  @Timeout(value = 25, unit = TimeUnit.MINUTES)
  void nothingAcknowledgedIsLostOrDoneTwice() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<Outcome>> lanes = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        int seed = lane;
        lanes.add(threads.submit(() -> lane(seed)));
      }
      int kills = 0;
      int acknowledged = 0;
      int effects = 0;
      for (Future<Outcome> each : lanes) {
        kills += each.get().kills();
        acknowledged += each.get().acknowledged();
        effects += each.get().effects();
      }
      System.out.printf(
          "outbox: kill -9 at %d random instants, %d acknowledged, %d effects: 0 lost, 0 double%n",
          kills, acknowledged, effects);
      assertThat(kills).isGreaterThanOrEqualTo(KILLS);
      assertThat(acknowledged).isGreaterThan(kills);
    } finally {
      threads.shutdownNow();
    }
  }

  private Outcome lane(int seed) throws Exception {
    Random random = new Random(seed);
    Path directory = Files.createDirectories(temp.resolve("lane-" + seed));
    FakeLedger ledger = new FakeLedger("test");
    Set<Integer> acknowledged = new TreeSet<>();
    int kills = 0;
    int next = 1;
    try (RemoteLedger.Server server =
            new RemoteLedger.Server(new FakeLedgerClient("remote", ledger, "test"));
        Mining mining = new Mining(ledger)) {
      while (kills < KILLS / LANES) {
        Process process = start(directory, server.port(), next);
        try (BufferedReader out =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
          boolean early = random.nextInt(8) == 0; // While it starts, too.
          String line = "";
          while (!early && !"READY".equals(line)) {
            line = out.readLine();
            assertThat(line).as("the process ended").isNotNull();
            next = note(line, acknowledged, next);
          }
          TimeUnit.MICROSECONDS.sleep(random.nextInt(early ? 500_000 : 60_000));
          process.toHandle().destroyForcibly(); // Leaves its output readable.
          kills++;
          for (line = out.readLine(); line != null; line = out.readLine()) {
            next = note(line, acknowledged, next);
          }
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
    }
    finish(directory, ledger, acknowledged);
    for (int number : acknowledged) {
      assertThat(ledger.effect("s/" + number)).as("s/%s is lost", number).isPresent();
    }
    for (String key : ledger.keys()) {
      assertThat(ledger.paid(key)).as("paid for %s", key).isEqualTo(1);
    }
    return new Outcome(kills, acknowledged.size(), ledger.keys().size());
  }

  /**
   * What the process said, perhaps cut short.
   *
   * @return the next number that was certainly not used
   */
  private static int note(String line, Set<Integer> acknowledged, int next) {
    String[] words = line.split(" ");
    if (words.length != 2) {
      return next;
    }
    if (words[0].equals("ACK")) {
      acknowledged.add(Integer.parseInt(words[1]));
    }
    return words[0].equals("TRY") ? Math.max(next, Integer.parseInt(words[1]) + 1) : next;
  }

  /** What is left to do, in this process. */
  private static void finish(Path directory, FakeLedger ledger, Set<Integer> acknowledged)
      throws Exception {
    FakeHubClock clock = new FakeHubClock();
    Outbox outbox = new Outbox("remote", directory, clock, Duration.ofHours(1), status -> {});
    outbox.client(new FakeLedgerClient("remote", ledger, "test"));
    for (int i = 0; i < 100_000; i++) {
      if (outbox.step() > 0) {
        if (acknowledged.stream()
            .allMatch(n -> outbox.status("s/" + n).orElseThrow().stage() == Stage.FINAL)) {
          break;
        }
        clock.advance(Duration.ofSeconds(5));
        ledger.mine(1);
      }
    }
    for (int number : acknowledged) {
      assertThat(outbox.status("s/" + number).orElseThrow().stage()).isEqualTo(Stage.FINAL);
    }
    outbox.closeLog();
  }

  private static Process start(Path directory, int port, int next) throws Exception {
    return ChildJvm.of(OutboxProcess.class, "32m", directory, port, next)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
