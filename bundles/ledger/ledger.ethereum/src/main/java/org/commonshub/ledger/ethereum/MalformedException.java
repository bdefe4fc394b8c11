package org.commonshub.ledger.ethereum;

/** Bytes or an answer that is not what it should be; the message says what and where. */
final class MalformedException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedException(String message) {
    super(message);
  }
}
