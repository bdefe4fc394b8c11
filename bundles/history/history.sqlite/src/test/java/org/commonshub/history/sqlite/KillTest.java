package org.commonshub.history.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 × kill -9 at random moments during ingest: nothing acknowledged is lost, each start clean.
 */
@Timeout(300)
class KillTest {
  private static final int KILLS = 200;
  private static final int LANES = 2;
  private static final int KILLS_PER_STORE = 20;

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    ExecutorService lanes = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<Long>> results = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        int seed = lane;
        results.add(lanes.submit(() -> lane(seed)));
      }
      long acknowledged = 0;
      for (Future<Long> result : results) {
        acknowledged += result.get(290, TimeUnit.SECONDS);
      }
      System.out.println(KILLS + " kills, " + acknowledged + " frames acknowledged, 0 lost");
      assertThat(acknowledged).isGreaterThan(KILLS * 10L);
    } finally {
      lanes.shutdownNow();
    }
  }

  private long lane(int seed) throws Exception {
    Random random = new Random(20_260_000 + seed);
    long total = 0;
    long acknowledged = -1;
    Path store = null;
    for (int kill = 0; kill <= KILLS / LANES; kill++) {
      if (kill % KILLS_PER_STORE == 0) {
        if (store != null) {
          run(store, acknowledged, -1); // the last kill of this store is looked at, too
          total += acknowledged + 1;
        }
        store = Files.createDirectory(directory.resolve("store-" + seed + "-" + kill));
        acknowledged = -1;
      }
      if (kill < KILLS / LANES) {
        acknowledged = run(store, acknowledged, random.nextInt(120));
      }
    }
    return total;
  }

  /** Starts, has it check, kills it after a while; returns what it had acknowledged. */
  private static long run(Path store, long acknowledged, int afterMillis) throws Exception {
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
                StoreProcess.class.getName(),
                store.toString(),
                Long.toString(acknowledged))
            .redirectErrorStream(true)
            .start();
    try (BufferedReader out = process.inputReader()) {
      List<String> said = new ArrayList<>();
      String line = out.readLine();
      while (line != null && !line.equals("ready")) {
        said.add(line);
        line = out.readLine();
      }
      assertThat(line).as("start after %d acknowledged: %s", acknowledged, said).isEqualTo("ready");
      if (afterMillis >= 0) {
        process.waitFor(afterMillis, TimeUnit.MILLISECONDS);
      }
      process.toHandle().destroyForcibly(); // SIGKILL, and the pipe stays readable
      long last = acknowledged;
      for (line = out.readLine(); line != null; line = out.readLine()) {
        // A number that the kill cut off is smaller: it claims less than was acknowledged.
        if (line.matches("ack \\d+")) {
          last = Math.max(last, Long.parseLong(line.substring(4)));
        }
      }
      process.waitFor();
      return last;
    } finally {
      process.destroyForcibly();
    }
  }
}
