package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Journal, anchor and outbox of one hub go to another device; the ledger has seen more since. */
class RestoredHubTest {
  @TempDir Path temp;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeLedger ledger = new FakeLedger("test");
  private final List<HubProcess.Hub> hubs = new ArrayList<>();

  /** The parts of a backup. */
  private record Parts(byte[] journal, byte[] anchor, byte[] outbox) {}

  private HubProcess.Hub hub(String name) throws IOException {
    HubProcess.Hub hub =
        new HubProcess.Hub(
            Files.createDirectories(temp.resolve(name)),
            clock,
            new FakeLedgerClient("remote", ledger, "test"));
    hubs.add(hub);
    return hub;
  }

  @AfterEach
  void close() throws Exception {
    for (HubProcess.Hub hub : hubs) {
      hub.close();
    }
  }

  private void run(HubProcess.Hub hub, int quarters) throws IOException {
    for (int quarter = 0; quarter < quarters; quarter++) {
      hub.journal.append(EntryKind.ORDER, Cbor.encode(Map.of(1L, hub.journal.size())));
      for (int minute = 0; minute < 15; minute++) {
        hub.anchor.tick();
        for (int i = 0; i < 100 && hub.outbox.step() == 0; i++) {
          Thread.onSpinWait();
        }
        ledger.mine(1);
        clock.advance(Duration.ofMinutes(1));
      }
    }
  }

  private static Parts backup(HubProcess.Hub hub) throws IOException {
    ByteArrayOutputStream journal = new ByteArrayOutputStream();
    ByteArrayOutputStream anchor = new ByteArrayOutputStream();
    ByteArrayOutputStream outbox = new ByteArrayOutputStream();
    hub.journal.writeBackup(journal);
    hub.anchor.backup(anchor);
    BackupStream.write(Map.of("remote", hub.outbox), outbox);
    return new Parts(journal.toByteArray(), anchor.toByteArray(), outbox.toByteArray());
  }

  /** In the order in which the services happen to appear. */
  private void restore(HubProcess.Hub hub, Parts parts, boolean anchorFirst) throws IOException {
    if (anchorFirst) {
      hub.anchor.restore(new ByteArrayInputStream(parts.anchor()));
    }
    hub.journal.restoreBackup(new ByteArrayInputStream(parts.journal()));
    Path staging = Files.createDirectories(temp.resolve("staging"));
    Path log = BackupStream.read(new ByteArrayInputStream(parts.outbox()), staging).get("remote");
    hub.outbox.absorb(new Log(log));
    if (!anchorFirst) {
      hub.anchor.restore(new ByteArrayInputStream(parts.anchor()));
    }
  }

  @Test
  void aNewDeviceAnchorsNothingTwiceAndItsReceiptsHold() throws Exception {
    HubProcess.Hub old = hub("old");
    run(old, 6);
    Parts backup = backup(old);
    long backedUp = old.journal.size();
    run(old, 3); // what the backup does not know; then the device dies
    int effects = ledger.keys().size();
    for (boolean anchorFirst : new boolean[] {true, false}) {
      HubProcess.Hub fresh = hub("fresh" + anchorFirst);
      restore(fresh, backup, anchorFirst);
      run(fresh, 2);
      assertThat(fresh.outbox.problem().orElse("")).contains("knows more of this account");
      assertThat(ledger.keys()).hasSize(effects);
      fresh.outbox.resume();
      run(fresh, 3);
      assertThat(fresh.outbox.problem()).isEmpty();
      assertThat(ledger.keys().size()).isGreaterThan(effects);
      effects = ledger.keys().size();
      assertThat(fresh.journal.checkpoint().epoch()).isEqualTo(2);
      receipts(fresh, backedUp);
    }
    Set<String> roots = new HashSet<>();
    for (String key : ledger.keys()) {
      assertThat(ledger.paid(key)).as(key).isEqualTo(1);
      assertThat(roots.add(HexFormat.of().formatHex(ledger.effect(key).orElseThrow()))).isTrue();
    }
  }

  @Test
  void onTheSameDeviceWhatCameSinceStays() throws Exception {
    HubProcess.Hub hub = hub("hub");
    run(hub, 4);
    Parts backup = backup(hub);
    run(hub, 3);
    long size = hub.journal.size();
    int effects = ledger.keys().size();
    restore(hub, backup, true);
    assertThat(hub.journal.size()).isEqualTo(size + 1); // that there is a new epoch
    assertThat(ledger.keys()).hasSize(effects);
    run(hub, 2);
    assertThat(hub.outbox.problem()).isEmpty();
    assertThat(ledger.keys().size()).isGreaterThan(effects);
    receipts(hub, size);
  }

  /** Every entry is under a root that the ledger has, also those before the backup. */
  private void receipts(HubProcess.Hub hub, long size) throws Exception {
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(new FakeIdentity("hub").did()));
    for (long index = 0; index < size; index++) {
      byte[] receipt = hub.journal.receipt(index);
      assertThat(verifier.receipt(receipt).sound()).isTrue();
      WholeWayKillTest.anchored(receipt, ledger);
    }
  }
}
