package org.commonshub.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad days, one at a time. */
class OutboxTest {
  @TempDir Path temp;
  private final FakeHubClock clock = new FakeHubClock();
  private final FakeLedger ledger = new FakeLedger("test");
  private final FakeLedgerClient client = new FakeLedgerClient(ledger);
  private final List<Status> heard = new ArrayList<>();
  private TornLog log;
  private Outbox outbox;

  @BeforeEach
  void open() throws IOException {
    log = new TornLog(temp.resolve("log"), new Random(1), 0);
    outbox = new Outbox("fake", log, clock, Duration.ofHours(6), heard::add);
    outbox.client(client);
  }

  @AfterEach
  void close() throws IOException {
    outbox.closeLog();
  }

  private void reopen() throws IOException {
    outbox.closeLog();
    open();
  }

  private void steps(int count) {
    for (int i = 0; i < count; i++) {
      outbox.step();
    }
  }

  /** Lets time pass, in steps as the thread would make them. */
  private void pass(Duration time) {
    long until = clock.monotonicNanos() + time.toNanos();
    while (clock.monotonicNanos() < until) {
      long left = outbox.step();
      if (left > 0) {
        clock.advance(Duration.ofNanos(Math.min(left, until - clock.monotonicNanos())));
      }
    }
  }

  private Stage stage(String key) {
    return outbox.status(key).orElseThrow().stage();
  }

  private static Submission root(String key) throws Exception {
    return OutboxProcess.submission(key);
  }

  @Test
  void theGoodWay() throws Exception {
    assertThat(outbox.submit(root("s/1")).stage()).isEqualTo(Stage.ACCEPTED);
    pass(Duration.ofSeconds(2));
    assertThat(outbox.prove("s/1")).isEmpty();
    ledger.mine(1);
    pass(Duration.ofSeconds(10));
    assertThat(stage("s/1")).isEqualTo(Stage.INCLUDED);
    ledger.mine(FakeLedger.FINALITY);
    pass(Duration.ofMinutes(1));
    Status status = outbox.status("s/1").orElseThrow();
    assertThat(status.stage()).isEqualTo(Stage.FINAL);
    assertThat(status.reference()).isPresent();
    assertThat(status.position()).contains(0L);
    assertThat(status.cost()).contains(1L);
    assertThat(ledger.verify("s/1", outbox.prove("s/1").orElseThrow())).isTrue();
    assertThat(heard)
        .extracting(Status::stage)
        .containsExactly(Stage.ACCEPTED, Stage.INCLUDED, Stage.FINAL);
    assertThat(outbox.problem()).isEmpty();
    assertThat(outbox.description().technology()).isEqualTo("fake");
    reopen();
    assertThat(outbox.status("s/1")).contains(status);
    assertThat(ledger.verify("s/1", outbox.prove("s/1").orElseThrow())).isTrue();
    assertThat(outbox.recent(5)).containsExactly(status);
  }

