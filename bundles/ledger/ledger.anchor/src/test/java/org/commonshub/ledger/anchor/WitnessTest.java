package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.Journal.Alarm;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub and four neighbours that co-sign for it, in one process. */
class WitnessTest {
  private record Seer(
      FakeIdentity identity, MemoryJournal journal, Troubles troubles, Witness witness) {}

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final Net net = new Net();
  private final FakeIdentity hub = new FakeIdentity("hub");
  private final MemoryJournal journal = new MemoryJournal(hub, clock);
  private final Troubles troubles = new Troubles(journal);
  private final List<Seer> seers = new ArrayList<>();
  private Cosigning cosigning;

  @BeforeEach
  void meet() throws IOException {
    net.meet(hub);
    for (int i = 0; i < 4; i++) {
      seers.add(seer(i));
    }
    cosigning = cosigning(hub, journal, troubles);
  }

  private Seer seer(int number) throws IOException {
    FakeIdentity identity = new FakeIdentity("seer" + number);
    MemoryJournal own = new MemoryJournal(identity, clock);
    Troubles words = new Troubles(own);
    Witness witness =
        new Witness(
            directory.resolve("seen" + number),
            identity,
            new Peers(() -> net.of(identity), identity, null),
            words);
    net.join(identity, Topic.CHECKPOINT, witness);
    return new Seer(identity, own, words, witness);
  }

  private Cosigning cosigning(HubIdentity who, MemoryJournal of, Troubles words) {
    return new Cosigning(
        List.of("seer0", "seer1", "seer2", "seer3").stream()
            .map(name -> new FakeIdentity(name).did())
            .toList(),
        who,
        of,
        clock,
        new Peers(() -> net.of(who), who, null),
        words,
        Runnable::run);
  }

  @Test
  void allFourSignEachStepAndAreAskedOncePerStep() {
    for (int step = 1; step <= 20; step++) {
      journal.fill("s" + step, step);
      cosigning.tick(journal.checkpoint());
      cosigning.tick(journal.checkpoint());
      assertThat(journal.cosignatures()).hasSize(4 * step);
    }
    assertThat(net.asked).isEqualTo(4 * 20);
    assertThat(troubles.text()).isEmpty();
  }

  @Test
  void threeOfFourAreEnoughAndTwoAreNot() {
    net.unplugged.add(seers.get(3).identity().did());
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    cosigning.tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(3);
    assertThat(troubles.text()).isEmpty();
    net.unplugged.add(seers.get(2).identity().did());
    journal.fill("y", 5);
    cosigning.tick(journal.checkpoint());
    cosigning.tick(journal.checkpoint());
    assertThat(troubles.text())
        .hasValueSatisfying(t -> assertThat(t).contains("Only 2 of 4 neighbours co-signed"));
    net.unplugged.clear();
    clock.advance(Duration.ofMinutes(2));
    cosigning.tick(journal.checkpoint());
    cosigning.tick(journal.checkpoint());
    assertThat(troubles.text()).isEmpty();
  }

  @Test
  void whoMustSignOfHowMany() {
    assertThat(List.of(1, 2, 3, 4, 7, 10).stream().map(Cosigning::enough))
        .containsExactly(1, 2, 3, 3, 5, 7);
  }

  @Test
  void aRestartedHubLearnsFromItsWitnessesWhatTheySaw() {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    journal.fill("y", 6);
    cosigning(hub, journal, troubles).tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(8);
    assertThat(troubles.text()).isEmpty();
  }

  @Test
  void aRotatedKeyGoesOnWithTheSameJournal() throws Exception {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    hub.rotate();
    net.meet(hub);
    journal.fill("y", 5);
    cosigning.tick(journal.checkpoint());
    cosigning(hub, journal, troubles).tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(12);
  }

  /** A second hub with the same key, or the same one with another past. */
  private void refused(MemoryJournal forked) throws Exception {
    int before = forked.cosignatures().size();
    Troubles words = new Troubles(forked);
    cosigning(hub, forked, words).tick(forked.checkpoint());
    assertThat(forked.cosignatures()).hasSize(before);
    assertThat(words.text())
        .hasValueSatisfying(t -> assertThat(t).contains("refuses to co-sign", "second hub"));
    assertThat(forked.alarms()).extracting(Alarm::word).contains("two-hubs");
    assertThat(word(forked.hub().get(0))).isEqualTo("witness-refused");
  }

  private static Object word(byte[] entry) throws Exception {
    return ((Map<?, ?>) Cbor.decode(entry)).get(1L);
  }

  private void seersAreAlarmed() throws Exception {
    for (Seer seer : seers) {
      assertThat(seer.troubles().text())
          .hasValueSatisfying(t -> assertThat(t).contains("Anna", "two hubs run with its key"));
      assertThat(seer.journal().hub()).hasSize(1);
      assertThat(word(seer.journal().hub().get(0))).isEqualTo("neighbour-forked");
    }
  }

