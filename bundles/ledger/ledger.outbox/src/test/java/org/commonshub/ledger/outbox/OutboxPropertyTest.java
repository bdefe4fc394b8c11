package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random schedules of a nasty ledger and of power cuts at every boundary, against a reckoning of
 * what was acknowledged: nothing is lost, nothing takes place twice.
 */
class OutboxPropertyTest {
  private static final Logger LOG = Logger.getLogger("org.commonshub.ledger.outbox");
  private static final int SCHEDULES = Boolean.getBoolean("hub.quick") ? 300 : 2_100;

  /** What besides crashes, outages and reorganisations happens. */
  private enum Mode {
    /** The ledger may be slow, forgetful and expensive, but does not lie. */
    HONEST,
    /** Single answers are wrong. */
    LIES,
    /** Backups are restored. */
    RESTORES
  }

  @TempDir Path temp;

  /** Thousands of outages make thousands of warnings. */
  @BeforeAll
  static void quiet() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void loud() {
    LOG.setLevel(null);
  }

  @Test
  void nothingIsLostAndNothingTakesPlaceTwice() throws Exception {
    int crashes = 0;
    for (int seed = 0; seed < SCHEDULES; seed++) {
      Mode mode = Mode.values()[seed % 3];
      try {
        crashes += new Schedule(seed, mode, temp.resolve("s" + seed)).run();
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed + ", " + mode + ": " + e.getMessage(), e);
      }
    }
    System.out.println(
        "outbox: " + SCHEDULES + " schedules with " + crashes + " crashes: 0 lost, 0 double");
    assertThat(crashes).isGreaterThan(SCHEDULES);
  }

  private static final class Schedule {
    private final Random random;
    private final Mode mode;
    private final Path directory;
    private final FakeHubClock clock = new FakeHubClock();
    private final FakeLedger ledger = new FakeLedger("test");
    private final Map<String, Submission> acknowledged = new LinkedHashMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final Set<String> heardFinal = new HashSet<>();
    private final List<String> trace = new ArrayList<>();
    private Outbox outbox;
    private TornLog log;
    private FakeLedgerClient client;
    private double rate = 0.02;
    private boolean cut;
    private boolean deaf;
    private byte[] backup;
    private Set<String> inBackup;
    private boolean deep;
    private int crashes;

    Schedule(int seed, Mode mode, Path directory) throws IOException {
      this.random = new Random(seed);
      this.mode = mode;
      this.directory = Files.createDirectories(directory);
    }

    int run() throws Exception {
      start();
      int length = 40 + random.nextInt(80);
      for (int i = 0; i < length; i++) {
        try {
          event();
        } catch (Crash e) {
          crashed(e);
        }
      }
      heal();
      check();
      outbox.closeLog();
      return crashes;
    }

    private void crashed(Crash e) throws IOException {
      trace.add("crash " + e.getMessage());
      crashes++;
      outbox.closeLog();
      start();
    }

    private void start() throws IOException {
      while (true) {
        log = new TornLog(directory.resolve("log"), random, rate);
        try {
          outbox = new Outbox("fake", log, clock, Duration.ofHours(6), this::hear);
          outbox.told().forEach(this::hear);
          client();
          return;
        } catch (Crash e) {
          crashes++;
          log.close();
        }
      }
    }

    private void hear(Status status) {
      if (status.stage() == Stage.FINAL) {
        heardFinal.add(status.key());
      }
    }

    private void client() {
      client = new FakeLedgerClient("fake", ledger, "test").cut(cut).deaf(deaf);
      outbox.client(new CrashingClient(client, random, rate));
    }

    private void event() throws Exception {
      int chance = random.nextInt(100);
      if (chance < 14) {
        submit();
      } else if (chance < 50) {
        steps(1 + random.nextInt(6));
      } else if (chance < 62) {
        clock.advance(Duration.ofSeconds(1 + random.nextInt(random.nextInt(10) == 0 ? 4_000 : 20)));
      } else if (chance < 74) {
        ledger.mine(1 + random.nextInt(3));
      } else if (chance < 77) {
        boolean keep = random.nextBoolean();
        int depth = 1 + random.nextInt(random.nextInt(4) == 0 ? 8 : 2);
        trace.add("reorganise " + depth + " " + keep);
        ledger.reorganise(depth, keep);
        deep |= heardFinal.stream().anyMatch(key -> ledger.effect(key).isEmpty());
      } else if (chance < 79) {
        trace.add("drop");
        ledger.drop();
      } else if (chance < 81) {
        ledger.delay(random.nextBoolean());
      } else if (chance < 83) {
        ledger.arrive();
      } else if (chance < 85) {
        cut = random.nextBoolean();
        client.cut(cut);
      } else if (chance < 86) {
        deaf = random.nextBoolean();
        client.deaf(deaf);
      } else if (chance < 88) {
        ledger.price(1 + random.nextInt(100));
        ledger.limit(random.nextInt(3) == 0 ? 20 : 1_000);
      } else if (chance < 89) {
        ledger.paused(random.nextBoolean());
        ledger.funded(random.nextBoolean());
      } else if (chance < 91) {
        trace.add("swap");
        outbox.client(null);
        if (random.nextBoolean()) {
          steps(2);
        }
        client();
      } else if (chance < 93) {
        throw new Crash("between");
      } else if (chance < 94) {
        log.refuses = true;
        steps(3);
        log.refuses = false;
      } else if (mode == Mode.LIES) {
        Seen[] lies = {
          Seen.NOTHING, Seen.PENDING, Seen.INCLUDED, Seen.FINAL, Seen.STUCK, Seen.VOID
        };
        Seen lie = lies[random.nextInt(lies.length)];
        trace.add("lie " + lie);
        client.lie(lie);
      } else if (mode == Mode.RESTORES && chance < 97) {
        trace.add("backup");
        backup = Files.readAllBytes(directory.resolve("log"));
        inBackup = new HashSet<>(acknowledged.keySet());
      } else if (mode == Mode.RESTORES && backup != null) {
        restore();
      }
    }

    private void restore() throws IOException {
      trace.add("restore");
      double before = rate;
      rate = 0; // A crash here only means that it is restored again.
      outbox.closeLog();
      Files.delete(directory.resolve("log"));
      start();
      Path copy = Files.write(directory.resolve("copy"), backup);
      outbox.absorb(new TornLog(copy, random, 0));
      acknowledged.keySet().retainAll(inBackup);
      rate = before;
      outbox.closeLog();
      start();
    }

    private void steps(int count) {
      for (int i = 0; i < count; i++) {
        outbox.step();
      }
    }

    private void submit() throws Exception {
      String order = String.valueOf((char) ('a' + random.nextInt(3)));
      int number = numbers.merge(order, 1, Integer::sum);
      Submission submission = OutboxProcess.submission(order + "/" + number);
      trace.add("submit " + submission.key());
      outbox.submit(submission);
      acknowledged.put(submission.key(), submission);
    }

    private void heal() throws Exception {
      rate = 0;
      cut = false;
      deaf = false;
      outbox.closeLog();
      start();
      ledger.delay(false);
      ledger.arrive();
      ledger.price(1);
      ledger.limit(Long.MAX_VALUE);
      ledger.paused(false);
      ledger.funded(true);
      for (int i = 0; i < 4_000 && !finished(); i++) {
        if (outbox.problem().isPresent()) {
          outbox.resume();
        }
        if (i % 100 == 99 && mode != Mode.HONEST) {
          submit(); // Fills the places that lies and lost attempts left empty.
        }
        long left = outbox.step();
        if (left > 0) {
          clock.advance(Duration.ofNanos(Math.min(left, 60_000_000_000L)));
          ledger.mine(1);
        }
      }
      // What was called final by mistake shows later.
      clock.advance(Duration.ofMinutes(30));
      for (int i = 0; i < 4_000 && (i < 200 || !finished()); i++) {
        if (outbox.problem().isPresent()) {
          outbox.resume();
        }
        long left = outbox.step();
        if (left > 0) {
          clock.advance(Duration.ofNanos(Math.min(left, 600_000_000_000L)));
          ledger.mine(1);
        }
      }
    }

    private boolean finished() {
      return acknowledged.keySet().stream()
          .allMatch(key -> outbox.status(key).map(Status::stage).orElse(null) == Stage.FINAL);
    }

    private void check() {
      for (Submission each : acknowledged.values()) {
        assertThat(outbox.status(each.key()).map(Status::stage))
            .as("%s, %s, after %s", each.key(), outbox.problem(), trace)
            .contains(Stage.FINAL);
        assertThat(ledger.effect(each.key())).as("%s is lost, %s", each.key(), trace).isPresent();
        assertThat(ledger.effect(each.key()).get()).isEqualTo(each.digest());
        if (mode == Mode.HONEST) {
          assertThat(ledger.paid(each.key())).as("paid for %s, %s", each.key(), trace).isEqualTo(1);
        }
        assertThat(heardFinal).contains(each.key());
      }
      if (mode == Mode.HONEST && !deep) {
        for (String order : List.of("a", "b", "c")) {
          List<String> keys =
              ledger.keys().stream().filter(key -> key.startsWith(order + "/")).toList();
          assertThat(keys)
              .as("order, %s", trace)
              .isSortedAccordingTo(
                  Comparator.comparingInt(key -> Integer.parseInt(key.substring(2))));
        }
      }
    }
  }
}