  @Test
  void oneKeyIsOneEffect() throws Exception {
    outbox.submit(root("s/2"));
    assertThat(outbox.submit(root("s/2")).key()).isEqualTo("s/2");
    assertThatThrownBy(
            () ->
                outbox.submit(
                    new Submission("s/2", SubmissionKind.ROOT, new byte[32], new byte[0])))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> outbox.submit(root("s/1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rise");
    assertThat(outbox.status("s/3")).isEmpty();
  }

  @Test
  void aRefusedOneDoesNotHoldUpOthers() throws Exception {
    outbox.submit(new Submission("round-1", SubmissionKind.SETTLEMENT, new byte[32], new byte[9]));
    outbox.submit(root("s/1"));
    ledger.instant(true);
    pass(Duration.ofMinutes(1));
    assertThat(stage("round-1")).isEqualTo(Stage.REJECTED);
    assertThat(outbox.status("round-1").orElseThrow().problem()).isPresent();
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
  }

  @Test
  void aWeekWithoutANetworkIsOneWarningAndDrainsInOrder() throws Exception {
    client.cut(true);
    for (int i = 1; i <= 7 * 96; i++) {
      outbox.submit(root("s/" + i));
      pass(Duration.ofMinutes(15));
    }
    assertThat(outbox.problem().orElseThrow()).contains("does not answer");
    long calls = client.calls();
    assertThat(calls).as("tried every quarter of an hour at most, once backed off").isLessThan(800);
    client.cut(false);
    reopen();
    for (int i = 0; i < 7 * 96; i++) {
      pass(Duration.ofSeconds(30));
      ledger.mine(1);
    }
    pass(Duration.ofMinutes(40));
    assertThat(ledger.keys()).hasSize(7 * 96);
    for (int i = 1; i <= 7 * 96; i++) {
      assertThat(ledger.keys().get(i - 1)).isEqualTo("s/" + i);
      assertThat(ledger.paid("s/" + i)).isEqualTo(1);
      assertThat(stage("s/" + i)).isEqualTo(Stage.FINAL);
    }
  }

  @Test
  void anEmptyAccountAPauseAndAHighPriceAreNamedAndWaitedFor() throws Exception {
    ledger.funded(false);
    outbox.submit(root("s/1"));
    pass(Duration.ofHours(2));
    assertThat(outbox.problem().orElseThrow()).contains("empty");
    assertThat(outbox.status("s/1").orElseThrow().problem()).isPresent();
    ledger.funded(true);
    ledger.paused(true);
    pass(Duration.ofHours(1));
    assertThat(outbox.problem().orElseThrow()).contains("paused");
    ledger.paused(false);
    ledger.price(100);
    ledger.limit(50);
    pass(Duration.ofHours(1));
    assertThat(outbox.problem().orElseThrow()).contains("limit");
    ledger.price(1);
    pass(Duration.ofMinutes(20));
    ledger.mine(4);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(outbox.problem()).isEmpty();
    assertThat(ledger.paid("s/1")).isEqualTo(1);
  }

  @Test
  void aPriceTimesAHundredIsReplacedAndPaidOnce() throws Exception {
    outbox.submit(root("s/1"));
    pass(Duration.ofSeconds(3));
    ledger.price(100);
    pass(Duration.ofMinutes(10));
    ledger.mine(4);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(outbox.status("s/1").orElseThrow().cost()).contains(100L);
    assertThat(ledger.paid("s/1")).isEqualTo(1);
  }

  @Test
  void aReorganisationPastFinalIsAnAlarmAndMended() throws Exception {
    ledger.instant(true);
    outbox.submit(root("s/1"));
    pass(Duration.ofMinutes(1));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    ledger.instant(false);
    ledger.reorganise(5, false);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.ACCEPTED);
    assertThat(outbox.problem().orElseThrow()).contains("forgot");
    assertThat(outbox.status("s/1").orElseThrow().problem().orElseThrow()).contains("final");
    reopen();
    assertThat(outbox.problem().orElseThrow()).contains("forgot");
    ledger.mine(4);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(outbox.problem()).isEmpty();
    assertThat(heard)
        .extracting(Status::stage)
        .containsExactly(Stage.ACCEPTED, Stage.FINAL, Stage.ACCEPTED, Stage.FINAL);
  }

  @Test
  void twoHubsWithOneKeyStopUntilAPersonResumes() throws Exception {
    ledger.instant(true);
    outbox.submit(root("s/1"));
    pass(Duration.ofMinutes(1));
    ledger.stranger("other/1", new byte[32]);
    outbox.submit(root("s/2"));
    pass(Duration.ofHours(1));
    assertThat(outbox.problem().orElseThrow()).contains("person");
    reopen();
    pass(Duration.ofHours(1));
    assertThat(outbox.problem().orElseThrow()).contains("person");
    assertThat(stage("s/2")).isEqualTo(Stage.ACCEPTED);
    outbox.resume();
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/2")).isEqualTo(Stage.FINAL);
    assertThat(outbox.problem()).isEmpty();
  }

  @Test
  void aWrongNetworkIsNamed() throws Exception {
    outbox.client(new FakeLedgerClient("fake", ledger, "another"));
    outbox.submit(root("s/1"));
    pass(Duration.ofHours(1));
    assertThat(outbox.problem().orElseThrow()).contains("not another");
    outbox.client(client);
    ledger.instant(true);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
  }

  @Test
  void aRestoredBackupLooksForEffectsFirst() throws Exception {
    ledger.instant(true);
    outbox.submit(root("s/1"));
    client.cut(true);
    pass(Duration.ofSeconds(1));
    byte[] backup = Files.readAllBytes(temp.resolve("log"));
    client.cut(false);
    pass(Duration.ofMinutes(1));
    assertThat(ledger.paid("s/1")).isEqualTo(1);
    // Another device, with the copy only.
    outbox.closeLog();
    Files.delete(temp.resolve("log"));
    open();
    Path copy = Files.write(temp.resolve("copy"), backup);
    outbox.absorb(new Log(copy));
    pass(Duration.ofMinutes(1));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(ledger.paid("s/1")).isEqualTo(1);
    reopen();
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
  }

