package org.commonshub.metering.p1;

/** What came is no telegram to be trusted. The message says why, in a few words, without values. */
final class Malformed extends Exception {
  private static final long serialVersionUID = 1L;

  Malformed(String why) {
    super(why, null, false, false); // Hostile input makes many; nobody looks at their stack.
  }
}
