package org.commonshub.metering.dlms;

/** The same in M-Bus frames, two for each message. */
class MbusTckTest extends CipheredTckTest {
  @Override
  protected byte[] message(int step, int round) {
    return Writer.mbus(sealed(step, round), 80);
  }
}
