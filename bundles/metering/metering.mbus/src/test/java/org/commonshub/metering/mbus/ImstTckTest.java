package org.commonshub.metering.mbus;

/** The same behind an IMST iM871A. */
class ImstTckTest extends WirelessTckTest {
  @Override
  byte[] seal(byte[] stripped) {
    return RadioWriter.imst(stripped);
  }
}
