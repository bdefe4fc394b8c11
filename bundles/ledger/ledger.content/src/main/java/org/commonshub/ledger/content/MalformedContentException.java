package org.commonshub.ledger.content;

import java.io.IOException;

/** Bytes that are not a CAR file or no sealed content; the message says what and where. */
final class MalformedContentException extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedContentException(String message) {
    super(message);
  }
}
