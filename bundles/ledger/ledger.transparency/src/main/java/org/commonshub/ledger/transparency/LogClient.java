package org.commonshub.ledger.transparency;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;

/**
 * Speaks to one log. Believes nothing that the log's key did not sign, and demands that the log
 * grew out of the state that was seen when an attempt was prepared: that state stands in the
 * attempt's bytes, so this class remembers nothing.
 */
final class LogClient implements LedgerClient, AutoCloseable {
  /**
   * Which log.
   *
   * @param name on this hub
   * @param address without a slash at the end
   * @param origin the log's own name
   * @param key the log's key
   * @param account under which this hub's entries stand
   * @param token proves the account; asked for at each use
   */
  record Settings(
      String name,
      URI address,
      String origin,
      VerificationKey key,
      String account,
      Supplier<String> token) {}

  /**
   * What an attempt's bytes hold: deterministic CBOR {@code [origin, account, key, digest, size,
   * root]}.
   *
   * @param size of the log when it was prepared
   * @param root of the log then
   */
  private record Entry(
      String origin, String account, String key, byte[] digest, long size, byte[] root) {
    byte[] encode() {
      return Cbor.encode(List.of(origin, account, key, digest, size, root));
    }

    static Entry decode(byte[] bytes) {
      try {
        List<?> parts = (List<?>) Cbor.decode(bytes);
        return new Entry(
            (String) parts.get(0),
            (String) parts.get(1),
            (String) parts.get(2),
            (byte[]) parts.get(3),
            (Long) parts.get(4),
            (byte[]) parts.get(5));
      } catch (MalformedCborException | ClassCastException | IndexOutOfBoundsException e) {
        throw new IllegalArgumentException("not an attempt of this client", e);
      }
    }
  }

  private final Settings settings;
  private final Http http;

  /**
   * A client.
   *
   * @param patience with one exchange; a call makes three at most
   */
  LogClient(Settings settings, Duration patience) {
    this.settings = settings;
    this.http = new Http(patience);
  }

  @Override
  public LedgerDescription describe() {
    return new LedgerDescription(
        settings.name(),
        "transparency log",
        settings.origin(),
        "",
        "The log cannot change or remove an entry unnoticed by anyone who kept a proof, but whoever"
            + " runs it can refuse entries, or show different people different logs: compare its"
            + " signed states with others to notice that.");
  }

  @Override
  public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException {
    if (submission.kind() != SubmissionKind.ROOT) {
      throw new LedgerException(Kind.REFUSED, "A transparency log keeps roots only.");
    }
    Head head = head();
    if (last.isPresent()) {
      grownFrom(ours(last.get()), head);
    }
    return new Entry(
            settings.origin(),
            settings.account(),
            submission.key(),
            submission.digest(),
            head.size(),
            head.root())
        .encode();
  }

  @Override
  public void send(Attempt attempt) throws LedgerException, InterruptedException {
    Entry entry = ours(attempt.bytes());
    String body =
        "{\"account\":\""
            + entry.account()
            + "\",\"key\":\""
            + entry.key()
            + "\",\"digest\":\""
            + HexFormat.of().formatHex(entry.digest())
            + "\"}";
    Http.Reply reply = ask("/entries", body.getBytes(StandardCharsets.UTF_8));
    if (reply.status() == 409) {
      throw new LedgerException(
          Kind.REFUSED, says("it has another digest under the key " + entry.key() + "."));
    }
    try {
      ok(reply).number("index");
    } catch (Answer.Malformed e) {
      throw notBelieved(e);
    }
  }

