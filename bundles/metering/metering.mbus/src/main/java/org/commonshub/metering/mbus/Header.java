package org.commonshub.metering.mbus;

/**
 * Header of the transport layer (EN 13757-7, 7.3).
 *
 * @param meter who speaks; of a short header, the address of the layer below
 * @param access access number
 * @param status status byte
 * @param configuration configuration field ("signature" in older editions)
 */
record Header(Meter meter, int access, int status, int configuration) {
  static Header longHeader(Octets in) throws MalformedFrame {
    byte[] id = in.field(4);
    byte[] maker = in.field(2);
    byte[] address = {
      id[0], id[1], id[2], id[3], maker[0], maker[1], (byte) in.u8(), (byte) in.u8()
    };
    return new Header(Meter.ofHeader(address), in.u8(), in.u8(), in.u16());
  }

  static Header shortHeader(Octets in, Meter below) throws MalformedFrame {
    return new Header(below, in.u8(), in.u8(), in.u16());
  }

  /** Security mode. */
  int mode() {
    return (configuration >> 8) & 0x1F;
  }

  /** Encrypted blocks of 16 bytes (modes 5 and 7). */
  int blocks() {
    return (configuration >> 4) & 0x0F;
  }
}
