package org.commonshub.ledger.anchor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.anchor.AggregateWire.Head;
import org.commonshub.ledger.anchor.AggregateWire.Promise;
import org.commonshub.ledger.anchor.AggregateWire.Proof;
import org.commonshub.ledger.anchor.AggregateWire.Question;
import org.commonshub.ledger.api.Anchor.Anchored;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A hub and its aggregator, honest and not. */
class AggregationTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock(FakeHubClock.START.plusSeconds(90));
  private final Net net = new Net();
  private final FakeIdentity hub = new FakeIdentity("hub");
  private final MemoryJournal journal = new MemoryJournal(hub, clock);
  private final Troubles troubles = new Troubles(journal);
  private final FakeLedger own = new FakeLedger();
  private final Map<String, Ledger> ledgers = new TreeMap<>(Map.of("own", own));

  private final FakeIdentity gateway = new FakeIdentity("gateway");
  private final FakeLedger theirs = new FakeLedger();
  private final Map<String, Ledger> theirLedgers = new TreeMap<>(Map.of("theirs", theirs));
  private final Troubles theirTroubles = new Troubles(new MemoryJournal(gateway, clock));
  private Aggregator aggregator;
  private Anchoring anchoring;

  @BeforeEach
  void meet() throws IOException {
    net.meet(hub);
    openAggregator();
    openHub();
  }

  private void openAggregator() throws IOException {
    aggregator =
        new Aggregator(directory.resolve("gateway"), gateway, clock, theirLedgers, theirTroubles);
    net.join(gateway, Topic.ROOT, aggregator);
  }

  private void openHub() throws IOException {
    if (anchoring != null) {
      anchoring.close();
    }
    Files.createDirectories(directory.resolve("hub"));
    anchoring =
        new Anchoring(
            directory.resolve("hub"),
            clock,
            journal,
            1,
            ledgers,
            troubles,
            Runnable::run,
            (proofs, thread) ->
                new Aggregation(
                    gateway.did(),
                    hub.did(),
                    directory.resolve("hub/aggregation"),
                    clock,
                    new Peers(() -> net.of(hub), hub, null),
                    ledgers,
                    proofs,
                    troubles,
                    thread));
  }

  @AfterEach
  void close() throws IOException {
    anchoring.close();
  }

  /** So many minutes, with what both hubs do in each. */
  private void run(int minutes) {
    for (int i = 0; i < minutes; i++) {
      anchoring.tick();
      aggregator.tick();
      clock.advance(MINUTE);
    }
    anchoring.tick();
  }

  private void malicious(NeighbourService service) {
    net.join(gateway, Topic.ROOT, service);
  }

  private String trouble() {
    return troubles.text().orElse("");
  }

  private static Object word(byte[] entry) throws Exception {
    return ((Map<?, ?>) Cbor.decode(entry)).get(1L);
  }

  @Test
  void anHonestAggregatorSavesTheHubItsOwnAnchors() throws Exception {
    for (int quarter = 0; quarter < 6; quarter++) {
      journal.fill("q" + quarter, 2);
      run(8);
      theirs.all(Stage.FINAL);
      run(7);
    }
    assertThat(own.taken).isEmpty();
    assertThat(theirs.keys()).hasSize(6).allMatch(key -> key.startsWith("aggregate/"));
    assertThat(trouble()).isEmpty();
    assertThat(anchoring.recent(100)).hasSize(6);
    for (long index = 0; index < 12; index++) {
      Anchored covering = anchoring.covering(index).get(0);
      assertThat(covering.size()).isEqualTo(index / 2 * 2 + 2);
      assertThat(covering.aggregator()).hasValue(gateway.did());
      assertThat(covering.ledger()).isEqualTo("own");
      assertThat(covering.status().stage()).isEqualTo(Stage.FINAL);
      Map<?, ?> proof = (Map<?, ?>) Cbor.decode(anchoring.proof(covering).orElseThrow());
      List<?> path = (List<?>) proof.get(4L);
      assertThat(
              MerkleTree.verifyInclusion(
                  MerkleTree.leaf(covering.root()),
                  (Long) path.get(0),
                  (Long) path.get(1),
                  WitnessWire.hashes(path.get(2)),
                  (byte[]) proof.get(3L)))
          .isTrue();
      assertThat(theirs.taken.get((String) proof.get(2L)).digest())
          .isEqualTo((byte[]) proof.get(3L));
    }
  }

  @Test
  void whileItWaitsTheRootIsShownAsAccepted() {
    journal.fill("x", 2);
    run(1);
    assertThat(anchoring.recent(5))
        .singleElement()
        .satisfies(
            a -> {
              assertThat(a.status().stage()).isEqualTo(Stage.ACCEPTED);
              assertThat(a.aggregator()).hasValue(gateway.did());
              assertThat(anchoring.proof(a)).isEmpty();
            });
  }

  @Test
  void includedIsEnoughAtTheDeadline() {
    journal.fill("x", 2);
    run(8);
    theirs.all(Stage.INCLUDED);
    run(24);
    assertThat(own.taken).isEmpty();
    assertThat(trouble()).isEmpty();
    assertThat(anchoring.covering(0).get(0).status().stage()).isEqualTo(Stage.INCLUDED);
  }

  @Test
  void aSilentAggregatorIsReplacedAtOnceAndAskedAgainLater() throws Exception {
    net.unplugged.add(gateway.did());
    journal.fill("x", 2);
    run(1);
    assertThat(own.taken).hasSize(1);
    assertThat(trouble()).contains("Anna", "does not answer", "alone for the next hour");
    assertThat(word(journal.hub().get(0))).isEqualTo(Aggregation.SILENT);
    int asked = net.asked;
    net.unplugged.clear();
    for (int quarter = 0; quarter < 3; quarter++) {
      run(15);
      journal.fill("q" + quarter, 1);
    }
    assertThat(net.asked).isEqualTo(asked);
    assertThat(own.taken).hasSizeGreaterThanOrEqualTo(3);
    run(20);
    theirs.all(Stage.FINAL);
    run(10);
    assertThat(net.asked).isGreaterThan(asked);
    assertThat(theirs.taken).isNotEmpty();
    assertThat(trouble()).isEmpty();
  }

  @Test
  void withoutALedgerOfItsOwnTheHubSaysThatNobodyKeepsTheRoot() throws Exception {
    ledgers.clear();
    journal.fill("x", 2);
    run(8);
    theirs.all(Stage.FINAL);
    run(7);
    assertThat(trouble()).isEmpty();
    net.unplugged.add(gateway.did());
    journal.fill("y", 2);
    run(2);
    assertThat(trouble()).contains("nobody else keeps the root");
  }

  @Test
  void eachFailureMakesItWaitTwiceAsLong() throws Exception {
    net.unplugged.add(gateway.did());
    journal.fill("x", 1);
    run(0);
    List<Integer> asked = new ArrayList<>(List.of(-1));
    int before = net.asked;
    for (int quarter = 0; quarter < 70; quarter++) {
      journal.fill("q" + quarter, 1);
      run(15);
      if (net.asked > before) {
        asked.add(quarter);
        before = net.asked;
      }
    }
    assertThat(own.taken).hasSize(71);
    for (int i = 1; i < asked.size(); i++) {
      assertThat(asked.get(i) - asked.get(i - 1)).isEqualTo(4 << (i - 1));
    }
    assertThat(journal.hub()).as("one entry per outage").hasSize(1);
  }

  @Test
  void silenceAfterAPromiseEndsAtTheDeadline() throws Exception {
    journal.fill("x", 2);
    run(2);
    net.unplugged.add(gateway.did());
    run(13);
    assertThat(own.taken).isEmpty();
    run(20);
    assertThat(own.taken).hasSize(1);
    assertThat(trouble()).contains("did not show in time");
    assertThat(anchoring.covering(0)).extracting(Anchored::ledger).containsExactly("own");
  }

  @Test
  void aPromisedRootThatWasLostIsNoticed() throws Exception {
    journal.fill("x", 2);
    run(1);
    try (var files = Files.walk(directory.resolve("gateway"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    openAggregator();
    run(31);
    assertThat(own.taken).hasSize(1);
    assertThat(word(journal.hub().get(0))).isEqualTo(Aggregation.LOST);
    assertThat(trouble()).contains("does not have that root");
  }

  @Test
  void aRootThatNeverReachesALedgerIsNoticed() throws Exception {
    journal.fill("x", 2);
    run(31);
    assertThat(theirs.taken).hasSize(1);
    assertThat(own.taken).hasSize(1);
    assertThat(trouble()).contains("its root is on no ledger yet");
  }

  @Test
  void aTreeWithoutTheRootIsALie() throws Exception {
    malicious(
        (did, bytes) -> {
          byte[] answer = aggregator.answer(did, bytes);
          try {
            if (Question.decode(bytes).offer() || Proof.decode(answer).isEmpty()) {
              return answer;
            }
            Proof honest = Proof.decode(answer).orElseThrow();
            Head head = Head.decode(CoseSign1.parse(honest.head()).payload().orElseThrow());
            byte[] lie =
                gateway.sign(
                    SigningPurpose.AGGREGATE,
                    new Head(gateway.did(), head.number(), head.size(), new byte[32]).encode());
            return new Proof(lie, honest.index(), honest.path(), honest.placed()).encode();
          } catch (org.commonshub.identity.api.MalformedCborException e) {
            throw new AssertionError(e);
          }
        });
    journal.fill("x", 2);
    run(6);
    assertThat(own.taken).hasSize(1);
    assertThat(word(journal.hub().get(0))).isEqualTo(Aggregation.LIED);
    assertThat(trouble()).contains("is not in the tree");
  }

  @Test
  void twoTreesForOneQuarterAreEquivocation() throws Exception {
    journal.fill("x", 2);
    run(6); // one tree was seen, not yet on a ledger
    malicious(
        (did, bytes) -> {
          try {
            Head first =
                Head.decode(
                    CoseSign1.parse(
                            Proof.decode(aggregator.answer(did, bytes)).orElseThrow().head())
                        .payload()
                        .orElseThrow());
            byte[] root = Question.decode(bytes).root();
            byte[] leaf = MerkleTree.leaf(root);
            byte[] second =
                gateway.sign(
                    SigningPurpose.AGGREGATE,
                    new Head(gateway.did(), first.number(), 2, MerkleTree.node(leaf, leaf))
                        .encode());
            return new Proof(second, 0, List.of(leaf), List.of()).encode();
          } catch (org.commonshub.identity.api.MalformedCborException e) {
            throw new AssertionError(e);
          }
        });
    run(3);
    assertThat(own.taken).hasSize(1);
    Map<?, ?> entry = (Map<?, ?>) Cbor.decode(journal.hub().get(0));
    assertThat(entry.get(1L)).isEqualTo(Aggregation.TWO_ANSWERS);
    assertThat((byte[]) entry.get(5L)).isNotEqualTo((byte[]) entry.get(6L));
    assertThat(trouble()).contains("two different trees");
  }

  @Test
  void theLedgerItselfIsAskedWhereTheHubHasIt() throws Exception {
    own.confirms = Optional.of(false);
    journal.fill("x", 2);
    run(6);
    theirs.all(Stage.FINAL);
    run(3);
    assertThat(own.taken).hasSize(1);
    assertThat(word(journal.hub().get(0))).isEqualTo(Aggregation.LIED);
    assertThat(trouble()).contains("net 1, where it is not");
  }

  @Test
  void aLedgerThatConfirmsIsBelieved() {
    own.confirms = Optional.of(true);
    journal.fill("x", 2);
    run(6);
    theirs.all(Stage.FINAL);
    run(3);
    assertThat(own.taken).isEmpty();
    assertThat(trouble()).isEmpty();
  }

  @Test
  void promisesThatAreNoneAreRefused() throws Exception {
    FakeIdentity other = new FakeIdentity("other");
    long by = clock.now().plus(Aggregator.PROMISED).toEpochMilli();
    byte[] root = journal.fill("x", 2).checkpoint().root();
    byte[] good = new Promise(gateway.did(), hub.did(), root, by).encode();
    List<byte[]> bad =
        List.of(
            other.sign(SigningPurpose.AGGREGATE, good),
            gateway.sign(SigningPurpose.CHECKPOINT, good),
            gateway.sign(
                SigningPurpose.AGGREGATE,
                new Promise(gateway.did(), hub.did(), new byte[32], by).encode()),
            gateway.sign(
                SigningPurpose.AGGREGATE,
                new Promise(gateway.did(), other.did(), root, by).encode()),
            gateway.sign(
                SigningPurpose.AGGREGATE,
                new Promise(gateway.did(), hub.did(), root, by + 86_400_000).encode()),
            new byte[0],
            new byte[70_000]);
    for (byte[] each : bad) {
      malicious((did, bytes) -> each);
      int before = own.taken.size();
      journal.fill("more", 1);
      run(0);
      assertThat(own.taken.size()).isEqualTo(before + 1);
      assertThat(word(journal.hub().get(0))).isEqualTo(Aggregation.LIED);
      Files.deleteIfExists(directory.resolve("hub/aggregation"));
      clock.advance(Anchoring.QUARTER);
      openHub();
    }
  }

  @Test
  void aRestartedHubGoesOnWaiting() throws Exception {
    journal.fill("x", 2);
    run(1);
    openHub();
    anchoring.tick();
    assertThat(own.taken).isEmpty();
    run(6);
    theirs.all(Stage.FINAL);
    openHub();
    run(3);
    assertThat(own.taken).isEmpty();
    assertThat(trouble()).isEmpty();
    assertThat(anchoring.covering(0)).hasSize(1);
    openHub();
    assertThat(anchoring.covering(0)).hasSize(1);
  }

  @Test
  void anotherAggregatorInTheSettingsTakesNothingOver() throws Exception {
    journal.fill("x", 2);
    run(1);
    anchoring.close();
    anchoring =
        new Anchoring(
            directory.resolve("hub"), clock, journal, 1, ledgers, troubles, Runnable::run, null);
    anchoring.tick();
    assertThat(own.taken).hasSize(1);
  }

  @Test
  void aRestartedAggregatorKeepsItsPromises() throws Exception {
    journal.fill("x", 2);
    run(1);
    openAggregator();
    run(5);
    openAggregator();
    aggregator.tick();
    assertThat(theirs.taken).hasSize(1);
    theirs.all(Stage.FINAL);
    run(3);
    assertThat(own.taken).isEmpty();
    assertThat(trouble()).isEmpty();
  }

  @Test
  void aHubMayBeItsOwnAggregator() throws Exception {
    MemoryJournal theirJournal = new MemoryJournal(gateway, clock).fill("g", 3);
    Files.createDirectories(directory.resolve("g"));
    try (Anchoring self =
        new Anchoring(
            directory.resolve("g"),
            clock,
            theirJournal,
            1,
            theirLedgers,
            theirTroubles,
            Runnable::run,
            (proofs, thread) ->
                new Aggregation(
                    gateway.did(),
                    gateway.did(),
                    directory.resolve("g/aggregation"),
                    clock,
                    new Peers(() -> net.of(gateway), gateway, aggregator),
                    theirLedgers,
                    proofs,
                    theirTroubles,
                    thread))) {
      journal.fill("x", 2);
      for (int i = 0; i < 8; i++) {
        self.tick();
        run(1);
      }
      theirs.all(Stage.FINAL);
      for (int i = 0; i < 4; i++) {
        self.tick();
        run(1);
      }
      assertThat(theirs.keys()).hasSize(1).allMatch(key -> key.startsWith("aggregate/"));
      assertThat(self.covering(0)).hasSize(1);
      assertThat(anchoring.covering(0)).hasSize(1);
    }
  }

  @Test
  void aggregatorsAreBoundedPerHub() throws Exception {
    for (int i = 0; i < Aggregator.PER_HUB; i++) {
      aggregator.answer("did:a", new Question(true, hash("r" + i)).encode());
      aggregator.answer("did:a", new Question(true, hash("r" + i)).encode());
    }
    assertThatThrownBy(() -> aggregator.answer("did:a", new Question(true, hash("x")).encode()))
        .isInstanceOf(NeighbourException.class)
        .hasMessageContaining("enough roots");
    assertThatThrownBy(() -> aggregator.answer("did:b", new Question(false, hash("r1")).encode()))
        .hasMessageContaining("does not have that root");
    assertThatThrownBy(() -> aggregator.answer("did:b", new byte[] {1}))
        .isInstanceOf(NeighbourException.class);
  }

  @Test
  void aNumberThatTheLedgerHadBeforeIsNamedAndTheNextOneWorks() throws Exception {
    long number = Anchoring.quarter(clock.now().minus(Duration.ofMinutes(3)));
    theirs.submit("aggregate/" + number, SubmissionKind.ROOT, new byte[32]);
    theirs.stages.clear(); // the outbox looks it up only when it takes it
    journal.fill("x", 2);
    run(6);
    assertThat(theirTroubles.text().orElse("")).contains("the next tree has the next number");
    run(32);
    assertThat(own.taken).hasSize(1);
    aggregator.answer("did:a", new Question(true, hash("a")).encode());
    run(16);
    assertThat(theirs.taken).hasSize(2);
    assertThat(theirTroubles.text()).isEmpty();
  }

  @Test
  void aThousandHubsCostOneTransaction() throws Exception {
    for (int i = 0; i < 1000; i++) {
      byte[] promise =
          aggregator.answer("did:hub:" + i, new Question(true, hash("root" + i)).encode());
      assertThat(CoseSign1.parse(promise).verify(gateway.key(), SigningPurpose.AGGREGATE)).isTrue();
    }
    clock.advance(Duration.ofMinutes(5));
    aggregator.tick();
    aggregator.tick();
    assertThat(theirs.taken).hasSize(1);
    theirs.all(Stage.FINAL);
    int longest = 0;
    for (int i = 0; i < 1000; i++) {
      byte[] answer =
          aggregator.answer("did:hub:" + i, new Question(false, hash("root" + i)).encode());
      longest = Math.max(longest, answer.length);
      Proof proof = Proof.decode(answer).orElseThrow();
      Head head = Head.decode(CoseSign1.parse(proof.head()).payload().orElseThrow());
      assertThat(head.size()).isEqualTo(1000);
      assertThat(
              MerkleTree.verifyInclusion(
                  MerkleTree.leaf(hash("root" + i)),
                  proof.index(),
                  head.size(),
                  proof.path(),
                  head.root()))
          .isTrue();
      assertThat(theirs.taken.get("aggregate/" + head.number()).digest()).isEqualTo(head.root());
    }
    assertThat(longest).isLessThan(2048);
  }

  private static byte[] hash(String text) {
    return MerkleTree.leaf(text.getBytes(StandardCharsets.UTF_8));
  }
}
