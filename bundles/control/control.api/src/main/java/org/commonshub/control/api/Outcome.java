package org.commonshub.control.api;

/**
 * What became of an intent.
 *
 * @param state state
 * @param message one sentence for people: what happened and, if refused, why and what to do
 */
public record Outcome(State state, String message) {
  /** States. */
  public enum State {
    /** The device confirmed it. */
    APPLIED,
    /** Accepted, but somebody with a higher priority holds the actuator; applies when they end. */
    WAITING,
    /** Refused: unknown, read-only, out of range, or the device refused. Nothing is held. */
    REFUSED,
    /** The device could not be reached; held and tried again until the lease ends. */
    PENDING
  }
}
