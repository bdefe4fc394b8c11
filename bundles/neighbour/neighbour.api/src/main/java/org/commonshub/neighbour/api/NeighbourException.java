package org.commonshub.neighbour.api;

/** A question that got no answer; the message is for people. */
public final class NeighbourException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Kind {
    /** It is not on the list. */
    UNKNOWN,
    /** It does not answer: try again later. */
    UNREACHABLE,
    /** Whoever answers there could not prove to be this neighbour. */
    NOT_THE_ONE,
    /** It answered with a refusal. */
    REFUSED
  }

  private final Kind kind;

  public NeighbourException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  /** Why. */
  public Kind kind() {
    return kind;
  }
}
