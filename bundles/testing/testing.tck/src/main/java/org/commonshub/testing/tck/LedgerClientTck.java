package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What {@code ledger.api} asks of every {@link LedgerClient}, as tests. A client's test class
 * extends this, starts a real ledger before each test (or gives each test an account of its own)
 * and says how that ledger is steered. Hooks that a ledger cannot offer keep their default; the
 * tests that need them say so and are skipped.
 */
@Timeout(180)
public abstract class LedgerClientTck {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** A client may wait 30 s; a busy machine gets as much again. */
  private static final Duration ONE_CALL = Duration.ofSeconds(60);

  private static final long HEAP = 48L * 1024 * 1024;
  private static final int MAX_ATTEMPT = 128 * 1024;
  private static final int MAX_PROOF = 64 * 1024;

  private String stream = "tck";

  // ---------------------------------------------------------------- what a client's author gives

  /**
   * A new client of this test's ledger and account, as after a restart of the hub: it knows nothing
   * of what earlier ones did.
   */
  protected abstract LedgerClient client() throws Exception;

  /** Lets the ledger go on until all it received is final (mines blocks; nothing for a log). */
  protected abstract void settle() throws Exception;

  /**
   * How often the ledger has a submission's effect, asked around the client: 0 or 1, it must be.
   */
  protected abstract int effects(Submission submission) throws Exception;

  /** Whether a proof convinces somebody who trusts what the README says, and not this client. */
  protected abstract boolean verify(Submission submission, byte[] proof) throws Exception;

  /** Cuts the network between client and ledger, or mends it. */
  protected abstract void cut(boolean off) throws Exception;

  /** A client of the same ledger that is configured for another network (chain, log). */
  protected abstract LedgerClient wrongNetwork() throws Exception;

  /**
   * A client that finds its ledger at this address, over plain HTTP, for hostile answers; empty if
   * the ledger is not spoken to over HTTP.
   */
  protected Optional<LedgerClient> clientAt(URI address) throws Exception {
    return Optional.empty();
  }

  /**
   * Whether the ledger receives without taking in (mining off). {@code settle} ends it.
   *
   * @return false if this ledger takes in at once
   */
  protected boolean hold() throws Exception {
    return false;
  }

  /**
   * The ledger forgets what it received and did not take in.
   *
   * @return false if it never does
   */
  protected boolean drop() throws Exception {
    return false;
  }

  /**
   * Makes what waits wait too long by the client's measure (a higher price, time that passes).
   *
   * @return false if nothing can get stuck
   */
  protected boolean stick() throws Exception {
    return false;
  }

  /**
   * Ends and starts the ledger's process with all it holds.
   *
   * @return false if it cannot be restarted
   */
  protected boolean restart() throws Exception {
    return false;
  }

  /**
   * Another hub uses the same account: an effect the client's hub knows nothing of.
   *
   * @return false if the ledger has no accounts in which that can be seen
   */
  protected boolean stranger() throws Exception {
    return false;
  }

  /** Kinds of submissions that this client takes. */
  protected Set<SubmissionKind> kinds() {
    return Set.of(SubmissionKind.ROOT);
  }

  // ---------------------------------------------------------------- tests

  /** Every test writes to a stream of its own, so that tests may share a ledger. */
  @BeforeEach
  void nameStream(TestInfo info) {
    stream =
        "tck-" + Integer.toHexString(info.getDisplayName().hashCode()) + "-" + System.nanoTime();
  }

