package org.commonshub.apps.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
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
 * {@code kill -9} of a hub that installs, updates, rolls back and removes an app, at random
 * instants: then there is always the old or the new version, whole and running, with its data.
 */
class KillTest {
  private static final int KILLS = Boolean.getBoolean("hub.quick") ? 20 : 300;
  private static final int LANES = 4;

  @TempDir Path temp;

  /** What there may be, from what the process said; versions are numbers, −1 is none. */
  private static final class Model {
    int before = -1;
    int after = -1;
    int user;
    int userAfter;
    boolean installing;
    boolean removing;
    int steps;
    int moved;

    void hear(String line) {
      String[] words = line.split(" ");
      assertThat(words[0]).as(line).isNotEqualTo("BROKEN");
      switch (words[0]) {
        case "TRY" -> {
          switch (words[1]) {
            case "INSTALL" -> installing = true; // The newest that is listed, see FOUND.
            case "MOVE" -> after = Integer.parseInt(words[2]);
            case "WRITE" -> userAfter = Integer.parseInt(words[2]);
            default -> removing = true;
          }
        }
        case "WROTE" -> user = userAfter;
        case "DONE" -> {
          before = Integer.parseInt(words[1]);
          after = before;
          installing = false;
          steps++;
        }
        case "REMOVED" -> {
          none();
          steps++;
        }
        case "FOUND" -> found(line, words);
        default -> {}
      }
    }

    private void none() {
      before = -1;
      after = -1;
      user = 0;
      userAfter = 0;
      removing = false;
      installing = false;
    }

    private void found(String line, String[] words) {
      if (words[1].equals("-")) {
        assertThat(before == -1 || removing).as("neither version is there: " + line).isTrue();
        none();
        return;
      }
      int version = Integer.parseInt(words[1]);
      if (!installing) {
        assertThat(List.of(before, after)).as(line).contains(version);
      }
      assertThat(words[2]).as(line).isIn("ON", "OFF", "ASKING");
      int kept = words[3].equals("-") ? 0 : Integer.parseInt(words[3]);
      assertThat(List.of(user, userAfter)).as("user data: " + line).contains(kept);
      if (version == after && after != before) {
        moved++;
      }
      before = version;
      after = version;
      user = kept;
      userAfter = kept;
      removing = false;
      installing = false;
    }
  }

  @Test
  @Timeout(value = 25, unit = TimeUnit.MINUTES)
  void alwaysTheOldOrTheNewVersionAndItsData() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<Model>> lanes = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        int seed = lane;
        lanes.add(threads.submit(() -> lane(seed)));
      }
      int steps = 0;
      int moved = 0;
      for (Future<Model> lane : lanes) {
        steps += lane.get().steps;
        moved += lane.get().moved;
      }
      System.out.printf(
          "apps: kill -9 at %d random instants, %d steps done, %d moves found done: always the old"
              + " or the new version, data intact%n",
          KILLS, steps, moved);
      assertThat(steps).isGreaterThan(KILLS / 2);
    } finally {
      threads.shutdownNow();
    }
  }

  private Model lane(int seed) throws Exception {
    Random random = new Random(seed);
    Path folder = Files.createDirectories(temp.resolve("lane-" + seed));
    Model model = new Model();
    for (int kill = 0; kill < KILLS / LANES; kill++) {
      Process process = start(folder, random.nextLong());
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        boolean early = random.nextInt(8) == 0; // While it starts, too.
        String line = "";
        while (!early && !"READY".equals(line)) {
          line = out.readLine();
          assertThat(line).as("the process ended").isNotNull();
          model.hear(line);
        }
        for (int steps = early ? 0 : random.nextInt(16); steps > 0; steps--) {
          line = out.readLine();
          assertThat(line).as("the process ended").isNotNull();
          model.hear(line);
        }
        TimeUnit.MICROSECONDS.sleep(random.nextInt(early ? 800_000 : 30_000));
        process.toHandle().destroyForcibly(); // Leaves its output readable.
        for (line = out.readLine(); line != null; line = out.readLine()) {
          if (line.matches("[A-Z]+( [A-Z0-9-]+)*")) { // The last one may be cut short.
            model.hear(line);
          }
        }
      }
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    return model;
  }

  private static Process start(Path folder, long seed) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx48m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            DeskProcess.class.getName(),
            folder.toString(),
            Long.toString(seed))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }
}
