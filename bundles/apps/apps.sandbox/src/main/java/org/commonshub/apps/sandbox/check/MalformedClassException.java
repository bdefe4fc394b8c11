package org.commonshub.apps.sandbox.check;

import java.io.IOException;

/** Bytes that are no class file, or not one that this reader takes. */
public final class MalformedClassException extends IOException {
  private static final long serialVersionUID = 1;

  MalformedClassException(String message) {
    super(message);
  }
}
