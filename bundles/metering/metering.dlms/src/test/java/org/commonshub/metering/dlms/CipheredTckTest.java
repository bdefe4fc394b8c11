package org.commonshub.metering.dlms;

import java.util.Map;

/** The same ciphered and authenticated, in HDLC frames. */
class CipheredTckTest extends DlmsTckTest {
  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("key", Writer.KEY, "authentication_key", Writer.AUTHENTICATION_KEY);
  }

  @Override
  protected byte[] message(int step, int round) {
    return Writer.hdlc(sealed(step, round));
  }

  /** The frame counter rises with every message. */
  static byte[] sealed(int step, int round) {
    return Writer.ciphered(
        list(step),
        "4B414D0000000001",
        4L * round + step + 1,
        0x30,
        Writer.KEY,
        Writer.AUTHENTICATION_KEY);
  }
}
