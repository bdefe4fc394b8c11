package org.commonshub.ledger.api;

/** A ledger that does not do what it should; the message is for people and says what to do. */
public final class LedgerException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is the matter, and what the outbox does about it. */
  public enum Kind {
    /** No answer: tried again with back-off, for weeks if need be. */
    UNREACHABLE,
    /** Answers contradict each other or cannot be verified: nothing is believed, tried again. */
    NOT_BELIEVED,
    /** It is another network than the configured one: nothing is sent until it is the right one. */
    WRONG_NETWORK,
    /** The account cannot pay: tried again with back-off. */
    UNFUNDED,
    /** The price is above what the owner allows: tried again with back-off. */
    TOO_EXPENSIVE,
    /** The contract is paused, or this hub lacks a role: tried again with back-off. */
    PAUSED,
    /**
     * The ledger knows more of this account than this hub does: a restored backup, or a second hub
     * with the same key. Everything stops until a person calls {@link Ledger#resume}.
     */
    AHEAD,
    /** This submission will never be taken: {@link Stage#REJECTED}. */
    REFUSED
  }

  private final Kind kind;

  public LedgerException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public LedgerException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** What is the matter. */
  public Kind kind() {
    return kind;
  }
}
