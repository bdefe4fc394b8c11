package org.commonshub.testing.tck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.Submission;
import org.commonshub.testing.fakes.FakeLedger;
import org.commonshub.testing.fakes.FakeLedgerClient;

/** The fake ledger keeps the contract itself. */
class FakeLedgerTckTest extends LedgerClientTck {
  private final FakeLedger ledger = new FakeLedger("test");
  private final List<FakeLedgerClient> clients = new ArrayList<>();
  private boolean off;

  @Override
  protected LedgerClient client() {
    FakeLedgerClient client = new FakeLedgerClient(ledger).cut(off);
    clients.add(client);
    return client;
  }

  @Override
  protected void settle() {
    ledger.mine(FakeLedger.FINALITY);
  }

  @Override
  protected int effects(Submission submission) {
    return ledger
            .effect(submission.key())
            .filter(d -> Arrays.equals(d, submission.digest()))
            .isPresent()
        ? 1
        : 0;
  }

  @Override
  protected boolean verify(Submission submission, byte[] proof) {
    return effects(submission) == 1 && ledger.verify(submission.key(), proof);
  }

  @Override
  protected void cut(boolean on) {
    off = on;
    clients.forEach(client -> client.cut(on));
  }

  @Override
  protected LedgerClient wrongNetwork() {
    return new FakeLedgerClient("fake", ledger, "another");
  }

  @Override
  protected boolean hold() {
    return true;
  }

  @Override
  protected boolean drop() {
    ledger.drop();
    return true;
  }

  @Override
  protected boolean stick() {
    ledger.price(10);
    return true;
  }

  @Override
  protected boolean stranger() {
    ledger.stranger("elsewhere/1", digest("elsewhere"));
    return true;
  }
}
