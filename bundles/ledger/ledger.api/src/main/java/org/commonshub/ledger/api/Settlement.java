package org.commonshub.ledger.api;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Pays a round of Prosumer Credits: the net of each participant, once. One service per ledger that
 * can, with property {@link LedgerClient#NAME}. A round holds personal data: until the privacy gate
 * releases it, a shipped client refuses it.
 */
@ProviderType
public interface Settlement {
  /**
   * One participant's net.
   *
   * @param account on the ledger, in its own form ({@code 0x…})
   * @param credit in micro-units of the community's currency; negative is taken, positive is given
   */
  record Share(String account, long credit) {}

  /**
   * A round. Σ credits given − Σ credits taken = the community's credit, exactly.
   *
   * @param id unique in the community, for ever; see {@link Submission#key()}
   * @param shares each account once, at most 500, none zero
   */
  record Round(String id, List<Share> shares) {
    public Round {
      shares = List.copyOf(shares);
    }
  }

  /**
   * Takes a round over: durable when it returns, paid exactly once.
   *
   * @throws IllegalArgumentException if the round is malformed or its id was used for another
   * @throws IOException if nothing was taken
   */
  Status settle(Round round) throws IOException;

  /** Where a round stands. */
  Optional<Status> status(String id);
}
