package org.commonshub.ledger.outbox;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.Submission;

/** Before and after every call the power may fail. */
record CrashingClient(LedgerClient client, Random random, double rate) implements LedgerClient {
  private void point(String where) {
    if (random.nextDouble() < rate) {
      throw new Crash(where);
    }
  }

  @Override
  public LedgerDescription describe() {
    return client.describe();
  }

  @Override
  public byte[] prepare(Submission submission, List<Attempt> open, Optional<byte[]> last)
      throws LedgerException, InterruptedException {
    point("before prepare");
    byte[] bytes = client.prepare(submission, open, last);
    point("after prepare");
    return bytes;
  }

  @Override
  public void send(Attempt attempt) throws LedgerException, InterruptedException {
    point("before send");
    client.send(attempt);
    point("after send");
  }

  @Override
  public Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    point("before observe");
    Observation seen = client.observe(submission, attempts);
    point("after observe");
    return seen;
  }

  @Override
  public byte[] replace(Submission submission, List<Attempt> stuck)
      throws LedgerException, InterruptedException {
    point("before replace");
    byte[] bytes = client.replace(submission, stuck);
    point("after replace");
    return bytes;
  }
}
