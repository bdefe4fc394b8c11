package org.commonshub.ledger.transparency;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.Submission;
import org.commonshub.testing.tck.LedgerClientTck;
import org.junit.jupiter.api.AfterEach;

/** The client against a log on a real port. */
class TransparencyTckTest extends LedgerClientTck {
  private final LogServer log;
  private final List<LogClient> clients = new ArrayList<>();

  TransparencyTckTest() throws Exception {
    log = new LogServer("log.example");
  }

  @AfterEach
  void close() {
    clients.forEach(LogClient::close);
    log.close();
  }

  private LogClient client(URI address, String origin) {
    LogClient client =
        new LogClient(
            new LogClient.Settings("log", address, origin, log.key(), "home", () -> "secret"),
            Duration.ofSeconds(3));
    clients.add(client);
    return client;
  }

  @Override
  protected LedgerClient client() {
    return client(log.uri(), "log.example");
  }

  @Override
  protected LedgerClient wrongNetwork() {
    return client(log.uri(), "another.example");
  }

  @Override
  protected Optional<LedgerClient> clientAt(URI address) {
    return Optional.of(client(address, "log.example"));
  }

  @Override
  protected void settle() {
    // What the log took is in.
  }

  @Override
  protected int effects(Submission submission) {
    return (int) log.count(submission.key(), submission.digest());
  }

  @Override
  protected boolean verify(Submission submission, byte[] proof) throws MalformedCborException {
    Proof shown = Proof.decode(proof);
    return shown.key().equals(submission.key())
        && shown.verify("log.example", log.key(), submission.digest());
  }

  @Override
  protected void cut(boolean off) throws Exception {
    if (off) {
      log.stop();
    } else {
      log.start();
    }
  }

  @Override
  protected boolean restart() throws Exception {
    log.stop();
    log.start();
    return true;
  }
}
