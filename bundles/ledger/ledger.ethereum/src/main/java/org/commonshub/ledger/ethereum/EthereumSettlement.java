package org.commonshub.ledger.ethereum;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.Settlement;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;

/** Rounds of credits, through the outbox in front of this client. */
final class EthereumSettlement implements Settlement {
  static final String NOT_RELEASED =
      "A round says what each participant gets or pays; it leaves the hub only when the privacy"
          + " gate releases it, and it releases no rounds yet.";

  private final Supplier<Optional<Ledger>> ledger;
  private final Predicate<Submission> released;

  EthereumSettlement(Supplier<Optional<Ledger>> ledger, Predicate<Submission> released) {
    this.ledger = ledger;
    this.released = released;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException while the privacy gate does not release it
   */
  @Override
  public Status settle(Round round) throws IOException {
    Submission submission = SettlementEffect.submission(round);
    if (!released.test(submission)) {
      throw new IllegalStateException(NOT_RELEASED);
    }
    return ledger
        .get()
        .orElseThrow(() -> new IOException("The outbox of this ledger is not running."))
        .submit(submission);
  }

  @Override
  public Optional<Status> status(String id) {
    return ledger.get().flatMap(there -> there.status(SettlementEffect.key(id)));
  }
}
