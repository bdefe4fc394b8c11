package org.commonshub.apps.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a power cut leaves. */
@Timeout(300)
class StoreTest {
  @TempDir Path base;

  private State before;
  private State after;

  private void two() throws Exception {
    Operator operator = new Operator(base, "Example Energy").ready();
    State first = State.first(operator.metadata("").toUri(), operator.first);
    before = update(operator, first);
    operator.release("org.example", "coach", "1.1.0");
    operator.offer();
    after = update(operator, before);
  }

  private static State update(Operator operator, State state) throws Exception {
    return new Updater(state, new FileTransport(), kept -> {}, operator.now).run();
  }

  private static long version(State state) {
    return state.complete().orElseThrow().timestamp().version();
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new TreeSet<>(files.map(f -> f.getFileName().toString()).toList());
    }
  }

  /** All states of the disk between the two, with files half written and half deleted. */
  @Test
  void powerCutAnywhereLeavesTheStateBeforeOrAfter() throws Exception {
    two();
    Path old = base.resolve("old");
    new Store(old).keep(before);
    Path fresh = base.resolve("fresh");
    new Store(fresh).keep(after);
    Set<String> added = names(fresh);
    added.removeAll(names(old));
    added.remove("index.json");
    Set<String> removed = names(old);
    removed.removeAll(names(fresh));
    removed.remove("index.json");
    assertThat(added).hasSize(4);
    assertThat(removed).hasSize(4);
    List<String> steps = new ArrayList<>();
    int states = 0;
    for (int written = 0; written <= added.size(); written++) {
      for (int half : new int[] {0, 1, 200}) {
        Path disk = copy(old, "w" + written + "-" + half);
        steps.clear();
        steps.addAll(added);
        for (String name : steps.subList(0, written)) {
          Files.copy(fresh.resolve(name), disk.resolve(name));
        }
        String next = written < steps.size() ? steps.get(written) : "index.json";
        byte[] bytes = Files.readAllBytes(fresh.resolve(next));
        Files.write(
            disk.resolve("." + next + ".tmp"),
            java.util.Arrays.copyOf(bytes, Math.min(half, bytes.length)));
        assertThat(version(new Store(disk).load())).isEqualTo(version(before));
        new Store(disk).keep(after);
        assertThat(names(disk)).isEqualTo(names(fresh));
        states++;
      }
    }
    steps.clear();
    steps.addAll(removed);
    for (int deleted = 0; deleted <= steps.size(); deleted++) {
      Path disk = copy(fresh, "d" + deleted);
      for (String name : steps.subList(deleted, steps.size())) {
        Files.copy(old.resolve(name), disk.resolve(name));
      }
      assertThat(version(new Store(disk).load())).isEqualTo(version(after));
      states++;
    }
    assertThat(states).isEqualTo(20);
  }

  private Path copy(Path from, String name) throws IOException {
    Path to = Files.createDirectories(base.resolve(name));
    for (String file : names(from)) {
      Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    return to;
  }

  /** Writes two states in turn until it is killed. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws Exception {
      State before = new Store(Path.of(args[0])).load();
      State after = new Store(Path.of(args[1])).load();
      Store store = new Store(Path.of(args[2]));
      System.out.println("ready");
      while (true) {
        store.keep(after);
        store.keep(before);
      }
    }
  }

  @Test
  void killAtRandomTimesLeavesTheStateBeforeOrAfter() throws Exception {
    two();
    Path old = base.resolve("old");
    new Store(old).keep(before);
    Path fresh = base.resolve("fresh");
    new Store(fresh).keep(after);
    Path disk = base.resolve("disk");
    new Store(disk).keep(before);
    Random random = new Random(11);
    Set<Long> seen = new TreeSet<>();
    for (int i = 0; i < 12; i++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writer.class.getName(),
                  old.toString(),
                  fresh.toString(),
                  disk.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try {
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        process.waitFor(random.nextInt(200), TimeUnit.MILLISECONDS);
      } finally {
        process.destroyForcibly();
        process.waitFor(60, TimeUnit.SECONDS);
      }
      long version = version(new Store(disk).load());
      assertThat(version).isIn(version(before), version(after));
      seen.add(version);
    }
    System.out.println("12 kills left versions " + seen);
  }
}