  @Test
  void describesItselfFromMemory() throws Exception {
    LedgerClient client = client();
    cut(true);
    long start = System.nanoTime();
    for (int i = 0; i < 1_000; i++) {
      client.describe();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .as("1,000 descriptions without a network")
        .isLessThan(Duration.ofSeconds(20));
    cut(false);
    LedgerDescription described = client.describe();
    assertThat(described.name()).isNotBlank().hasSizeLessThanOrEqualTo(64);
    assertThat(described.technology()).isNotBlank().hasSizeLessThanOrEqualTo(64);
    assertThat(described.network()).isNotBlank().hasSizeLessThanOrEqualTo(128);
    assertThat(described.costUnit()).isNotNull();
    assertThat(described.trust()).as("one sentence for people").contains(" ").endsWith(".");
  }

  @Test
  void preparesWithoutSending() throws Exception {
    Submission submission = submission(1);
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    settle();
    assertThat(effects(submission)).isZero();
    assertThat(client().observe(submission, List.of(attempt)).seen()).isEqualTo(Seen.NOTHING);
  }

  @Test
  void whatIsSentIsInAndProven() throws Exception {
    Submission submission = submission(1);
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    Observation there = untilFinal(client, submission, List.of(attempt));
    assertThat(effects(submission)).isEqualTo(1);
    assertThat(there.attempt()).isZero();
    assertThat(there.reference()).isPresent();
    assertThat(there.position()).isPresent();
    assertThat(there.position().get()).isNotNegative();
    if (!client.describe().costUnit().isEmpty()) {
      assertThat(there.cost()).isPresent();
    }
    assertThat(there.proof()).isPresent();
    byte[] proof = there.proof().get();
    assertThat(proof.length).isLessThanOrEqualTo(MAX_PROOF);
    assertThat(verify(submission, proof)).as("proof").isTrue();
    Submission other =
        new Submission(submission.key(), submission.kind(), digest("x"), new byte[0]);
    assertThat(verify(other, proof)).as("proof for another digest").isFalse();
  }

  @Test
  void sentTwiceIsOneEffect() throws Exception {
    Submission submission = submission(1);
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    client().send(attempt);
    client().send(attempt);
    untilFinal(client(), submission, List.of(attempt));
    client().send(attempt);
    settle();
    assertThat(effects(submission)).isEqualTo(1);
    assertThat(client().observe(submission, List.of(attempt)).seen()).isEqualTo(Seen.FINAL);
  }

  @Test
  void twoAttemptsPreparedApartAreOneEffect() throws Exception {
    Submission submission = submission(1);
    Attempt first = prepare(client(), submission, List.of(), Optional.empty());
    client().send(first);
    LedgerClient later = client();
    Attempt second =
        new Attempt(
            submission.key(),
            1,
            later.prepare(submission, List.of(first), Optional.of(first.bytes())));
    trySend(later, second);
    Observation there = untilFinal(client(), submission, List.of(first, second));
    assertThat(there.attempt()).isBetween(0, 1);
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void aCrashBeforeSendingIsSeenAndMended() throws Exception {
    Submission submission = submission(1);
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    LedgerClient after = client();
    assertThat(after.observe(submission, List.of(attempt)).seen()).isEqualTo(Seen.NOTHING);
    after.send(attempt);
    untilFinal(client(), submission, List.of(attempt));
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void theEffectIsFoundWithoutAttempts() throws Exception {
    Submission submission = submission(1);
    assertThat(client().observe(submission, List.of()).seen()).isEqualTo(Seen.NOTHING);
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    assertThat(client().observe(submission, List.of()).seen()).isIn(Seen.INCLUDED, Seen.FINAL);
    assertThat(client().observe(submission(2), List.of()).seen()).isEqualTo(Seen.NOTHING);
  }

  @Test
  void inTheOrderOfSending() throws Exception {
    LedgerClient client = client();
    List<Submission> submissions = new ArrayList<>();
    List<Attempt> open = new ArrayList<>();
    Optional<byte[]> last = Optional.empty();
    for (int i = 1; i <= 5; i++) {
      Submission submission = submission(i);
      Attempt attempt = prepare(client, submission, open, last);
      client.send(attempt);
      submissions.add(submission);
      open.add(attempt);
      last = Optional.of(attempt.bytes());
    }
    long before = -1;
    for (int i = 0; i < 5; i++) {
      Observation there = untilFinal(client, submissions.get(i), List.of(open.get(i)));
      assertThat(there.position().orElseThrow()).isGreaterThanOrEqualTo(before);
      before = there.position().get();
      assertThat(effects(submissions.get(i))).isEqualTo(1);
    }
  }

  @Test
  void aReplacementTakesThePlace() throws Exception {
    Submission submission = submission(1);
    boolean held = hold();
    LedgerClient client = client();
    Attempt first = prepare(client, submission, List.of(), Optional.empty());
    client.send(first);
    if (held && stick()) {
      assertThat(client().observe(submission, List.of(first)).seen()).isEqualTo(Seen.STUCK);
    }
    Attempt second =
        new Attempt(submission.key(), 1, checked(client().replace(submission, List.of(first))));
    trySend(client(), second);
    trySend(client(), first);
    Observation there = untilFinal(client(), submission, List.of(first, second));
    assertThat(there.attempt()).isBetween(0, 1);
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void whatTheLedgerDroppedIsSentAgain() throws Exception {
    Submission submission = submission(1);
    assumeTrue(hold(), "skipped: this ledger takes in at once");
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    assertThat(client.observe(submission, List.of(attempt)).seen()).isEqualTo(Seen.PENDING);
    assumeTrue(drop(), "skipped: this ledger drops nothing");
    assertThat(client.observe(submission, List.of(attempt)).seen()).isEqualTo(Seen.NOTHING);
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void aRestartOfTheLedgerLosesNothing() throws Exception {
    Submission submission = submission(1);
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    assumeTrue(restart(), "skipped: this ledger cannot be restarted");
    assertThat(untilFinal(client, submission, List.of(attempt)).seen()).isEqualTo(Seen.FINAL);
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void oneKeyKeepsItsFirstDigest() throws Exception {
    Submission submission = submission(1);
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    Submission other =
        new Submission(submission.key(), submission.kind(), digest("other"), new byte[0]);
    Seen seen;
    try {
      Attempt wrong = prepare(client(), other, List.of(), Optional.of(attempt.bytes()));
      client().send(wrong);
      settle();
      seen = client().observe(other, List.of(wrong)).seen();
    } catch (LedgerException e) {
      assertThat(e.kind()).isEqualTo(Kind.REFUSED);
      forPeople(e);
      seen = Seen.FAILED;
    }
    assertThat(seen).isEqualTo(Seen.FAILED);
    assertThat(effects(submission)).isEqualTo(1);
    assertThat(effects(other)).isZero();
  }

  @Test
  void withoutANetworkItSaysSoAndGoesOnAfterwards() throws Exception {
    Submission submission = submission(1);
    LedgerClient client = client();
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    cut(true);
    refused(Kind.UNREACHABLE, () -> client.send(attempt));
    refused(Kind.UNREACHABLE, () -> client.observe(submission, List.of(attempt)));
    refused(
        Kind.UNREACHABLE,
        () -> client.prepare(submission(2), List.of(attempt), Optional.of(attempt.bytes())));
    cut(false);
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    assertThat(effects(submission)).isEqualTo(1);
  }

  @Test
  void anotherNetworkIsNotTouched() throws Exception {
    Submission submission = submission(1);
    LedgerClient wrong = wrongNetwork();
    refused(Kind.WRONG_NETWORK, () -> wrong.prepare(submission, List.of(), Optional.empty()));
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    refused(Kind.WRONG_NETWORK, () -> wrong.send(attempt));
    refused(Kind.WRONG_NETWORK, () -> wrong.observe(submission, List.of(attempt)));
    settle();
    assertThat(effects(submission)).isZero();
  }

  @Test
  void aSecondHubWithTheSameKeyIsNoticed() throws Exception {
    LedgerClient client = client();
    Submission submission = submission(1);
    Attempt attempt = prepare(client, submission, List.of(), Optional.empty());
    client.send(attempt);
    untilFinal(client, submission, List.of(attempt));
    assumeTrue(stranger(), "skipped: this ledger has no accounts");
    settle();
    refused(
        Kind.AHEAD, () -> client.prepare(submission(2), List.of(), Optional.of(attempt.bytes())));
    // A person said that it is alright: as if it were the first.
    Attempt resumed = prepare(client(), submission(2), List.of(), Optional.empty());
    client().send(resumed);
    untilFinal(client(), submission(2), List.of(resumed));
  }

  @Test
  void whatItCannotKeepIsRefused() throws Exception {
    LedgerClient client = client();
    for (SubmissionKind kind : SubmissionKind.values()) {
      if (!kinds().contains(kind)) {
        Submission submission =
            new Submission(stream + "/" + kind, kind, digest(kind.name()), new byte[] {1});
        refused(Kind.REFUSED, () -> client.prepare(submission, List.of(), Optional.empty()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = HostileServer.Mischief.class)
  void hostileAnswersAreBounded(HostileServer.Mischief mischief) throws Exception {
    Submission submission = submission(1);
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    try (HostileServer server = new HostileServer(mischief)) {
      Optional<LedgerClient> made = clientAt(server.uri());
      assumeTrue(made.isPresent(), "skipped: this ledger is not spoken to over HTTP");
      LedgerClient client = made.get();
      long before = used();
      refused(null, () -> client.observe(submission, List.of(attempt)));
      refused(null, () -> client.observe(submission, List.of()));
      refused(null, () -> client.send(attempt));
      refused(null, () -> client.prepare(submission, List.of(), Optional.empty()));
      assertThat(server.reached()).as("the client asked").isTrue();
      assertThat(used() - before).as("bytes held after %s", mischief).isLessThan(HEAP);
    }
  }

  @Test
  void anInterruptEndsACall() throws Exception {
    Submission submission = submission(1);
    Attempt attempt = prepare(client(), submission, List.of(), Optional.empty());
    try (HostileServer server = new HostileServer(HostileServer.Mischief.SILENT)) {
      Optional<LedgerClient> made = clientAt(server.uri());
      assumeTrue(made.isPresent(), "skipped: this ledger is not spoken to over HTTP");
      AtomicReference<Throwable> ended = new AtomicReference<>();
      Thread caller =
          new Thread(
              () -> {
                try {
                  made.get().observe(submission, List.of(attempt));
                  ended.set(new AssertionError("an answer from a server that gave none"));
                } catch (LedgerException | InterruptedException | RuntimeException e) {
                  ended.set(e);
                }
              });
      caller.start();
      long until = System.nanoTime() + PATIENCE.toNanos();
      while (!server.reached() && System.nanoTime() < until) {
        Thread.onSpinWait();
      }
      assertThat(server.reached()).isTrue();
      caller.interrupt();
      caller.join(10_000);
      assertThat(caller.isAlive()).as("still waiting 10 s after the interrupt").isFalse();
      assertThat(ended.get()).isInstanceOfAny(InterruptedException.class, LedgerException.class);
    }
  }

  // ---------------------------------------------------------------- tools

  /** The n-th root of this test's stream. */
  protected final Submission submission(int number) {
    String key = stream + "/" + number;
    return new Submission(key, SubmissionKind.ROOT, digest(key), new byte[0]);
  }

  /** SHA-256 of a text. */
  protected static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  private static Attempt prepare(
      LedgerClient client, Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException {
    return new Attempt(
        submission.key(), 0, checked(client.prepare(submission, List.copyOf(open), last)));
  }

  private static byte[] checked(byte[] bytes) {
    assertThat(bytes).isNotEmpty();
    assertThat(bytes.length).isLessThanOrEqualTo(MAX_ATTEMPT);
    return bytes;
  }

  /** A second attempt may find its place taken. */
  private static void trySend(LedgerClient client, Attempt attempt) throws InterruptedException {
    try {
      client.send(attempt);
    } catch (LedgerException e) {
      assertThat(e.kind()).isEqualTo(Kind.REFUSED);
    }
  }

  private Observation untilFinal(LedgerClient client, Submission submission, List<Attempt> attempts)
      throws Exception {
    long until = System.nanoTime() + PATIENCE.toNanos();
    Observation last;
    do {
      settle();
      last = client.observe(submission, attempts);
      if (last.seen() == Seen.FINAL) {
        return last;
      }
      Thread.onSpinWait();
    } while (System.nanoTime() < until);
    return fail("not final after " + PATIENCE.toSeconds() + " s but " + last);
  }

  private interface Call {
    void run() throws LedgerException, InterruptedException;
  }

  /**
   * The call ends in time with a {@link LedgerException}.
   *
   * @param kind null for any that lets the outbox try again
   */
  private static void refused(Kind kind, Call call) throws InterruptedException {
    long start = System.nanoTime();
    try {
      call.run();
    } catch (LedgerException e) {
      forPeople(e);
      if (kind == null) {
        assertThat(e.kind()).isIn(Kind.UNREACHABLE, Kind.NOT_BELIEVED, Kind.WRONG_NETWORK);
      } else {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(ONE_CALL);
      return;
    }
    fail("no " + (kind == null ? "refusal" : kind));
  }

  private static void forPeople(LedgerException e) {
    assertThat(e.getMessage()).as("message for people").contains(" ").hasSizeLessThan(600);
    assertThat(e.getMessage()).as("no class names").doesNotContain("Exception");
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
