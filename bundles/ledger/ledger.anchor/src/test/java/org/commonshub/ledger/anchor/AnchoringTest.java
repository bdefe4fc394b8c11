package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.api.Anchor.Anchored;
import org.commonshub.ledger.api.Stage;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnchoringTest {
  private static final long FIRST = Anchoring.quarter(FakeHubClock.START) - 1;
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final MemoryJournal journal = new MemoryJournal(new FakeIdentity("a"), clock);
  private final Map<String, org.commonshub.ledger.api.Ledger> ledgers = new TreeMap<>();
  private final FakeLedger ledger = new FakeLedger();
  private final Troubles troubles = new Troubles(journal);
  private Anchoring anchoring;

  @BeforeEach
  void open() throws IOException {
    ledgers.put("one", ledger);
    reopen(1);
  }

  private void reopen(long every) throws IOException {
    if (anchoring != null) {
      anchoring.close();
    }
    anchoring =
        new Anchoring(directory, clock, journal, every, ledgers, troubles, Runnable::run, null);
  }

  @AfterEach
  void close() throws IOException {
    anchoring.close();
  }

  private static String key(long after) {
    return "anchor/" + (FIRST + after);
  }

  @Test
  void anEmptyJournalIsNotAnchored() {
    anchoring.tick();
    assertThat(ledger.taken).isEmpty();
    assertThat(anchoring.problem()).isEmpty();
  }

  @Test
  void oneRootPerQuarterOnEveryLedger() throws Exception {
    FakeLedger second = new FakeLedger();
    ledgers.put("two", second);
    for (int minute = 0; minute < 60; minute++) {
      journal.fill("m" + minute, 1);
      anchoring.tick();
      clock.advance(MINUTE);
    }
    assertThat(ledger.keys())
        .containsExactly(key(0), key(1), key(2), key(3), key(4))
        .isEqualTo(second.keys());
    assertThat(anchoring.recent(3))
        .hasSize(3)
        .allSatisfy(a -> assertThat(a.aggregator()).isEmpty())
        .extracting(a -> a.status().key())
        .containsExactly(key(4), key(4), key(3));
  }

  @Test
  void whatDoesNotChangeIsNotAnchoredAgain() {
    journal.fill("x", 3);
    for (int quarter = 0; quarter < 8; quarter++) {
      anchoring.tick();
      clock.advance(Anchoring.QUARTER);
    }
    assertThat(ledger.keys()).containsExactly(key(0));
  }

  @Test
  void aRestartAnchorsNoQuarterTwice() throws Exception {
    journal.fill("x", 3);
    anchoring.tick();
    journal.fill("y", 3);
    reopen(1);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0));
    clock.advance(Anchoring.QUARTER);
    reopen(1);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0), key(1));
  }

  @Test
  void whatACrashLeftBetweenWritingAndSubmittingIsMadeUpFor() throws Exception {
    ledger.broken = true;
    journal.fill("x", 3);
    anchoring.tick();
    assertThat(anchoring.problem()).hasValueSatisfying(p -> assertThat(p).contains("disk is full"));
    ledger.broken = false;
    reopen(1);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0));
    assertThat(anchoring.problem()).isEmpty();
  }

  @Test
  void afterWeeksWithoutALedgerTheNewestRootCoversEverything() throws Exception {
    ledgers.clear();
    for (int quarter = 0; quarter < 3 * 7 * 96; quarter++) {
      journal.fill("q" + quarter, 1);
      if (quarter % 50 == 0) {
        anchoring.tick();
      }
      clock.advance(Anchoring.QUARTER);
    }
    assertThat(anchoring.problem()).as("no ledger is the owner's choice").isEmpty();
    assertThat(anchoring.recent(1)).isEmpty();
    ledgers.put("one", ledger);
    anchoring.tick();
    assertThat(ledger.taken).hasSize(1);
    assertThat(anchoring.covering(0)).hasSize(1);
    assertThat(anchoring.problem()).isEmpty();
  }

  @Test
  void theClockSetBackDoesNotReuseANumber() throws Exception {
    journal.fill("x", 1);
    anchoring.tick();
    clock.step(Instant.parse("2020-01-01T00:00:00Z"));
    journal.fill("y", 1);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0));
    clock.advance(Anchoring.QUARTER);
    anchoring.tick();
    clock.advance(MINUTE);
    journal.fill("z", 1);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0), key(1));
    clock.advance(Anchoring.QUARTER);
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0), key(1), key(2));
    clock.step(FakeHubClock.START.plus(Duration.ofDays(1)));
    journal.fill("later", 1);
    anchoring.tick();
    assertThat(ledger.keys()).hasSize(4).endsWith(key(96));
  }

  @Test
  void longerIntervalsKeepTheNumbersOfQuarters() throws Exception {
    reopen(4);
    for (int quarter = 0; quarter < 12; quarter++) {
      journal.fill("q" + quarter, 1);
      anchoring.tick();
      clock.advance(Anchoring.QUARTER);
    }
    assertThat(ledger.keys()).hasSize(4);
  }

  @Test
  void theOldestAnchorOverAnEntryIsFoundOnEachLedger() throws Exception {
    FakeLedger late = new FakeLedger();
    for (int quarter = 0; quarter < 100; quarter++) {
      if (quarter == 60) {
        ledgers.put("late", late);
      }
      journal.fill("q" + quarter, 2);
      anchoring.tick();
      ledger.all(Stage.INCLUDED);
      clock.advance(Anchoring.QUARTER);
    }
    for (long index : new long[] {0, 1, 2, 31, 198, 199}) {
      assertThat(anchoring.covering(index))
          .filteredOn(a -> a.ledger().equals("one"))
          .singleElement()
          .extracting(Anchored::size)
          .isEqualTo(index / 2 * 2 + 2);
    }
    assertThat(anchoring.covering(0))
        .filteredOn(a -> a.ledger().equals("late"))
        .singleElement()
        .extracting(Anchored::size)
        .isEqualTo(122L);
    assertThat(anchoring.covering(200)).isEmpty();
  }

  @Test
  void aProofAloneIsAsTheContractSays() throws Exception {
    journal.fill("x", 3);
    anchoring.tick();
    Anchored anchored = anchoring.covering(1).get(0);
    assertThat(anchoring.proof(anchored)).isEmpty();
    ledger.all(Stage.INCLUDED);
    Map<?, ?> proof = (Map<?, ?>) Cbor.decode(anchoring.proof(anchored).orElseThrow());
    assertThat(proof.get(1L)).isEqualTo("Fake, net 1");
    assertThat(proof.get(2L)).isEqualTo(key(0));
    assertThat((byte[]) proof.get(3L)).isEqualTo(journal.checkpoint().root());
    assertThat(proof.get(4L)).isEqualTo(List.of());
    assertThat((byte[]) proof.get(5L)).asString().isEqualTo("proof of " + key(0));
  }

  @Test
  void aRestoredBackupGoesOnWithItsOwnRows() throws Exception {
    for (int quarter = 0; quarter < 4; quarter++) {
      journal.fill("q" + quarter, 2);
      anchoring.tick();
      clock.advance(Anchoring.QUARTER);
    }
    journal.cut(5, 2);
    journal.fill("restored", 1);
    anchoring.tick();
    assertThat(ledger.keys()).hasSize(5).endsWith(key(4));
    assertThat(anchoring.covering(5)).extracting(Anchored::size).containsExactly(6L);
    assertThat(anchoring.recent(100)).hasSize(4);
  }

  @Test
  void aNumberThatTheLedgerHadBeforeIsPassedOver() throws Exception {
    ledger.submit(key(0), org.commonshub.ledger.api.SubmissionKind.ROOT, new byte[32]);
    ledger.stages.remove(key(0)); // the outbox looks it up only when it takes it
    journal.fill("x", 1);
    anchoring.tick();
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0), key(1));
  }

  @Test
  void aTornLastRowIsCutOffAndADamagedOneNamed() throws Exception {
    for (int quarter = 0; quarter < 3; quarter++) {
      journal.fill("q" + quarter, 2);
      anchoring.tick();
      clock.advance(Anchoring.QUARTER);
    }
    Path file = directory.resolve("anchors");
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).hasSize(3 * 64);
    for (int cut = 0; cut < 64; cut++) {
      anchoring.close();
      Files.write(file, java.util.Arrays.copyOf(bytes, 2 * 64 + cut));
      reopen(1);
      assertThat(anchoring.recent(10)).hasSize(2);
    }
    bytes[64 + 3] ^= 1;
    anchoring.close();
    Files.write(file, bytes);
    reopen(1);
    anchoring.tick();
    journal.fill("more", 1);
    anchoring.tick();
    assertThat(anchoring.recent(10)).isNotEmpty();
  }

  @Test
  void aLedgerThatIsAwayForAWeekGetsADayOfRootsAndTheNewest() throws Exception {
    for (int quarter = 0; quarter < 7 * 96; quarter++) {
      journal.fill("q" + quarter, 1);
      anchoring.tick();
      clock.advance(Anchoring.QUARTER);
    }
    assertThat(ledger.keys()).hasSize(96).endsWith(key(95));
    ledger.all(Stage.FINAL);
    anchoring.tick();
    assertThat(ledger.keys()).hasSize(97).endsWith(key(7 * 96 - 1));
    assertThat(anchoring.covering(500)).extracting(Anchored::size).containsExactly(7 * 96L);
  }

  @Test
  void aRefusedRootIsNamedAndTheNextOneTried() throws Exception {
    journal.fill("x", 1);
    anchoring.tick();
    ledger.all(Stage.REJECTED);
    anchoring.tick();
    assertThat(anchoring.problem())
        .hasValueSatisfying(p -> assertThat(p).contains("one refused the last root"));
    assertThat(anchoring.covering(0)).isEmpty();
    clock.advance(Anchoring.QUARTER);
    journal.fill("y", 1);
    anchoring.tick();
    anchoring.tick();
    assertThat(ledger.keys()).containsExactly(key(0), key(1));
    assertThat(anchoring.problem()).isEmpty();
  }

  @Test
  void problemsOfLedgersAreToldByName() {
    ledger.problem = "The node does not answer.";
    assertThat(anchoring.problem()).hasValue("one: The node does not answer.");
  }
}
