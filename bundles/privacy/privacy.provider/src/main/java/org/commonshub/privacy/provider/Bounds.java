package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/** What operator and law leave of what is asked. Any thread. */
final class Bounds {
  private static final Set<Recipient.Kind> OUTSIDE =
      Set.of(Recipient.Kind.UPLINK, Recipient.Kind.NEIGHBOUR, Recipient.Kind.LEDGER);

  private final Floor floor;

  Bounds(Floor floor) {
    this.floor = floor;
  }

  Floor floor() {
    return floor;
  }

  /** Asked ∩ operator's floor ∩ law, complete. */
  Terms widest(Terms asked, Instant now) throws TermsException {
    Terms complete = complete(asked);
    Purpose purpose = purpose(complete);
    Terms widest =
        complete
            .meet(floor.terms(complete.recipient().orElseThrow(), purpose))
            .meet(Law.terms(purpose, now));
    if (!widest.until().orElseThrow().isAfter(now)) {
      throw new TermsException("until: is over already");
    }
    return widest;
  }

  /** The purpose of complete terms. */
  static Purpose purpose(Terms complete) {
    return complete.purposes().orElseThrow().iterator().next();
  }

  /** Refuses terms that nobody could say yes to. */
  static Terms complete(Terms terms) throws TermsException {
    List<String> missing = terms.missing();
    if (!missing.isEmpty()) {
      throw new TermsException(String.join(", ", missing) + ": must be said in a request");
    }
    for (String name : terms.policies().keySet()) {
      if (Chain.BUILT_IN.contains(name)) {
        throw new TermsException("policies: " + name + " is no policy of others");
      }
    }
    if (OUTSIDE.contains(terms.recipient().orElseThrow().kind())
        && terms.hosts().map(Set::isEmpty).orElse(false)) {
      throw new TermsException("hosts: this recipient is outside, and it may not leave the hub");
    }
    return terms;
  }
}
