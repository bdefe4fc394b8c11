package org.commonshub.platform.api;

/** A setting was refused. The message is one sentence that a person can act on. */
public class SettingsException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a write was refused. */
  public enum Reason {
    /** A key or value does not fit the component's metatype. */
    INVALID,
    /** Somebody else changed the file since the caller read it. */
    STALE,
    /** No such component. */
    UNKNOWN,
    /** The file could not be written. */
    STORAGE
  }

  private final Reason reason;
  private final String key;

  /**
   * @param reason kind of refusal
   * @param key offending key, or empty
   * @param message file, key, value, and what was expected
   */
  public SettingsException(Reason reason, String key, String message) {
    super(message);
    this.reason = reason;
    this.key = key;
  }

  /** Kind of refusal. */
  public Reason reason() {
    return reason;
  }

  /** Offending key, or empty when the refusal is about the whole file. */
  public String key() {
    return key;
  }
}
