package org.commonshub.metering.modbus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.Modbus;

/**
 * What requests have in common: the frame around them, and the only bytes that can be their answer.
 * Everything that another request's, another unit's or a broken device's answer would differ in is
 * compared: transaction, protocol, length, unit, function, checksum (Modbus Messaging on TCP/IP
 * V1.0b, section 3.1.3; Modbus over Serial Line V1.02, section 2.5.1). Immutable.
 */
abstract class Request implements Framing {
  static final int MBAP = 7;
  static final int EXCEPTION = 0x80;

  private final String where;
  private final Modbus.Framing framing;
  private final int transaction;
  private final int unit;
  private final int function;

  /**
   * @param where endpoint, for sentences
   * @param framing framing
   * @param transaction transaction identifier, 0 … 65535; not sent with RTU
   * @param unit unit identifier
   * @param function function code
   */
  Request(String where, Modbus.Framing framing, int transaction, int unit, int function) {
    this.where = where;
    this.framing = framing;
    this.transaction = transaction;
    this.unit = unit;
    this.function = function;
  }

  /**
   * Length of the answer's PDU whose function code is this request's.
   *
   * @return length, or 0 if more bytes are needed to tell
   * @throws DeviceException if this cannot be the answer
   */
  abstract int answerLength(ByteBuffer received, int at, int have) throws DeviceException;

  /** What is asked, as in "refused to ...". */
  abstract String asked();

  /** The frame around a protocol data unit. */
  final byte[] framed(byte[] pdu) {
    if (framing == Modbus.Framing.TCP) {
      ByteBuffer message = ByteBuffer.allocate(MBAP + pdu.length);
      message.putShort((short) transaction).putShort((short) 0);
      return message.putShort((short) (1 + pdu.length)).put((byte) unit).put(pdu).array();
    }
    byte[] message = new byte[1 + pdu.length + 2];
    message[0] = (byte) unit;
    System.arraycopy(pdu, 0, message, 1, pdu.length);
    int crc = Crc16.of(message, 0, 1 + pdu.length);
    message[1 + pdu.length] = (byte) crc;
    message[2 + pdu.length] = (byte) (crc >>> 8);
    return message;
  }

  /**
   * The protocol data unit of an answer.
   *
   * @param answer any bytes
   * @throws DeviceException REFUSED if the device refused, INVALID_ANSWER if these bytes are not
   *     the answer
   */
  final byte[] pdu(byte[] answer) throws DeviceException {
    if (complete(ByteBuffer.wrap(answer)) != answer.length) {
      throw invalid("it is cut short");
    }
    byte[] pdu =
        framing == Modbus.Framing.TCP
            ? Arrays.copyOfRange(answer, MBAP, answer.length)
            : Arrays.copyOfRange(answer, 1, answer.length - 2);
    if ((pdu[0] & EXCEPTION) != 0) {
      throw new DeviceException(
          Kind.REFUSED,
          "Unit "
              + unit
              + " at "
              + where
              + " refused to "
              + asked()
              + ": "
              + exception(pdu[1] & 0xFF));
    }
    return pdu;
  }

  @Override
  public final int complete(ByteBuffer received) throws DeviceException {
    return framing == Modbus.Framing.TCP ? completeTcp(received) : completeRtu(received);
  }

  private int completeTcp(ByteBuffer received) throws DeviceException {
    int at = received.position();
    int have = received.remaining();
    if (have >= 2 && u16(received, at) != transaction) {
      throw invalid("it belongs to another request");
    }
    if (have >= 4 && u16(received, at + 2) != 0) {
      throw invalid("it is not Modbus (protocol identifier " + u16(received, at + 2) + ")");
    }
    if (have >= MBAP && (received.get(at + 6) & 0xFF) != unit) {
      throw invalid("it comes from unit " + (received.get(at + 6) & 0xFF));
    }
    if (have <= MBAP) {
      return 0;
    }
    int length = pduLength(received, at + MBAP, have - MBAP);
    if (u16(received, at + 4) != (length == 0 ? u16(received, at + 4) : 1 + length)) {
      throw invalid("it announces " + u16(received, at + 4) + " bytes instead of " + (1 + length));
    }
    return length == 0 || have < MBAP + length ? 0 : MBAP + length;
  }

  private int completeRtu(ByteBuffer received) throws DeviceException {
    int at = received.position();
    int have = received.remaining();
    if (have >= 1 && (received.get(at) & 0xFF) != unit) {
      throw invalid("it comes from unit " + (received.get(at) & 0xFF));
    }
    if (have < 2) {
      return 0;
    }
    int length = pduLength(received, at + 1, have - 1);
    if (length == 0 || have < 1 + length + 2) {
      return 0;
    }
    byte[] message = new byte[1 + length + 2];
    received.duplicate().get(message);
    int crc = message[1 + length] & 0xFF | (message[2 + length] & 0xFF) << 8;
    if (Crc16.of(message, 0, 1 + length) != crc) {
      throw invalid("its checksum is wrong");
    }
    if (have > message.length) {
      // RTU has no transaction numbers: what follows could be taken for the next answer.
      throw invalid("more bytes follow it");
    }
    return message.length;
  }

  /** Length of the PDU at {@code at}, or 0 if more bytes are needed to tell. */
  private int pduLength(ByteBuffer received, int at, int have) throws DeviceException {
    int code = received.get(at) & 0xFF;
    if (code == (function | EXCEPTION)) {
      return 2;
    }
    if (code != function) {
      throw invalid("it answers function " + code + " instead of " + function);
    }
    return answerLength(received, at, have);
  }

  final DeviceException invalid(String why) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The answer of unit "
            + unit
            + " at "
            + where
            + " cannot be trusted: "
            + why
            + ". It was dropped. If this stays, check the unit id, the framing (tcp or rtu), the"
            + " wiring, and that no second master talks on this bus.");
  }

  /** Exception codes of Modbus Application Protocol V1.1b3, section 7. */
  private static String exception(int code) {
    return switch (code) {
      case 1 -> "it does not know this function (illegal function). Check the device model.";
      case 2 -> "it has no such registers (illegal data address). Check the device model.";
      case 3 -> "it does not accept this length (illegal data value). Check the device model.";
      case 4 -> "it failed inside (server device failure). Look at the device's own display.";
      case 5, 6 -> "it is busy (code " + code + "). It will be asked again.";
      case 8 -> "its memory is damaged (parity error). Have the device looked at.";
      case 10 -> "the gateway has no path to it. Check the gateway's settings.";
      case 11 -> "the gateway got no answer from it. Check its power, wiring and unit id.";
      default -> "it gave the unknown reason " + code + ".";
    };
  }

  static int u16(ByteBuffer bytes, int at) {
    return (bytes.get(at) & 0xFF) << 8 | bytes.get(at + 1) & 0xFF;
  }
}