  @Test
  void aFullDiskTakesNothingAndSendsNothing() throws Exception {
    outbox.submit(root("s/1"));
    log.refuses = true;
    assertThatThrownBy(() -> outbox.submit(root("s/2")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("disk");
    pass(Duration.ofMinutes(1));
    ledger.mine(1);
    assertThat(ledger.keys()).isEmpty();
    assertThat(outbox.problem().orElseThrow()).contains("disk");
    log.refuses = false;
    ledger.instant(true);
    pass(Duration.ofMinutes(20));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(outbox.problem()).isEmpty();
    reopen();
    assertThat(outbox.status("s/2")).isEmpty();
    outbox.submit(root("s/2"));
  }

  @Test
  void oldOnesAreForgottenAndTheirKeysKnown() throws Exception {
    ledger.instant(true);
    outbox.submit(new Submission("round-1", SubmissionKind.SETTLEMENT, new byte[32], new byte[9]));
    for (int i = 1; i <= 20; i++) {
      outbox.submit(root("s/" + i));
      outbox.submit(root("plain" + i));
    }
    pass(Duration.ofMinutes(5));
    clock.advance(Duration.ofDays(36));
    outbox.submit(root("s/21"));
    pass(Duration.ofMinutes(5));
    for (int turn = 0; turn < 2; turn++) {
      assertThat(outbox.recent(100)).hasSize(1);
      assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
      assertThat(stage("plain7")).isEqualTo(Stage.FINAL);
      assertThat(stage("round-1")).isEqualTo(Stage.REJECTED);
      assertThat(outbox.submit(root("plain7")).stage()).isEqualTo(Stage.FINAL);
      assertThatThrownBy(
              () ->
                  outbox.submit(
                      new Submission("plain7", SubmissionKind.ROOT, new byte[32], new byte[0])))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(outbox.status("s/22")).isEmpty();
      reopen();
    }
    outbox.submit(root("s/22"));
    pass(Duration.ofMinutes(5));
    assertThat(stage("s/22")).isEqualTo(Stage.FINAL);
  }

  @Test
  void aClientThatThrowsHangsOrTalksNonsenseHarmsNobody() throws Exception {
    outbox.submit(root("s/1"));
    LedgerClient[] bad = {
      new Bad() {
        @Override
        public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last) {
          throw new IllegalStateException("oops");
        }
      },
      new Bad() {
        @Override
        public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last) {
          return new byte[1 << 20];
        }
      },
      new Bad() {
        @Override
        public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last) {
          return null;
        }
      },
      new Bad() {
        @Override
        public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last)
            throws InterruptedException {
          throw new InterruptedException();
        }
      },
      new Bad() {
        @Override
        public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last) {
          throw new StackOverflowError();
        }
      },
    };
    for (LedgerClient each : bad) {
      outbox.client(each);
      pass(Duration.ofHours(1));
      assertThat(outbox.problem()).isPresent();
      assertThat(stage("s/1")).isEqualTo(Stage.ACCEPTED);
    }
    outbox.client(client);
    ledger.instant(true);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(ledger.paid("s/1")).isEqualTo(1);
  }

  @Test
  void aLieAboutFinalityIsFoundOut() throws Exception {
    outbox.submit(root("s/1"));
    steps(6);
    client.lie(Seen.FINAL);
    pass(Duration.ofSeconds(3));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    ledger.drop();
    pass(Duration.ofMinutes(6));
    assertThat(stage("s/1")).isEqualTo(Stage.ACCEPTED);
    ledger.mine(4);
    pass(Duration.ofMinutes(10));
    assertThat(stage("s/1")).isEqualTo(Stage.FINAL);
    assertThat(ledger.paid("s/1")).isEqualTo(1);
  }

  @Test
  void largeOnesStayOnTheDisk() throws Exception {
    byte[] body = new byte[64 * 1024];
    new Random(5).nextBytes(body);
    List<byte[]> seen = new ArrayList<>();
    outbox.client(
        new Bad() {
          @Override
          public byte[] prepare(Submission s, List<Attempt> open, Optional<byte[]> last) {
            seen.add(s.body());
            return body.clone();
          }

          @Override
          public Observation observe(Submission s, List<Attempt> attempts) {
            seen.add(attempts.get(0).bytes());
            return Observation.of(Seen.PENDING, 0);
          }
        });
    outbox.submit(new Submission("round", SubmissionKind.SETTLEMENT, new byte[32], body));
    pass(Duration.ofMinutes(1));
    reopen();
    assertThat(seen).hasSizeGreaterThan(3).allMatch(each -> Arrays.equals(each, body));
  }

  @Test
  void confirmsAsksTheClient() throws Exception {
    var answer = outbox.confirms(new byte[32], new byte[3]).toCompletableFuture();
    steps(2);
    assertThat(answer.get()).isEmpty();
  }

  /** A client that answers nothing of use. */
  private static class Bad implements LedgerClient {
    @Override
    public LedgerDescription describe() {
      return null;
    }

    @Override
    public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
        throws LedgerException, InterruptedException {
      throw new LedgerException(Kind.NOT_BELIEVED, null);
    }

    @Override
    public void send(Attempt attempt) throws LedgerException, InterruptedException {}

    @Override
    public Observation observe(Submission submission, List<Attempt> attempts)
        throws LedgerException, InterruptedException {
      return null;
    }

    @Override
    public byte[] replace(Submission submission, List<Attempt> stuck)
        throws LedgerException, InterruptedException {
      return new byte[0];
    }
  }
}
