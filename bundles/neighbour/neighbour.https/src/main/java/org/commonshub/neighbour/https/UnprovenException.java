package org.commonshub.neighbour.https;

import java.security.cert.CertificateException;

/** Whoever is at the other end is not who it should be; the message is for people. */
final class UnprovenException extends CertificateException {
  private static final long serialVersionUID = 1L;

  private final boolean stranger;

  private UnprovenException(String message, boolean stranger) {
    super(message);
    this.stranger = stranger;
  }

  UnprovenException(String message) {
    this(message, false);
  }

  /** Somebody whom nobody entered. */
  static UnprovenException stranger() {
    return new UnprovenException("a hub that is not on the list", true);
  }

  boolean isStranger() {
    return stranger;
  }

  /** The one in a chain of causes; null if there is none. */
  static UnprovenException in(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnprovenException unproven) {
        return unproven;
      }
    }
    return null;
  }
}
