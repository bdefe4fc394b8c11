package org.commonshub.metering.broker;

/** What a client sent is against the protocol or the limits; its connection ends. */
final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * @param what what it sent, in words: "a packet of 300000 bytes"
   */
  Malformed(String what) {
    super(what);
  }
}
