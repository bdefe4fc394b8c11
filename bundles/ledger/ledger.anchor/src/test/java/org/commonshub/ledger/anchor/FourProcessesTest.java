package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal.Alarm;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.ledger.journal.JournalComponent;
import org.commonshub.neighbour.https.Loopback;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four processes co-sign over the real transport; one is killed, a fork is refused. */
class FourProcessesTest {
  private static final int PATIENCE_SECONDS = 60;

  /** A process with a witness. */
  private static final class Seer {
    private final FakeIdentity identity;
    private final Path directory;
    private Process process;
    private BufferedReader out;
    private int port;

    Seer(String name, Path directory) throws IOException {
      this.identity = new FakeIdentity(name);
      this.directory = directory;
      start(name);
    }

    void start(String name) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-cp",
                  System.getProperty("java.class.path"),
                  WitnessProcess.class.getName(),
                  name,
                  directory.toString())
              .redirectError(directory.resolveSibling(name + ".log").toFile())
              .start();
      out = process.inputReader(StandardCharsets.UTF_8);
    }

    void awaitPort() throws IOException {
      port = Integer.parseInt(out.readLine());
    }

    String trouble() {
      try {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        return out.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A hub in this process that has them co-sign. */
  private final class Asking implements AutoCloseable {
    private final FakeIdentity identity = new FakeIdentity("hub");
    private final JournalComponent journal;
    private final Troubles troubles;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Loopback loopback;
    private final Cosigning cosigning;

    Asking(String name) throws IOException {
      Path home = directory.resolve(name);
      journal = new JournalComponent(FakeHubPaths.in(home), clock, identity, null);
      troubles = new Troubles(journal);
      loopback = new Loopback(identity, clock, home);
      cosigning =
          new Cosigning(
              seers.stream().map(seer -> seer.identity.did()).toList(),
              identity,
              journal,
              clock,
              new Peers(loopback::neighbours, identity, null),
              troubles,
              thread);
      for (Seer seer : seers) {
        enter(seer);
      }
    }

    void enter(Seer seer) throws IOException {
      loopback.neighbours().remove(seer.identity.did());
      loopback.neighbours().add(seer.identity.card(), "Seer", "127.0.0.1", seer.port);
    }

    Asking fill(String word, int count) throws IOException {
      for (int i = 0; i < count; i++) {
        journal.append(EntryKind.ORDER, Cbor.encode(List.of(word, (long) i)));
      }
      return this;
    }

    /** Signs the state as it is now, and asks whoever has not signed it. */
    void tick() throws IOException {
      journal.checkpoint();
      thread.execute(() -> cosigning.tick(journal.latest().orElseThrow()));
    }

    /** How many signed the newest state. */
    int signed() {
      return journal.latest().orElseThrow().cosignatures().size();
    }

    /** Who failed before is asked again after a minute. */
    void tickUntil(BooleanSupplier condition) throws InterruptedException {
      await(
          () -> {
            clock.advance(Duration.ofSeconds(10));
            try {
              tick();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            return condition.getAsBoolean();
          });
    }

    @Override
    public void close() throws IOException, InterruptedException {
      loopback.close();
      thread.shutdown();
      journal.deactivate();
    }
  }

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final List<Seer> seers = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    for (int i = 0; i < 4; i++) {
      seers.add(new Seer("seer" + i, directory.resolve("seer" + i)));
    }
    for (Seer seer : seers) {
      seer.awaitPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    for (Seer seer : seers) {
      seer.process.destroyForcibly();
      seer.process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Test
  void threeOfFourCoSignWithOneDownAndAForkIsRefused() throws Exception {
    try (Asking hub = new Asking("hub")) {
      hub.fill("x", 5).tick();
      await(() -> hub.signed() == 4);

      Seer killed = seers.get(3);
      killed.process.destroyForcibly().waitFor();
      hub.fill("y", 5).tick();
      await(() -> hub.signed() == 3);
      await(
          () ->
              hub.loopback
                  .neighbours()
                  .find(killed.identity.did())
                  .orElseThrow()
                  .problem()
                  .isPresent());
      hub.tick();
      assertThat(hub.troubles.text()).isEmpty();

      // Back again, with what it had seen on its disk.
      killed.start("seer3");
      killed.awaitPort();
      hub.enter(killed);
      hub.tickUntil(() -> hub.signed() == 4);

      // A second hub with the same key and another journal finds out before it lies.
      try (Asking copy = new Asking("copy")) {
        copy.fill("x", 5).fill("other", 9).tick();
        await(() -> copy.troubles.text().orElse("").contains("second hub"));
        assertThat(copy.signed()).isZero();
        assertThat(copy.journal.alarms()).extracting(Alarm::word).contains("two-hubs");
      }
      // One that is a step behind is found out over there.
      try (Asking late = new Asking("late")) {
        late.fill("x", 3);
        for (Seer seer : seers) {
          late.tickUntil(
              () -> {
                String said = seer.trouble();
                return said.startsWith("1 The hub showed")
                    && said.contains("two hubs run with its key");
              });
        }
        assertThat(late.signed()).isZero();
      }

      hub.fill("z", 1);
      hub.tickUntil(() -> hub.signed() == 4);
      byte[] receipt = hub.journal.receipt(hub.journal.size() - 1);
      assertThat(new ReceiptVerifier(Optional.of(hub.identity.did())).receipt(receipt).findings())
          .filteredOn(finding -> finding.word().equals("cosigned"))
          .allMatch(finding -> finding.level() == ReceiptVerifier.Level.PROVEN)
          .isNotEmpty();
    }
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < PATIENCE_SECONDS * 20; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("did not happen within " + PATIENCE_SECONDS + " s");
  }
}
