package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.ledger.api.Anchor.Anchored;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.Stage;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of the anchor is in a backup, and what comes of it. */
class AnchorBackupTest {
  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeIdentity hub = new FakeIdentity("hub");
  private final FakeIdentity gateway = new FakeIdentity("gateway");
  private final Net net = new Net();
  private final List<Device> devices = new ArrayList<>();

  /** A device with the hub's key, or with another's. */
  private final class Device {
    final Path home;
    final FakeLedger ledger = new FakeLedger();
    final Map<String, Ledger> ledgers = new TreeMap<>(Map.of("one", ledger));
    final MemoryJournal journal;
    final Troubles troubles;
    final Anchoring anchoring;
    final Witness witness;
    final Aggregator aggregator;

    Device(String name, FakeIdentity identity, boolean aggregated) throws IOException {
      home = Files.createDirectories(directory.resolve(name));
      journal = new MemoryJournal(identity, clock);
      troubles = new Troubles(journal);
      net.meet(identity);
      Peers peers = new Peers(() -> net.of(identity), identity, null);
      anchoring =
          new Anchoring(
              home,
              clock,
              journal,
              1,
              ledgers,
              troubles,
              Runnable::run,
              !aggregated
                  ? null
                  : (proofs, thread) ->
                      new Aggregation(
                          gateway.did(),
                          identity.did(),
                          home.resolve("aggregation"),
                          clock,
                          peers,
                          ledgers,
                          proofs,
                          troubles,
                          thread));
      witness = new Witness(home.resolve("witnessed"), identity, peers, troubles);
      aggregator = new Aggregator(home.resolve("aggregates"), identity, clock, ledgers, troubles);
      devices.add(this);
    }

    /** So many quarters of an hour with something to anchor in each. */
    Device run(String word, int quarters) {
      for (int quarter = 0; quarter < quarters; quarter++) {
        journal.fill(word + quarter, 2);
        for (int minute = 0; minute < 15; minute++) {
          devices.forEach(device -> device.aggregator.tick());
          anchoring.tick();
          ledger.all(Stage.FINAL);
          clock.advance(Duration.ofMinutes(1));
        }
      }
      return this;
    }

    byte[] backup() throws IOException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      AnchorBackup.Writer writer = new AnchorBackup.Writer(out);
      anchoring.backup(writer);
      writer.witnessed(witness.bytes());
      writer.end();
      return out.toByteArray();
    }

    void restore(byte[] backup) throws IOException {
      AnchorBackup.restore(
          new ByteArrayInputStream(backup), home.resolve("anchors.restored"), anchoring, witness);
      aggregator.restored();
      assertThat(home.resolve("anchors.restored")).doesNotExist();
    }

