package org.commonshub.apps.sandbox.check;

import java.io.IOException;

/** Bytes that are no jar, or one with tricks in it. */
public final class MalformedJarException extends IOException {
  private static final long serialVersionUID = 1;

  MalformedJarException(String message) {
    super(message);
  }
}
