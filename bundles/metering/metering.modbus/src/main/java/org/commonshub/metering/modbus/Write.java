package org.commonshub.metering.modbus;

import java.nio.ByteBuffer;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Modbus;

/**
 * A write and the echo that confirms it (Modbus Application Protocol V1.1b3, sections 6.5, 6.6,
 * 6.11 and 6.12).
 */
final class Write extends Request {
  /** Most registers in one request. */
  static final int MOST = 123;

  private static final int ECHO = 5;

  private final int address;
  private final int count;
  private final byte[] pdu;

  private Write(
      String where,
      Modbus.Framing framing,
      int transaction,
      int unit,
      int address,
      int count,
      byte[] pdu) {
    super(where, framing, transaction, unit, pdu[0]);
    this.address = address;
    this.count = count;
    this.pdu = pdu;
  }

  /**
   * @param table COILS or HOLDING_REGISTERS
   * @param words 16-bit words, or 0/1 per coil
   * @param single whether a single register is written with function 6 instead of 16
   * @throws DeviceException of kind SETTINGS if no request can carry it
   */
  static Write of(
      String where,
      Modbus.Framing framing,
      int transaction,
      int unit,
      Modbus.Table table,
      int address,
      int[] words,
      boolean single)
      throws DeviceException {
    boolean coils = table == Modbus.Table.COILS;
    if ((!coils && table != Modbus.Table.HOLDING_REGISTERS)
        || words.length < 1
        || words.length > MOST
        || address < 0
        || address + words.length > 65536) {
      throw new DeviceException(
          Kind.SETTINGS,
          "Cannot write "
              + words.length
              + " from address "
              + address
              + ": a request writes 1 to "
              + MOST
              + " coils or holding registers within addresses 0 to 65535. Correct the register"
              + " map.");
    }
    return new Write(
        where,
        framing,
        transaction,
        unit,
        address,
        words.length,
        pdu(coils, address, words, single));
  }

  private static byte[] pdu(boolean coils, int address, int[] words, boolean single) {
    if (words.length == 1 && (coils || single)) {
      int value = coils ? (words[0] != 0 ? 0xFF00 : 0) : words[0];
      return ByteBuffer.allocate(ECHO)
          .put((byte) (coils ? 5 : 6))
          .putShort((short) address)
          .putShort((short) value)
          .array();
    }
    int bytes = coils ? (words.length + 7) / 8 : 2 * words.length;
    ByteBuffer pdu = ByteBuffer.allocate(6 + bytes);
    pdu.put((byte) (coils ? 15 : 16)).putShort((short) address).putShort((short) words.length);
    pdu.put((byte) bytes);
    for (int i = 0; i < words.length; i++) {
      if (coils) {
        int at = 6 + i / 8;
        pdu.put(at, (byte) (pdu.get(at) | (words[i] != 0 ? 1 << i % 8 : 0)));
      } else {
        pdu.putShort((short) words[i]);
      }
    }
    return pdu.array();
  }

  /** The request as sent. */
  byte[] request() {
    return framed(pdu);
  }

  @Override
  int answerLength(ByteBuffer received, int at, int have) throws DeviceException {
    for (int i = 1; i < Math.min(have, ECHO); i++) {
      // Address and value of a single write, address and count of several: as they were sent.
      if (received.get(at + i) != pdu[i]) {
        throw invalid("it confirms something else than was written");
      }
    }
    return have < ECHO ? 0 : ECHO;
  }

  @Override
  String asked() {
    return "be written at " + (count == 1 ? "" : count + " values from ") + "address " + address;
  }
}
