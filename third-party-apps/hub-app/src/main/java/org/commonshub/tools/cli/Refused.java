package org.commonshub.tools.cli;

/** A command says no; the message tells people what to do. */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  private final transient int exit;

  private Refused(int exit, String message) {
    super(message);
    this.exit = exit;
  }

  /** What was given does not pass: exit code 1. */
  public static Refused because(String message) {
    return new Refused(1, message);
  }

  /** It was called wrongly: exit code 2. */
  public static Refused usage(String message) {
    return new Refused(2, message);
  }

  int exit() {
    return exit;
  }
}