  @Override
  public Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    Head head = head();
    int newest = attempts.isEmpty() ? 0 : attempts.get(attempts.size() - 1).number();
    if (!attempts.isEmpty()) {
      grownFrom(ours(attempts.get(0).bytes()), head);
    }
    Http.Reply reply =
        ask(
            "/proof?account="
                + query(settings.account())
                + "&key="
                + query(submission.key())
                + "&size="
                + head.size(),
            null);
    if (reply.status() == 404) {
      return Observation.of(Seen.NOTHING, newest);
    }
    try {
      Answer answer = ok(reply);
      byte[] digest = answer.hex("digest", MerkleTree.HASH);
      Proof proof =
          new Proof(
              head,
              settings.account(),
              submission.key(),
              answer.number("index"),
              answer.path("path"));
      if (!proof.includes(digest)) {
        throw new LedgerException(
            Kind.NOT_BELIEVED, says("its proof of " + submission.key() + " does not hold."));
      }
      boolean same = Arrays.equals(digest, submission.digest());
      return new Observation(
          same ? Seen.FINAL : Seen.FAILED,
          newest,
          Optional.of(settings.origin() + "#" + proof.index()),
          Optional.of(proof.index()),
          Optional.empty(),
          same ? Optional.of(proof.encode()) : Optional.empty(),
          same
              ? Optional.empty()
              : Optional.of("The log has another digest under the key " + submission.key() + "."));
    } catch (Answer.Malformed e) {
      throw notBelieved(e);
    }
  }

  /** A log never keeps anybody waiting, so this is the same once more. */
  @Override
  public byte[] replace(Submission submission, List<Attempt> stuck)
      throws LedgerException, InterruptedException {
    return prepare(submission, List.of(), Optional.of(stuck.get(stuck.size() - 1).bytes()));
  }

  /** A proof of this log's is checked without asking anybody. */
  @Override
  public Optional<Boolean> confirms(byte[] root, byte[] proof) {
    try {
      Proof shown = Proof.decode(proof);
      return shown.head().origin().equals(settings.origin())
          ? Optional.of(shown.verify(settings.origin(), settings.key(), root))
          : Optional.empty();
    } catch (MalformedCborException e) {
      return Optional.of(false);
    }
  }

  @Override
  public void close() {
    http.close();
  }

  /** The log's state, signed by its key. */
  private Head head() throws LedgerException, InterruptedException {
    try {
      Head head = Head.of(ok(ask("/checkpoint", null)));
      if (!head.origin().equals(settings.origin())) {
        throw new LedgerException(
            Kind.WRONG_NETWORK,
            says("it is another one than the configured " + settings.origin() + "."));
      }
      if (!head.verify(settings.key())) {
        throw new LedgerException(
            Kind.NOT_BELIEVED, says("its state is not signed by the configured key."));
      }
      return head;
    } catch (Answer.Malformed e) {
      throw notBelieved(e);
    }
  }

  private void grownFrom(Entry before, Head head) throws LedgerException, InterruptedException {
    try {
      List<byte[]> path =
          before.size() == 0 || before.size() >= head.size()
              ? List.of()
              : ok(ask("/consistency?from=" + before.size() + "&to=" + head.size(), null))
                  .path("path");
      if (!MerkleTree.verifyConsistency(
          before.size(), before.root(), head.size(), head.root(), path)) {
        throw new LedgerException(
            Kind.NOT_BELIEVED,
            says(
                "it lost or changed entries that it had signed. Ask who runs it; keep your"
                    + " proofs."));
      }
    } catch (Answer.Malformed e) {
      throw notBelieved(e);
    }
  }

  private Entry ours(byte[] bytes) throws LedgerException {
    Entry entry = Entry.decode(bytes);
    if (!entry.origin().equals(settings.origin()) || !entry.account().equals(settings.account())) {
      throw new LedgerException(
          Kind.WRONG_NETWORK,
          "What waits is for "
              + entry.account()
              + " at the log "
              + entry.origin()
              + ", not for "
              + settings.account()
              + " at "
              + settings.origin()
              + ". Give a new log a new name on this hub.");
    }
    return entry;
  }

  private Http.Reply ask(String path, byte[] body) throws LedgerException, InterruptedException {
    try {
      return http.ask(
          URI.create(settings.address() + path), body, body == null ? "" : settings.token().get());
    } catch (IOException e) {
      throw new LedgerException(
          Kind.UNREACHABLE,
          says("it gives no proper answer. Look at the network and the configured address."),
          e);
    }
  }

  private Answer ok(Http.Reply reply) throws LedgerException, Answer.Malformed {
    int status = reply.status();
    if (status == 401 || status == 403) {
      throw new LedgerException(
          Kind.PAUSED, says("it does not take entries of this account. Check account and token."));
    }
    if (status != 200 && status != 201) {
      throw new LedgerException(Kind.UNREACHABLE, says("it answers with status " + status + "."));
    }
    return Answer.parse(reply.body());
  }

  private LedgerException notBelieved(Answer.Malformed e) {
    return new LedgerException(
        Kind.NOT_BELIEVED, says("its answer is not understood: " + e.getMessage() + "."), e);
  }

  private String says(String what) {
    return "Log " + settings.address().getHost() + ": " + what;
  }

  private static String query(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
