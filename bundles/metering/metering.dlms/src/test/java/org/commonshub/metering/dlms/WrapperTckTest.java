package org.commonshub.metering.dlms;

/** The same in the wrapper for TCP, which has no check of its own: the ciphering has. */
class WrapperTckTest extends CipheredTckTest {
  @Override
  protected byte[] message(int step, int round) {
    return Writer.wrapper(sealed(step, round));
  }
}