  @Test
  void aForkOfTheSameSizeIsRefusedAndToldOnBothSides() throws Exception {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    refused(new MemoryJournal(hub, clock).fill("x", 4).fill("other", 1));
    seersAreAlarmed();
  }

  @Test
  void aShorterJournalIsRefusedAndToldOnBothSides() throws Exception {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    refused(new MemoryJournal(hub, clock).fill("x", 4));
    seersAreAlarmed();
  }

  @Test
  void aLongerForkIsRefused() throws Exception {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    refused(new MemoryJournal(hub, clock).fill("x", 4).fill("other", 7));
    // It is on the forked side that the proof cannot be made; who lies about it is found out:
    MemoryJournal liar = new MemoryJournal(hub, clock).fill("x", 4).fill("other", 7);
    byte[] question =
        new WitnessWire.Question(liar.checkpoint().signed(), 5, liar.consistency(5, 11)).encode();
    for (Seer seer : seers) {
      assertThat(
              WitnessWire.Answer.decode(seer.witness().answer(hub.did(), question)).cosignature())
          .isNull();
    }
    seersAreAlarmed();
  }

  @Test
  void aRestoredBackupInANewEpochIsTakenAndTheOldOneNoMore() throws Exception {
    journal.fill("x", 9);
    cosigning.tick(journal.checkpoint());
    MemoryJournal restored = new MemoryJournal(hub, clock).fill("x", 5);
    restored.cut(5, 2);
    restored.fill("new", 1);
    cosigning(hub, restored, troubles).tick(restored.checkpoint());
    assertThat(restored.cosignatures()).hasSize(4);
    assertThat(troubles.text()).isEmpty();
    journal.fill("y", 1);
    cosigning.tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(4);
    seersAreAlarmed();
  }

  @Test
  void whatWasSeenSurvivesARestartOfTheWitness() throws Exception {
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    seers.replaceAll(
        old -> {
          try {
            return seer(seers.indexOf(old));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    refused(new MemoryJournal(hub, clock).fill("x", 4).fill("other", 1));
    seersAreAlarmed();
  }

  @Test
  void nothingIsSignedThatCannotBeRemembered() throws Exception {
    Path blocked = java.nio.file.Files.createDirectories(directory.resolve(".seen0.tmp"));
    java.nio.file.Files.createFile(blocked.resolve("x"));
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(3);
    assertThat(seers.get(0).troubles().text())
        .hasValueSatisfying(t -> assertThat(t).contains("cannot be written"));
  }

  @Test
  void whoIsNotTheOriginOrDidNotSignIsRefused() {
    journal.fill("x", 5);
    Witness witness = seers.get(0).witness();
    byte[] genuine = new WitnessWire.Question(journal.checkpoint().signed(), 0, List.of()).encode();
    String other = seers.get(1).identity().did();
    Checkpoint checkpoint = journal.checkpoint();
    byte[] payload =
        Checkpoint.payload(
            hub.did(), 1, checkpoint.size(), checkpoint.root(), checkpoint.instant());
    byte[] foreign =
        new WitnessWire.Question(
                seers.get(1).identity().sign(SigningPurpose.CHECKPOINT, payload), 0, List.of())
            .encode();
    byte[] otherPurpose =
        new WitnessWire.Question(hub.sign(SigningPurpose.COSIGNATURE, payload), 0, List.of())
            .encode();
    for (Map.Entry<String, byte[]> each :
        List.of(
            Map.entry(other, genuine),
            Map.entry(hub.did(), foreign),
            Map.entry(hub.did(), otherPurpose),
            Map.entry(hub.did(), new byte[] {(byte) 0xf6}),
            Map.entry(hub.did(), new byte[0]))) {
      assertThatThrownBy(() -> witness.answer(each.getKey(), each.getValue()))
          .isInstanceOf(NeighbourException.class)
          .hasMessageContaining("not a checkpoint of yours");
    }
  }

  @Test
  void aWitnessThatSignsSomethingElseIsNotBelieved() {
    net.join(
        seers.get(0).identity(),
        Topic.CHECKPOINT,
        (did, question) ->
            new WitnessWire.Answer(
                    seers
                        .get(0)
                        .identity()
                        .sign(
                            SigningPurpose.COSIGNATURE,
                            Checkpoint.payload(hub.did(), 1, 4, new byte[32], clock.now())),
                    null)
                .encode());
    net.join(
        seers.get(1).identity(),
        Topic.CHECKPOINT,
        (did, question) ->
            new WitnessWire.Answer(null, journal.checkpoint().signed().clone()).encode());
    journal.fill("x", 5);
    cosigning.tick(journal.checkpoint());
    cosigning.tick(journal.checkpoint());
    assertThat(journal.cosignatures()).hasSize(2);
    assertThat(troubles.text())
        .hasValueSatisfying(
            t ->
                assertThat(t)
                    .contains("Only 2 of 4", "it signed something else", "does not take a valid"));
    assertThat(journal.alarms()).isEmpty();
  }
}
