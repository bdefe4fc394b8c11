package org.commonshub.ledger.ethereum;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;

/** What an outbox remembers, in the least form: attempts and the newest of them. */
final class Hub {
  final EthereumClient client;
  final List<Attempt> attempts = new ArrayList<>();
  Optional<byte[]> last = Optional.empty();

  Hub(EthereumClient client) {
    this.client = client;
  }

  static Submission root(int number) {
    return root(number, number);
  }

  static Submission root(int number, int content) {
    return new Submission(
        "journal-1/" + number,
        SubmissionKind.ROOT,
        Bytes.sha256(Bytes.left(Rlp.integer(content), 8)),
        new byte[0]);
  }

  List<Attempt> of(Submission submission) {
    return attempts.stream().filter(a -> a.key().equals(submission.key())).toList();
  }

  Attempt prepare(Submission submission) throws Exception {
    return keep(submission, client.prepare(submission, List.copyOf(attempts), last));
  }

  Attempt replace(Submission submission) throws Exception {
    return keep(submission, client.replace(submission, of(submission)));
  }

  private Attempt keep(Submission submission, byte[] bytes) {
    Attempt attempt = new Attempt(submission.key(), of(submission).size(), bytes);
    attempts.add(attempt);
    last = Optional.of(bytes);
    return attempt;
  }

  Attempt submit(Submission submission) throws Exception {
    Attempt attempt = prepare(submission);
    client.send(attempt);
    return attempt;
  }

  Observation observe(Submission submission) throws Exception {
    return client.observe(submission, of(submission));
  }

  /** Observes; forgets the attempts of what is in for good, as an outbox does. */
  Seen seen(Submission submission) throws Exception {
    Seen seen = observe(submission).seen();
    if (seen == Seen.FINAL) {
      attempts.removeIf(a -> a.key().equals(submission.key()));
    }
    return seen;
  }

  /** Waits until it is that far: a node takes in what it received by a thread of its own. */
  Observation until(Submission submission, Seen wanted) throws Exception {
    Observation observation = observe(submission);
    for (int i = 0; i < 1_000 && observation.seen() != wanted; i++) {
      Thread.sleep(20);
      observation = observe(submission);
    }
    if (observation.seen() != wanted) {
      throw new AssertionError(observation.seen() + " instead of " + wanted);
    }
    return observation;
  }
}
