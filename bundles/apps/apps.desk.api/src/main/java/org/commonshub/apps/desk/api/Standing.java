package org.commonshub.apps.desk.api;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where an app stands with its licence.
 *
 * @param app app
 * @param state state
 * @param level id of the service level in force; empty if none
 * @param features of the level and of the licence
 * @param limits metric → units in the period
 * @param used metric → units used in the running period
 * @param trial whether it is being tried
 * @param trialLeft whether it could still be tried
 * @param renewFrom when the console begins to ask
 * @param paidUntil end of what is paid, or of the lease if that is earlier
 * @param stopsAt when it stops unless renewed
 */
public record Standing(
    AppId app,
    State state,
    String level,
    Set<String> features,
    Map<String, Long> limits,
    Map<String, Long> used,
    boolean trial,
    boolean trialLeft,
    Optional<Instant> renewFrom,
    Optional<Instant> paidUntil,
    Optional<Instant> stopsAt) {
  /** States, in the order in which a licence runs out. */
  public enum State {
    /** Never licensed: does not start. */
    NONE,
    /** Paid, tried or free. */
    ACTIVE,
    /** Paid; ends soon. */
    RENEW_DUE,
    /** Ended; everything goes on for the manifest's grace. */
    GRACE,
    /**
     * Grace is over: it runs and shows what it has, without actuators, features or network, for
     * seven days, so that nothing is lost.
     */
    DEGRADED,
    /** It does not run; its data can be taken along. */
    STOPPED
  }

  /** Whether its code may run. */
  public boolean mayRun() {
    return state != State.NONE && state != State.STOPPED;
  }

  /** Whether it may hold actuators and talk to its hosts. */
  public boolean mayAct() {
    return state == State.ACTIVE || state == State.RENEW_DUE || state == State.GRACE;
  }
}
