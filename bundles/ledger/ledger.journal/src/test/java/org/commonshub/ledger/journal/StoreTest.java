package org.commonshub.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;

class StoreTest {
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeIdentity identity = new FakeIdentity("hub");
  private final Alarms alarms = new Alarms();
  private final FlakyDisk disk = new FlakyDisk(1);

  private Store open(Disk on) throws IOException {
    return new Store(on, clock, identity, alarms, false);
  }

  private static byte[] content(long number) {
    return Cbor.encode(Map.of(1L, "entry", 2L, number));
  }

  private Store filled(int entries) throws IOException {
    Store store = open(disk);
    for (int i = 1; i < entries; i++) {
      clock.advance(Duration.ofSeconds(10));
      store.append(i % 7 == 0 ? EntryKind.ORDER : EntryKind.READINGS, content(i));
    }
    return store;
  }

  private static List<String> words(Alarms alarms) {
    return alarms.list().stream().map(Journal.Alarm::word).distinct().toList();
  }

  // ------------------------------------------------------------------------------ the tree

  @Test
  void rootsAndProofsAreThoseOfTheDefinition() throws Exception {
    Store store = open(disk);
    List<byte[]> leaves = new ArrayList<>();
    byte[] previous = MerkleTree.empty();
    for (int i = 0; i < 70; i++) {
      if (i > 0) {
        store.append(EntryKind.READINGS, content(i));
      }
      ReceiptVerifier.Report report =
          new ReceiptVerifier(Optional.empty()).receipt(store.receipt(i, List.of()));
      byte[] data = report.leaf().orElseThrow().data();
      assertThat(report.leaf().get().previous()).isEqualTo(previous);
      previous = MerkleTree.leaf(data);
      leaves.add(previous);
      assertThat(store.root(store.size())).isEqualTo(MerkleTree.root(leaves));
    }
    for (int from = 0; from <= 70; from++) {
      byte[] small = MerkleTree.root(leaves.subList(0, from));
      assertThat(store.root(from)).isEqualTo(small);
      for (int to = from; to <= 70; to++) {
        assertThat(
                MerkleTree.verifyConsistency(
                    from,
                    small,
                    to,
                    MerkleTree.root(leaves.subList(0, to)),
                    store.consistency(from, to)))
            .as("%d to %d", from, to)
            .isTrue();
      }
    }
    assertThatThrownBy(() -> store.consistency(3, 71))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void goesOnAfterAStart() throws Exception {
    Store store = filled(3000);
    Checkpoint signed = store.checkpoint();
    store.append(EntryKind.CONSENT, content(3000));
    byte[] root = store.root(store.size());
    Store again = open(disk);
    assertThat(again.size()).isEqualTo(3001);
    assertThat(again.root(again.size())).isEqualTo(root);
    assertThat(again.latest())
        .hasValueSatisfying(c -> assertThat(c.root()).isEqualTo(signed.root()));
    assertThat(again.content(1234).bytes()).hasValue(content(1234));
    assertThat(again.check(() -> false)).isZero();
    assertThat(alarms.list()).isEmpty();
  }

  @Test
  void entriesAreFoundByPlaceKindAndTime() throws Exception {
    Store store = filled(1500);
    assertThat(store.entries(0, 5))
        .extracting(Journal.Entry::index)
        .containsExactly(0L, 1L, 2L, 3L, 4L);
    assertThat(store.entries(0, 5000)).hasSize(1000);
    assertThat(store.entries(1490, 5000)).hasSize(10);
    assertThat(store.entries(0, 1).get(0).kind()).isEqualTo(EntryKind.HUB);
    Instant at = FakeHubClock.START.plusSeconds(10 * 700 + 5);
    assertThat(store.newest(EntryKind.ORDER, at)).map(Journal.Entry::index).hasValue(700L);
    assertThat(store.newest(EntryKind.READINGS, at)).map(Journal.Entry::index).hasValue(699L);
    assertThat(store.newest(EntryKind.ORDER, Instant.MAX))
        .isPresent()
        .isEqualTo(store.newest(EntryKind.ORDER, at.plusSeconds(1_000_000)));
    assertThat(store.newest(EntryKind.LICENCE, at)).isEmpty();
    assertThat(store.newest(EntryKind.ORDER, FakeHubClock.START)).isEmpty();
    assertThatThrownBy(() -> store.content(1500)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void onlyDeterministicCborOfBoundedLengthIsTaken() throws Exception {
    Store store = open(disk);
    assertThatThrownBy(() -> store.append(EntryKind.ORDER, new byte[] {0x18, 1}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> store.append(EntryKind.ORDER, Cbor.encode(new byte[Journal.MAX_CONTENT])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store.size()).isEqualTo(1);
  }

  // ------------------------------------------------------------------------------ receipts

  @Test
  void aReceiptConvincesAndEveryFlippedBitIsFound() throws Exception {
    Store store = filled(40);
    byte[] receipt = store.receipt(17, List.of());
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
    ReceiptVerifier.Report report = verifier.receipt(receipt);
    assertThat(report.sound()).as("%s", report.findings()).isTrue();
    assertThat(report.content()).hasValue(content(17));
    assertThat(report.leaf().orElseThrow().index()).isEqualTo(17);
    int found = 0;
    for (int at = 0; at < receipt.length; at++) {
      byte[] changed = receipt.clone();
      changed[at] ^= (byte) (1 << at % 8);
      try {
        ReceiptVerifier.Report other = verifier.receipt(changed);
        assertThat(other.sound()).as("byte %d of %d", at, receipt.length).isFalse();
      } catch (org.commonshub.identity.api.MalformedCborException e) {
        found++;
      }
    }
    assertThat(found).isPositive();
  }

  @Test
  void aReceiptOfAnotherHubIsNotTheExpectedOne() throws Exception {
    byte[] receipt = filled(3).receipt(1, List.of());
    FakeIdentity other = new FakeIdentity("other");
    for (String expected : List.of(other.did(), other.key().didKey(), other.key().multikey())) {
      assertThat(new ReceiptVerifier(Optional.of(expected)).receipt(receipt).sound()).isFalse();
    }
    for (String expected :
        List.of(identity.did(), identity.key().didKey(), identity.key().multikey())) {
      assertThat(new ReceiptVerifier(Optional.of(expected)).receipt(receipt).sound()).isTrue();
    }
    assertThatThrownBy(() -> new ReceiptVerifier(Optional.of("hub")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theProofFitsIntoTwoKibibytesAfterTwentyYears() throws Exception {
    Store store = filled(2000);
    byte[] receipt = store.receipt(1000, List.of());
    Map<?, ?> map = (Map<?, ?>) Cbor.decode(receipt);
    int proof = 0;
    for (long part : List.of(3L, 4L, 5L, 6L, 7L)) {
      proof += Cbor.encode(map.get(part)).length;
    }
    int path = ((List<?>) map.get(5L)).size();
    int after20years = proof + (20 - path) * 34;
    assertThat(after20years).isLessThan(2048);
  }

  @Test
  void anchorsAreInTheReceipt() throws Exception {
    Store store = filled(20);
    byte[] root = store.root(10);
    byte[] proof =
        Cbor.encode(
            Map.of(
                1L,
                "Ethereum, chain 246",
                2L,
                "root/1",
                3L,
                root,
                4L,
                List.of(),
                5L,
                new byte[] {1}));
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.empty());
    ReceiptVerifier.Report report =
        verifier.receipt(store.receipt(5, List.of(new Store.AnchorProof(10, root, proof))));
    assertThat(report.sound()).isTrue();
    assertThat(report.findings())
        .anySatisfy(
            f -> {
              assertThat(f.word()).isEqualTo("anchored");
              assertThat(f.text()).contains("Ethereum, chain 246");
            });
    // Under an aggregate of three hubs.
    List<byte[]> roots = List.of(new byte[32], root, MerkleTree.empty());
    List<byte[]> leaves = roots.stream().map(MerkleTree::leaf).toList();
    byte[] aggregated =
        Cbor.encode(
            Map.of(
                1L,
                "Ethereum",
                2L,
                "root/2",
                3L,
                MerkleTree.root(leaves),
                4L,
                List.of(1L, 3L, MerkleTree.inclusion(leaves, 1)),
                5L,
                new byte[] {1}));
    assertThat(
            verifier
                .receipt(store.receipt(5, List.of(new Store.AnchorProof(10, root, aggregated))))
                .sound())
        .isTrue();
    assertThat(
            verifier
                .receipt(
                    store.receipt(
                        5, List.of(new Store.AnchorProof(11, store.root(11), aggregated))))
                .sound())
        .isFalse();
    // Of a journal that a backup replaced.
    ReceiptVerifier.Report other =
        verifier.receipt(
            store.receipt(5, List.of(new Store.AnchorProof(10, MerkleTree.empty(), proof))));
    assertThat(other.sound()).isTrue();
    assertThat(other.findings())
        .anySatisfy(f -> assertThat(f.text()).startsWith("No ledger is named"));
  }

  @Test
  void theWholeJournalIsCheckedFromItsExport() throws Exception {
    Store store = filled(300);
    store.erase(List.of(7L, 8L, 9L, 100L));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    store.export(out);
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
    ReceiptVerifier.Report report = verifier.journal(new ByteArrayInputStream(out.toByteArray()));
    assertThat(report.sound()).as("%s", report.findings()).isTrue();
    assertThat(report.entries()).isEqualTo(301);
    byte[] bytes = out.toByteArray();
    Random random = new Random(4);
    for (int i = 0; i < 2000; i++) {
      byte[] changed = bytes.clone();
      changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        assertThat(verifier.journal(new ByteArrayInputStream(changed)).sound()).isFalse();
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  // ------------------------------------------------------------------------------ erasing

  @Test
  void whatIsErasedIsGoneAndNobodysProofSuffers() throws Exception {
    Store store = filled(50);
    byte[] kept = store.receipt(20, List.of());
    Checkpoint before = store.checkpoint();
    store.erase(List.of(3L, 4L, 5L, 30L));
    assertThat(store.size()).isEqualTo(51);
    assertThat(store.entries(0, 60).stream().filter(Journal.Entry::erased))
        .extracting(Journal.Entry::index)
        .containsExactly(3L, 4L, 5L, 30L);
    assertThat(store.content(4).bytes()).isEmpty();
    assertThat(store.content(50).bytes())
        .hasValue(HubEntry.of(HubEntry.ERASED, 4L, List.of(3L, 6L, 30L, 31L)));
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
    assertThat(verifier.receipt(kept).sound()).isTrue();
    ReceiptVerifier.Report erased = verifier.receipt(store.receipt(4, List.of()));
    assertThat(erased.sound()).isTrue();
    assertThat(erased.content()).isEmpty();
    assertThat(
            MerkleTree.verifyConsistency(
                50, before.root(), 51, store.root(51), store.consistency(50, 51)))
        .isTrue();
    // Neither salt nor content is anywhere on the disk.
    byte[] salt = (byte[]) ((Map<?, ?>) Cbor.decode(store.receipt(6, List.of()))).get(3L);
    assertThat(indexOf(disk.content("contents-00000000"), salt)).isPositive();
    assertThat(indexOf(disk.content("contents-00000000"), content(4))).isNegative();
    assertThat(indexOf(disk.content("contents-00000000"), content(6))).isPositive();
    assertThat(open(disk).check(() -> false)).isZero();
    assertThat(alarms.list()).isEmpty();
    assertThatThrownBy(() -> store.erase(List.of(0L))).isInstanceOf(IllegalArgumentException.class);
  }

  private static int indexOf(byte[] in, byte[] what) {
    for (int at = 0; at + what.length <= in.length; at++) {
      if (java.util.Arrays.equals(in, at, at + what.length, what, 0, what.length)) {
        return at;
      }
    }
    return -1;
  }

  // ------------------------------------------------------------------------------ alarms

  @Test
  void everyFlippedByteOfRowsAndContentsIsFound() throws Exception {
    Store store = filled(12);
    store.checkpoint();
    for (String file : List.of("rows-00000000", "contents-00000000")) {
      int length = disk.content(file).length;
      for (int at = 0; at < length; at++) {
        FlakyDisk changed = disk.copy();
        changed.flip(file, at, 1 << at % 8);
        Alarms found = new Alarms();
        Store other = new Store(changed, clock, identity, found, false);
        other.check(() -> false);
        assertThat(words(found)).as("%s byte %d", file, at).containsExactly(Alarms.ROW);
        // Everything else is still there, and the journal goes on in the same epoch.
        assertThat(other.epoch()).isEqualTo(1);
        assertThat(other.root(12)).isEqualTo(store.root(12));
        other.append(EntryKind.ORDER, content(1));
      }
    }
  }

  @Test
  void aFlippedByteIsFoundOnRead() throws Exception {
    Store store = filled(25);
    disk.flip("contents-00000000", disk.content("contents-00000000").length - 3, 1);
    assertThatThrownBy(() -> store.content(24))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Entry 24");
    assertThatThrownBy(() -> store.receipt(24, List.of())).isInstanceOf(IOException.class);
    assertThat(words(alarms)).containsExactly(Alarms.ROW);
    assertThat(store.content(23).bytes()).isPresent();
  }

  @Test
  void zerosThatNobodyHadErasedAreFound() throws Exception {
    Store store = filled(10);
    store.checkpoint();
    byte[] contents = disk.content("contents-00000000");
    int at = indexOf(contents, content(4));
    for (int i = at - 20; i < at + content(4).length; i++) {
      if (contents[i] != 0) {
        disk.flip("contents-00000000", i, contents[i]);
        contents = disk.content("contents-00000000");
      }
    }
    assertThat(open(disk).check(() -> false)).isEqualTo(1);
    assertThat(words(alarms)).containsExactly(Alarms.ROW);
  }

  @Test
  void aDamagedTreeIsMadeAgain() throws Exception {
    Store store = filled(1500);
    byte[] root = store.checkpoint().root();
    disk.remove("tree-00000000");
    assertThat(open(disk).root(1500)).isEqualTo(root);
    disk.flip("tree-00000000", 40 * 32, 1);
    disk.cut("tree-00000000", 2000 * 32);
    Store again = open(disk);
    assertThat(again.root(1500)).isEqualTo(root);
    assertThat(alarms.list()).isEmpty();
  }

  @Test
  void aTruncatedJournalIsNamedAndGoesOnInANewEpoch() throws Exception {
    Store store = filled(100);
    store.checkpoint();
    for (int rows : List.of(99, 50, 1)) {
      FlakyDisk cut = disk.copy();
      cut.cut("rows-00000000", rows * Row.BYTES);
      Alarms found = new Alarms();
      Store other = new Store(cut, clock, identity, found, false);
      assertThat(words(found)).containsExactly(Alarms.TRUNCATED);
      assertThat(found.list().get(0).text()).contains("has " + rows + " entries").contains("100");
      assertThat(other.epoch()).isEqualTo(2);
      assertThat(other.size()).isEqualTo(rows + 1);
      assertThat(other.content(rows).bytes())
          .hasValue(HubEntry.of(HubEntry.EPOCH, "truncated", 2L, 100L));
      assertThat(other.checkpoint().epoch()).isEqualTo(2);
      assertThat(other.content(rows - 1).bytes()).isPresent();
    }
  }

  @Test
  void rowsAndTreeChangedTogetherDoNotFitTheSignature() throws Exception {
    Store store = filled(50);
    store.checkpoint();
    disk.flip("rows-00000000", 10 * Row.BYTES + 20, 1);
    disk.remove("tree-00000000");
    Store other = open(disk);
    assertThat(words(alarms)).containsExactly(Alarms.ROW);
    assertThat(other.epoch()).isEqualTo(2);
    assertThat(other.content(20).bytes()).hasValue(content(20));
  }

  @Test
  void aForgedCheckpointIsNotBelieved() throws Exception {
    Store store = filled(10);
    Checkpoint signed = store.checkpoint();
    byte[] bytes = disk.content("signed");
    int at = indexOf(bytes, signed.root());
    // The record with another root and a check sum that fits.
    byte[] record = Cbor.encode(List.of(1L, signed.signed()));
    record[indexOf(record, signed.root())] ^= 1;
    assertThat(at).isPositive();
    FlakyDisk forged = disk.copy();
    RecordLog log = new RecordLog(forged, "signed");
    log.recover();
    log.rewrite(List.of(record));
    new Store(forged, clock, identity, alarms, false);
    assertThat(words(alarms)).containsExactly(Alarms.ROW);
  }

  @Test
  void aClockSetBackIsRecordedAndNamed() throws Exception {
    Store store = filled(10);
    Instant before = clock.now();
    clock.step(before.minus(Duration.ofHours(2)));
    long index = store.append(EntryKind.READINGS, content(10));
    assertThat(index).isEqualTo(11);
    assertThat(store.content(10).bytes())
        .hasValue(
            HubEntry.of(HubEntry.CLOCK_BACK, before.toEpochMilli(), clock.now().toEpochMilli()));
    assertThat(words(alarms)).containsExactly(Alarms.CLOCK_BACK);
    Alarms afterStart = new Alarms();
    Store again = new Store(disk, clock, identity, afterStart, false);
    assertThat(words(afterStart)).containsExactly(Alarms.CLOCK_BACK);
    clock.advance(Duration.ofHours(3));
    again.append(EntryKind.READINGS, content(11));
    assertThat(afterStart.list()).isEmpty();
    // Some milliseconds are no step.
    clock.step(clock.now().minusMillis(300));
    assertThat(again.append(EntryKind.READINGS, content(12))).isEqualTo(13);
  }

  @Test
  void twoHubsWithOneKeyAreFound() throws Exception {
    Store store = filled(10);
    Checkpoint ours = store.checkpoint();
    FlakyDisk clone = disk.copy();
    Store other = new Store(clone, clock, identity, new Alarms(), false);
    store.append(EntryKind.ORDER, content(1));
    other.append(EntryKind.ORDER, content(2));
    Checkpoint mine = store.checkpoint();
    Checkpoint theirs = other.checkpoint();
    FakeIdentity neighbour = new FakeIdentity("neighbour");
    store.cosigned(10, cosign(neighbour, ours));
    store.cosigned(11, cosign(neighbour, mine));
    assertThat(alarms.list()).isEmpty();
    FlakyDisk fresh = disk.copy();
    // Either a neighbour co-signed the other one, or somebody shows what our key signed.
    for (byte[] shown : List.of(cosign(neighbour, theirs), theirs.signed())) {
      Alarms found = new Alarms();
      Store victim = new Store(fresh.copy(), clock, identity, found, false);
      assertThatThrownBy(() -> victim.cosigned(11, shown)).isInstanceOf(IOException.class);
      assertThat(words(found)).containsExactly(Alarms.TWO_HUBS);
      assertThat(victim.alarms()).hasSize(1);
    }
    assertThatThrownBy(() -> store.cosigned(11, theirs.signed())).isInstanceOf(IOException.class);
    Alarms afterStart = new Alarms();
    Store again = new Store(disk, clock, identity, afterStart, false);
    assertThat(words(afterStart)).containsExactly(Alarms.TWO_HUBS);
    identity.rotate();
    assertThat(again.alarms()).isEmpty();
  }

  private static byte[] cosign(FakeIdentity neighbour, Checkpoint checkpoint) {
    return neighbour.sign(
        SigningPurpose.COSIGNATURE,
        Checkpoint.payload(
            checkpoint.origin(),
            checkpoint.epoch(),
            checkpoint.size(),
            checkpoint.root(),
            checkpoint.instant()));
  }

  // ------------------------------------------------------------------------------ signatures

  @Test
  void coSignaturesAreKeptAndShown() throws Exception {
    Store store = filled(10);
    Checkpoint checkpoint = store.checkpoint();
    for (String name : List.of("a", "b", "c", "a")) {
      store.cosigned(10, cosign(new FakeIdentity(name), checkpoint));
    }
    store.append(EntryKind.ORDER, content(1));
    store.checkpoint();
    Store again = open(disk);
    ReceiptVerifier.Report report =
        new ReceiptVerifier(Optional.of(identity.did())).receipt(again.receipt(4, List.of()));
    assertThat(report.sound()).isTrue();
    assertThat(report.findings().stream().filter(f -> f.word().equals("cosigned"))).hasSize(3);
    // Not ours, forged, garbage, unknown.
    FakeIdentity stranger = new FakeIdentity("stranger");
    byte[] good = cosign(stranger, checkpoint);
    byte[] forged = good.clone();
    forged[forged.length - 1] ^= 1;
    for (byte[] bad :
        List.of(
            forged,
            new byte[0],
            new byte[5000],
            identity.sign(SigningPurpose.CONSENT, new byte[3]),
            stranger.sign(
                SigningPurpose.CHECKPOINT,
                Checkpoint.payload(
                    identity.did(), 1, 10, checkpoint.root(), checkpoint.instant())))) {
      assertThatThrownBy(() -> again.cosigned(10, bad)).isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> again.cosigned(9, good)).isInstanceOf(IOException.class);
    assertThat(alarms.list()).isEmpty();
  }

  @Test
  void theSameStateIsSignedOnce() throws Exception {
    Store store = filled(10);
    Checkpoint first = store.checkpoint();
    clock.advance(Duration.ofMinutes(15));
    assertThat(store.checkpoint()).isSameAs(first);
    assertThat(store.latest()).hasValue(first);
  }

  @Test
  void aNewKeyIsRecordedAndOldReceiptsHold() throws Exception {
    Store store = filled(10);
    byte[] old = store.receipt(3, List.of());
    identity.rotate();
    Checkpoint next = store.checkpoint();
    assertThat(next.size()).isEqualTo(11);
    assertThat(store.content(10).bytes())
        .hasValue(HubEntry.of(HubEntry.KEY, identity.key().multikey()));
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.of(identity.did()));
    assertThat(verifier.receipt(old).sound()).isTrue();
    assertThat(verifier.receipt(store.receipt(3, List.of())).sound()).isTrue();
    assertThat(open(disk).latest()).isPresent();
    assertThat(alarms.list()).isEmpty();
  }

  @Test
  void manyCheckpointsKeepTheFileSmall() throws Exception {
    Store store = open(disk);
    FakeIdentity neighbour = new FakeIdentity("neighbour");
    for (int i = 0; i < 700; i++) {
      store.append(EntryKind.ORDER, content(i));
      store.cosigned(store.size(), cosign(neighbour, store.checkpoint()));
    }
    assertThat(disk.content("signed").length).isLessThan(270_000);
    assertThat(open(disk).latest())
        .hasValueSatisfying(c -> assertThat(c.cosignatures()).hasSize(1));
  }

  @Test
  void contradictionsOfADayAreAnAlarm() throws Exception {
    Store store = filled(3);
    store.append(EntryKind.CONTRADICTION, content(1));
    assertThat(store.alarms())
        .extracting(Journal.Alarm::word)
        .containsExactly(Alarms.CONTRADICTION);
    clock.advance(Duration.ofHours(25));
    assertThat(store.alarms()).isEmpty();
  }
}
