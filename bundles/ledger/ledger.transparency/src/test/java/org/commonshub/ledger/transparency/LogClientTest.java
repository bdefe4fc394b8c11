package org.commonshub.ledger.transparency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a log may not get away with, beyond the kit. */
class LogClientTest {
  private LogServer log;
  private LogClient client;

  @BeforeEach
  void start() throws Exception {
    log = new LogServer("log.example");
    client = client("secret");
  }

  @AfterEach
  void stop() {
    client.close();
    log.close();
  }

  private LogClient client(String token) {
    return new LogClient(
        new LogClient.Settings("log", log.uri(), log.origin, log.key(), "home", () -> token),
        Duration.ofSeconds(9));
  }

  private static Submission submission(int number) {
    return new Submission("s/" + number, SubmissionKind.ROOT, new byte[32], new byte[0]);
  }

  private Attempt sent(int number) throws Exception {
    Attempt attempt =
        new Attempt(
            "s/" + number, 0, client.prepare(submission(number), List.of(), Optional.empty()));
    client.send(attempt);
    return attempt;
  }

  private static void refuses(
      Kind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            LedgerException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  @Test
  void aForgedStateIsNotBelieved() throws Exception {
    Attempt attempt = sent(1);
    log.forging = true;
    refuses(Kind.NOT_BELIEVED, () -> client.observe(submission(1), List.of(attempt)));
  }

  @Test
  void aProofThatDoesNotHoldIsNotBelieved() throws Exception {
    Attempt attempt = sent(1);
    log.liesAboutProofs = true;
    refuses(Kind.NOT_BELIEVED, () -> client.observe(submission(1), List.of(attempt)));
  }

  @Test
  void aLogThatLostEntriesIsNotBelieved() throws Exception {
    sent(1);
    sent(2);
    Attempt third = sent(3);
    log.forget(2);
    refuses(Kind.NOT_BELIEVED, () -> client.observe(submission(3), List.of(third)));
    refuses(
        Kind.NOT_BELIEVED,
        () -> client.prepare(submission(4), List.of(), Optional.of(third.bytes())));
    // A person resumed: the log is taken as it is.
    assertThat(client.prepare(submission(4), List.of(), Optional.empty())).isNotEmpty();
  }

  @Test
  void aLogThatRewroteEntriesIsNotBelieved() throws Exception {
    sent(1);
    Attempt second = sent(2);
    log.forget(2);
    sent(7);
    sent(8);
    sent(9);
    refuses(Kind.NOT_BELIEVED, () -> client.observe(submission(2), List.of(second)));
  }

  @Test
  void aWrongTokenWaitsForAPerson() {
    LogClient other = client("wrong");
    refuses(
        Kind.PAUSED,
        () ->
            other.send(
                new Attempt("s/1", 0, other.prepare(submission(1), List.of(), Optional.empty()))));
    other.close();
  }

  @Test
  void anotherHubsProofIsConfirmedOrNot() throws Exception {
    Attempt attempt = sent(1);
    byte[] proof = client.observe(submission(1), List.of(attempt)).proof().orElseThrow();
    LogClient other =
        new LogClient(
            new LogClient.Settings("log", log.uri(), log.origin, log.key(), "neighbour", () -> ""),
            Duration.ofSeconds(9));
    assertThat(other.confirms(new byte[32], proof)).contains(true);
    byte[] root = new byte[32];
    root[5] = 1;
    assertThat(other.confirms(root, proof)).contains(false);
    proof[proof.length - 9] ^= 1;
    assertThat(other.confirms(new byte[32], proof)).contains(false);
    assertThat(other.confirms(new byte[32], new byte[] {1, 2})).contains(false);
    other.close();
  }

  @Test
  void growsThroughManySizes() throws Exception {
    Attempt first = sent(1);
    for (int i = 2; i <= 33; i++) {
      Attempt attempt = sent(i);
      assertThat(client.observe(submission(1), List.of(first)).seen()).isEqualTo(Seen.FINAL);
      assertThat(client.observe(submission(i), List.of(attempt)).position()).contains((long) i - 1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"a\":null}",
        "{\"a\":1.5}",
        "{\"a\":{\"b\":1}}",
        "{\"a\":[1]}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1} {}",
        "{\"a\":99999999999999999999}"
      })
  void otherAnswersAreMalformed(String json) {
    assertThatThrownBy(() -> Answer.parse(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(Answer.Malformed.class);
  }
}