    List<Long> sizes() {
      return anchoring.recent(100).stream().map(Anchored::size).toList();
    }
  }

  @AfterEach
  void close() throws IOException {
    for (Device device : devices) {
      device.anchoring.close();
    }
  }

  @Test
  void aNewDeviceKnowsWhatWasAnchoredAndGoesOn() throws Exception {
    Device old = new Device("old", hub, false).run("x", 5);
    byte[] backup = old.backup();
    Device fresh = new Device("fresh", hub, false);
    fresh.restore(backup);
    fresh.ledgers.put("one", old.ledger); // what the outbox restores
    assertThat(fresh.sizes()).containsExactly(10L, 8L, 6L, 4L, 2L);
    assertThat(fresh.anchoring.covering(5).get(0).root())
        .isEqualTo(old.anchoring.covering(5).get(0).root());
    fresh.journal.fill("x0", 2).fill("x1", 2).fill("x2", 2).fill("x3", 2).fill("x4", 2);
    fresh.run("y", 2);
    assertThat(fresh.sizes()).startsWith(14L, 12L, 10L);
    assertThat(fresh.backup()).isNotEqualTo(backup);
    // The old backup once more: what came since stays.
    fresh.restore(backup);
    assertThat(fresh.sizes()).startsWith(14L, 12L, 10L);
  }

  @Test
  void rowsOfAnotherJournalGo() throws Exception {
    byte[] backup = new Device("old", hub, false).run("x", 3).backup();
    Device fresh = new Device("fresh", hub, false).run("other", 5);
    fresh.restore(backup);
    fresh.ledgers.clear();
    FakeLedger all = new FakeLedger();
    devices.forEach(device -> all.taken.putAll(device.ledger.taken));
    devices.forEach(device -> all.stages.putAll(device.ledger.stages));
    fresh.ledgers.put("one", all);
    assertThat(fresh.sizes()).containsExactly(6L, 4L, 2L);
  }

  @Test
  void proofsOfAnAggregatorComeBack() throws Exception {
    Device theirs = new Device("gateway", gateway, false);
    net.join(gateway, Topic.ROOT, theirs.aggregator);
    Device old = new Device("old", hub, true);
    for (int quarter = 0; quarter < 4; quarter++) {
      old.run("q" + quarter, 1);
      theirs.ledger.all(Stage.FINAL);
    }
    old.run("last", 1);
    assertThat(old.ledger.taken).isEmpty();
    byte[] before = old.anchoring.proof(old.anchoring.covering(3).get(0)).orElseThrow();
    Device fresh = new Device("fresh", hub, true);
    fresh.restore(old.backup());
    assertThat(fresh.anchoring.proof(fresh.anchoring.covering(3).get(0))).hasValue(before);
    assertThat(fresh.backup()).isEqualTo(old.backup());
  }

  @Test
  void aRestoredWitnessStillKnowsWhatItSaw() throws Exception {
    Device seer = new Device("seer", new FakeIdentity("seer"), false);
    MemoryJournal journal = new MemoryJournal(hub, clock).fill("x", 5);
    net.meet(hub);
    ask(seer, journal, 0);
    byte[] backup = seer.backup();
    journal.fill("y", 3);
    ask(seer, journal, 5);
    Device restored = new Device("restored", new FakeIdentity("seer"), false);
    restored.restore(backup);
    assertThat(ask(restored, journal, 5).cosignature()).isNotNull();
    // What it has seen since is later than the backup.
    restored.restore(backup);
    assertThat(ask(restored, journal, 8).cosignature()).isNotNull();
    MemoryJournal forked = new MemoryJournal(hub, clock).fill("x", 5).fill("z", 4);
    assertThat(ask(restored, forked, 8).cosignature()).isNull();
    assertThat(restored.troubles.text().orElseThrow()).contains("two hubs run with its key");
  }

  private WitnessWire.Answer ask(Device seer, MemoryJournal journal, long from) throws Exception {
    byte[] signed = journal.checkpoint().signed();
    List<byte[]> path =
        from > 0 && from < journal.size() ? journal.consistency(from, journal.size()) : List.of();
    return WitnessWire.Answer.decode(
        seer.witness.answer(hub.did(), new WitnessWire.Question(signed, from, path).encode()));
  }

  @Test
  void aRestoredAggregatorNeverSignsTwoTreesForOneNumber() throws Exception {
    Device theirs = new Device("gateway", gateway, false);
    net.join(gateway, Topic.ROOT, theirs.aggregator);
    byte[] backup = theirs.backup();
    Device neighbour = new Device("old", hub, true).run("x", 1);
    clock.advance(Duration.ofMinutes(5));
    neighbour.journal.fill("y", 1);
    neighbour.anchoring.tick();
    theirs.aggregator.tick();
    String signed = theirs.ledger.keys().get(theirs.ledger.keys().size() - 1);
    // Within the same quarter of an hour another device takes over.
    Device restored = new Device("gateway2", gateway, false);
    restored.restore(backup);
    net.join(gateway, Topic.ROOT, restored.aggregator);
    Device another = new Device("another", new FakeIdentity("another"), true);
    another.journal.fill("z", 1);
    another.anchoring.tick();
    restored.aggregator.tick();
    assertThat(restored.ledger.taken).isEmpty();
    Aggregator reopened =
        new Aggregator(
            restored.home.resolve("aggregates"),
            gateway,
            clock,
            restored.ledgers,
            restored.troubles);
    reopened.tick();
    assertThat(restored.ledger.taken).isEmpty();
    clock.advance(Anchoring.QUARTER);
    reopened.tick();
    assertThat(restored.ledger.keys()).hasSize(1);
    assertThat(number(restored.ledger.keys().get(0))).isGreaterThan(number(signed));
  }

  private static long number(String key) {
    return Long.parseLong(key.substring(key.indexOf('/') + 1));
  }

  @Test
  void aDamagedBackupIsRefusedAndChangesNothing() throws Exception {
    byte[] backup = new Device("old", hub, false).run("x", 3).backup();
    Device fresh = new Device("fresh", hub, false).run("other", 2);
    List<Long> before = fresh.sizes();
    for (int length = 0; length < backup.length; length += 5) {
      byte[] cut = Arrays.copyOf(backup, length);
      if (length < 9 + 3 * AnchorLog.ROW) {
        assertThatThrownBy(() -> fresh.restore(cut)).isInstanceOf(IOException.class);
        assertThat(fresh.sizes()).isEqualTo(before);
      }
    }
    for (int at = 9; at < 9 + 3 * AnchorLog.ROW; at++) {
      byte[] changed = backup.clone();
      changed[at] ^= 4;
      assertThatThrownBy(() -> fresh.restore(changed)).isInstanceOf(IOException.class);
    }
    assertThat(fresh.sizes()).isEqualTo(before);
    fresh.restore(backup);
    assertThat(fresh.sizes()).isNotEqualTo(before);
  }
}
