package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.ledger.api.Stage;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} anywhere between journal and receipt: entry, checkpoint, anchor, outbox, ledger,
 * proof. Entries and receipts that were given out stay, each root is on the ledger once, and every
 * receipt holds.
 */
class WholeWayKillTest {
  private static final int KILLS = Boolean.getBoolean("hub.quick") ? 8 : 52;
  private static final int LANES = 4;

  @TempDir Path temp;
  private final long start = System.nanoTime();

  /** What a hub had said before it was killed. */
  private static final class Said {
    final Map<Long, Long> entries = new HashMap<>();
    final Map<String, String> roots = new HashMap<>();
    final Map<Long, byte[]> receipts = new HashMap<>();

    /** One line; one that the kill cut off does not count. */
    boolean note(String line) {
      String[] words = line.split(" ");
      if (words.length != 4 || !words[3].equals(".")) {
        return false;
      }
      switch (words[0]) {
        case "ENTRY" -> entries.put(Long.valueOf(words[1]), Long.valueOf(words[2]));
        case "ROOT" -> roots.put(words[1], words[2]);
        default -> receipts.put(Long.valueOf(words[1]), Base64.getDecoder().decode(words[2]));
      }
      return words[0].equals("ENTRY");
    }
  }

  /** How a lane ended. */
  private record Outcome(int entries, int roots) {}

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void fromJournalToReceipt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<Outcome>> lanes = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        int seed = lane;
        lanes.add(threads.submit(() -> lane(seed)));
      }
      int entries = 0;
      int roots = 0;
      for (Future<Outcome> each : lanes) {
        entries += each.get().entries();
        roots += each.get().roots();
      }
      System.out.printf(
          "journal to receipt: kill -9 at %d random instants, %d entries, %d roots:"
              + " 0 lost, 0 double%n",
          KILLS, entries, roots);
      assertThat(roots).isGreaterThan(LANES);
    } finally {
      threads.shutdownNow();
    }
  }

  private Outcome lane(int seed) throws Exception {
    Random random = new Random(seed);
    Path directory = Files.createDirectories(temp.resolve("lane-" + seed));
    FakeLedger ledger = new FakeLedger("test");
    Said said = new Said();
    try (RemoteLedger.Server server =
            new RemoteLedger.Server(new FakeLedgerClient("remote", ledger, "test"));
        Mining mining = new Mining(ledger)) {
      for (int kill = 0; kill < KILLS / LANES; kill++) {
        live(directory, server.port(), random, said);
      }
    }
    FakeHubClock clock =
        new FakeHubClock(FakeHubClock.START.plusNanos(HubProcess.SPEED * elapsed()));
    try (HubProcess.Hub hub =
        new HubProcess.Hub(directory, clock, new FakeLedgerClient("remote", ledger, "test"))) {
      finish(hub, clock, ledger);
      return check(hub, ledger, said);
    }
  }

  private long elapsed() {
    return System.nanoTime() - start;
  }

  /** One life. */
  private void live(Path directory, int port, Random random, Said said) throws Exception {
    Process process =
        ChildJvm.of(HubProcess.class, "48m", directory, port, elapsed())
            .redirectError(directory.resolve("stderr").toFile())
            .start();
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      boolean early = random.nextInt(8) == 0; // While it starts, too.
      for (boolean ready = early; !ready; ) {
        String line = out.readLine();
        if (line == null) {
          throw new AssertionError("it ended: " + Files.readString(directory.resolve("stderr")));
        }
        ready = said.note(line);
      }
      TimeUnit.MICROSECONDS.sleep(random.nextInt(700_000));
      process.toHandle().destroyForcibly(); // Leaves its output readable.
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.note(line);
      }
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  /** Until the newest entry is under a root that is on the ledger for good. */
  private static void finish(HubProcess.Hub hub, FakeHubClock clock, FakeLedger ledger) {
    for (int i = 0; i < 10_000; i++) {
      hub.anchor.tick();
      while (hub.outbox.step() == 0) {
        Thread.onSpinWait();
      }
      ledger.mine(1);
      clock.advance(Duration.ofMinutes(1));
      if (hub.anchor.service().covering(hub.journal.size() - 1).stream()
          .anyMatch(root -> root.status().stage() == Stage.FINAL)) {
        return;
      }
    }
    throw new AssertionError("the last root does not get on the ledger");
  }

  private static Outcome check(HubProcess.Hub hub, FakeLedger ledger, Said said) throws Exception {
    for (Map.Entry<Long, Long> each : said.entries.entrySet()) {
      assertThat(hub.journal.content(each.getKey()))
          .as("entry %s", each.getKey())
          .hasValue(Cbor.encode(Map.of(1L, each.getValue())));
    }
    for (Map.Entry<String, String> each : said.roots.entrySet()) {
      assertThat(ledger.effect(each.getKey()).map(HexFormat.of()::formatHex))
          .as("root %s", each.getKey())
          .hasValue(each.getValue());
    }
    // Each root once, and each a state of this journal.
    List<Anchor.Anchored> roots = hub.anchor.service().recent(1000);
    Set<String> distinct = new HashSet<>();
    for (Anchor.Anchored root : roots) {
      assertThat(ledger.effect(root.status().key())).hasValue(root.root());
      assertThat(ledger.paid(root.status().key())).as("paid for %s", root).isEqualTo(1);
      assertThat(distinct.add(HexFormat.of().formatHex(root.root()))).isTrue();
      grew(hub, root.size(), root.root());
    }
    assertThat(ledger.keys()).hasSameSizeAs(roots);
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(new FakeIdentity("hub").did()));
    for (long index = 0; index < hub.journal.size(); index++) {
      byte[] receipt = hub.journal.receipt(index);
      assertThat(verifier.receipt(receipt).sound()).as("receipt %s", index).isTrue();
      anchored(receipt, ledger);
    }
    for (byte[] before : said.receipts.values()) {
      ReceiptVerifier.Report report = verifier.receipt(before);
      assertThat(report.sound()).isTrue();
      Checkpoint checkpoint = report.checkpoint().orElseThrow();
      assertThat(checkpoint.epoch()).isEqualTo(1);
      grew(hub, checkpoint.size(), checkpoint.root());
    }
    assertThat(hub.journal.alarms()).isEmpty();
    return new Outcome(said.entries.size(), roots.size());
  }

  /** The journal as it is now grew out of that state. */
  private static void grew(HubProcess.Hub hub, long size, byte[] root) throws Exception {
    Checkpoint now = hub.journal.checkpoint();
    assertThat(
            MerkleTree.verifyConsistency(
                size, root, now.size(), now.root(), hub.journal.consistency(size, now.size())))
        .as("state of %s entries", size)
        .isTrue();
  }

  /** The receipt names a root, and the ledger vouches for it. */
  static void anchored(byte[] receipt, FakeLedger ledger) throws Exception {
    List<?> anchors = (List<?>) ((Map<?, ?>) Cbor.decode(receipt)).get(9L);
    assertThat(anchors).hasSize(1);
    Map<?, ?> proof = (Map<?, ?>) Cbor.decode((byte[]) ((Map<?, ?>) anchors.get(0)).get(4L));
    String key = (String) proof.get(2L);
    assertThat(ledger.effect(key)).hasValue((byte[]) proof.get(3L));
    assertThat(ledger.verify(key, (byte[]) proof.get(5L))).isTrue();
  }
}
