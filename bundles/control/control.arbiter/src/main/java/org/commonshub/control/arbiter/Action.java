package org.commonshub.control.arbiter;

import java.math.BigDecimal;
import java.util.Optional;
import org.commonshub.control.api.Outcome;

/** What {@link Claims} wants done; in the order given. */
sealed interface Action {
  /**
   * Tell the device something, and report what became of it under the ticket.
   *
   * @param value empty to hand the actuator back
   */
  record Tell(Key key, long ticket, Optional<BigDecimal> value, Lease lease) implements Action {}

  /**
   * Note something for the prosumer.
   *
   * @param actor holder, or {@code hub}
   * @param verb {@code control.write} …
   * @param value empty if it is about none
   * @param outcome {@code ok} or the refusal, with the reason
   */
  record Note(String actor, String verb, Key key, Optional<BigDecimal> value, String outcome)
      implements Action {}

  /** Answer who asked. */
  record Answer(long question, Outcome outcome) implements Action {}
}
