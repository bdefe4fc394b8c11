package org.commonshub.metering.api;

/**
 * A device could not be read. The message is one sentence for people: what happened, where, and
 * what to do about it. Completes the stages of transports and drivers exceptionally.
 */
public class DeviceException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Kind of failure, for back-off and gap reasons. */
  public enum Kind {
    /** No connection: refused, no route, port missing or busy. */
    UNREACHABLE,
    /** Connected, but no answer in time. */
    TIMEOUT,
    /** The connection was closed or reset in the middle. */
    DISCONNECTED,
    /** An answer that cannot be trusted: wrong length, unit, function, checksum, garbage. */
    INVALID_ANSWER,
    /** The device understood and refused (Modbus exception, login failure). */
    REFUSED,
    /** The settings do not fit the device. */
    SETTINGS,
    /** Not permitted by the hub: a write to a read-only bus. */
    FORBIDDEN
  }

  private final Kind kind;

  /**
   * @param kind kind of failure
   * @param message sentence for people; no readings, no secrets
   */
  public DeviceException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /**
   * @param kind kind of failure
   * @param message sentence for people; no readings, no secrets
   * @param cause technical cause
   */
  public DeviceException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Kind of failure. */
  public Kind kind() {
    return kind;
  }
}
