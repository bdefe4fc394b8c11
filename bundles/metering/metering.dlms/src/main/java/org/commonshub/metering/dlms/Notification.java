package org.commonshub.metering.dlms;

import java.util.Optional;

/**
 * A data notification (IEC 62056-5-3, 6.3).
 *
 * @param clock its time stamp
 * @param systemTitle who sent it, if it was ciphered; no bytes otherwise
 * @param body what it carries
 */
record Notification(Optional<Clock> clock, byte[] systemTitle, Data body) {
  static final int TAG = 0x0F;

  /** From behind the tag on. */
  static Notification read(Octets in, byte[] systemTitle) throws MalformedApdu {
    in.take(4); // Long invoke id and priority.
    Optional<Clock> clock = Optional.empty();
    int next = in.peek(0);
    if (next == Data.OCTET_STRING && in.peek(1) == Clock.LENGTH) {
      in.u8(); // Kaifa sends a tag before the length.
      next = in.peek(0);
    }
    if (next == Data.DATE_TIME) {
      in.u8();
      clock = Clock.of(in.take(Clock.LENGTH));
    } else {
      int length = in.length();
      if (length != 0 && length != Clock.LENGTH) {
        throw new MalformedApdu("its time stamp has " + length + " bytes");
      }
      if (length == Clock.LENGTH) {
        clock = Clock.of(in.take(Clock.LENGTH));
      }
    }
    return new Notification(clock, systemTitle, Data.read(in));
  }
}
