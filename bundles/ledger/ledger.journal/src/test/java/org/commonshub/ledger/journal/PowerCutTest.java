package org.commonshub.ledger.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.Test;

/** The power goes at every single write and flush; what was acknowledged is there afterwards. */
class PowerCutTest {
  private final FakeIdentity identity = new FakeIdentity("hub");

  private final FakeHubClock clock = new FakeHubClock();

  /** What the work had been told before the power went. */
  private static final class Told {
    final List<byte[]> entries = new ArrayList<>();
    final Set<Long> erasing = new HashSet<>();
    final Set<Long> erased = new HashSet<>();
    Optional<Checkpoint> signed = Optional.empty();
  }

  private Store open(Disk disk, Alarms alarms) throws IOException {
    return new Store(disk, clock, identity, alarms, false);
  }

  private static byte[] content(long number) {
    return Cbor.encode(List.of("entry", number, new byte[(int) (number % 50)]));
  }

  private void work(Store store, Told told, int rounds) throws IOException {
    for (int i = 0; i < rounds; i++) {
      clock.advance(Duration.ofSeconds(1));
      byte[] content = content(told.entries.size());
      long index = store.append(EntryKind.READINGS, content);
      while (told.entries.size() < index) {
        told.entries.add(null); // an entry of the hub's own, or one that was not acknowledged
      }
      told.entries.add(content);
      if (i % 3 == 2) {
        told.signed = Optional.of(store.checkpoint());
      }
      if (i % 5 == 4) {
        told.erasing.add(index - 2);
        told.erasing.add(index);
        store.erase(List.of(index - 2, index).stream().filter(n -> known(told, n)).toList());
        told.erased.addAll(told.erasing);
      }
    }
  }

  private static boolean known(Told told, long index) {
    return told.entries.get((int) index) != null;
  }

  private void examine(Store store, Told told, Alarms alarms, String when) throws Exception {
    assertThat(alarms.list()).as(when).isEmpty();
    assertThat(store.size()).as(when).isGreaterThanOrEqualTo(told.entries.size());
    for (int i = 0; i < told.entries.size(); i++) {
      byte[] content = told.entries.get(i);
      if (content != null) {
        Optional<byte[]> found = store.content(i).bytes();
        if (told.erased.contains((long) i)) {
          assertThat(found).as(when).isEmpty();
        } else if (!told.erasing.contains((long) i)) {
          assertThat(found).as("%s, entry %d", when, i).hasValue(content);
        }
      }
    }
    if (told.signed.isPresent()) {
      Checkpoint before = told.signed.get();
      assertThat(store.epoch()).isEqualTo(before.epoch());
      assertThat(
              MerkleTree.verifyConsistency(
                  before.size(),
                  before.root(),
                  store.size(),
                  store.root(store.size()),
                  store.consistency(before.size(), store.size())))
          .as(when)
          .isTrue();
    }
    assertThat(store.check(() -> false)).as(when).isZero();
    assertThat(alarms.list()).as(when).isEmpty();
    long index = store.append(EntryKind.ORDER, content(99));
    assertThat(
            new ReceiptVerifier(Optional.of(identity.did()))
                .receipt(store.receipt(index, List.of()))
                .sound())
        .as(when)
        .isTrue();
  }

  @Test
  void atEveryOperation() throws Exception {
    FlakyDisk whole = new FlakyDisk(1);
    work(open(whole, new Alarms()), new Told(), 14);
    long operations = whole.operations();
    assertThat(operations).isGreaterThan(80);
    for (long cut = 1; cut <= operations; cut++) {
      for (int variant = 0; variant < 4; variant++) {
        String when = "cut at " + cut + ", variant " + variant;
        FlakyDisk disk = new FlakyDisk(cut * 31 + variant).cutAt(cut);
        Told told = new Told();
        try {
          work(open(disk, new Alarms()), told, 14);
        } catch (FlakyDisk.PowerCut e) {
          // As planned.
        }
        FlakyDisk back = disk.back();
        if (variant == 3) {
          // And once more while it starts.
          try {
            work(open(back.cutAt(1 + cut % 12), new Alarms()), told, 2);
          } catch (FlakyDisk.PowerCut e) {
            back = back.back();
          }
        }
        Alarms alarms = new Alarms();
        examine(open(back, alarms), told, alarms, when);
      }
    }
    System.out.println(operations * 4 + " power cuts, nothing acknowledged lost");
  }

  @Test
  void aDiskThatRefusesOnceLosesNothingAndRepeatsNothing() throws Exception {
    for (long fail = 1; fail <= 60; fail++) {
      FlakyDisk disk = new FlakyDisk(fail);
      Alarms alarms = new Alarms();
      Store store = open(disk, alarms);
      Told told = new Told();
      disk.failAt(fail);
      int refused = 0;
      while (told.entries.size() < 12) {
        try {
          work(store, told, 1);
        } catch (IOException e) {
          refused++;
        }
      }
      assertThat(refused).isLessThanOrEqualTo(1);
      String when = "refused at " + fail;
      examine(store, told, alarms, when);
      Alarms again = new Alarms();
      examine(open(disk.back(), again), told, again, when + ", started again");
    }
  }
}
