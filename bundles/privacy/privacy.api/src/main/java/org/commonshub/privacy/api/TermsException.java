package org.commonshub.privacy.api;

/**
 * Terms that cannot be: a field is unknown or malformed, two fields contradict each other, or two
 * sides have nothing in common. The message names the field, for people.
 */
public final class TermsException extends Exception {
  private static final long serialVersionUID = 1L;

  public TermsException(String message) {
    super(message);
  }
}
