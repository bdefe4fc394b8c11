package org.commonshub.apps.zone.wire;

import java.io.IOException;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.TermsException;

/** How a request ended, by ordinal on the wire; all but the first carry {@code [sentence]}. */
public enum Outcome {
  OK,
  QUOTA,
  SECURITY,
  IO,
  /** {@code [sentence, reason]}. */
  REFUSED,
  TERMS,
  ARGUMENT,
  STATE,
  /** Anything else; what exactly is in the log of whose fault it is. */
  FAILED;

  /** Longest sentence. */
  public static final int MAX_SENTENCE = 500;

  /** Which one an exception is. */
  public static Outcome of(Throwable failure) {
    if (failure instanceof AppQuotaException) {
      return QUOTA;
    }
    if (failure instanceof SecurityException) {
      return SECURITY;
    }
    if (failure instanceof IOException) {
      return IO;
    }
    if (failure instanceof RefusedException) {
      return REFUSED;
    }
    if (failure instanceof TermsException) {
      return TERMS;
    }
    if (failure instanceof IllegalArgumentException) {
      return ARGUMENT;
    }
    return failure instanceof IllegalStateException ? STATE : FAILED;
  }

  /** The exception again. */
  public static Exception exception(Outcome outcome, Args body) throws WireException {
    String sentence = body.text(MAX_SENTENCE);
    return switch (outcome) {
      case OK -> throw new WireException("no failure");
      case QUOTA -> new AppQuotaException(sentence);
      case SECURITY -> new SecurityException(sentence);
      case IO -> new IOException(sentence);
      case REFUSED -> new RefusedException(body.constant(RefusedException.Reason.class), sentence);
      case TERMS -> new TermsException(sentence);
      case ARGUMENT -> new IllegalArgumentException(sentence);
      case STATE, FAILED -> new IllegalStateException(sentence);
    };
  }
}
