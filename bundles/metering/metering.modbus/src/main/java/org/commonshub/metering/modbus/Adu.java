package org.commonshub.metering.modbus;

import com.ghgande.j2mod.modbus.msg.ModbusRequest;
import com.ghgande.j2mod.modbus.msg.ReadCoilsRequest;
import com.ghgande.j2mod.modbus.msg.ReadCoilsResponse;
import com.ghgande.j2mod.modbus.msg.ReadInputDiscretesRequest;
import com.ghgande.j2mod.modbus.msg.ReadInputDiscretesResponse;
import com.ghgande.j2mod.modbus.msg.ReadInputRegistersRequest;
import com.ghgande.j2mod.modbus.msg.ReadInputRegistersResponse;
import com.ghgande.j2mod.modbus.msg.ReadMultipleRegistersRequest;
import com.ghgande.j2mod.modbus.msg.ReadMultipleRegistersResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.Modbus;

/**
 * One request and the only bytes that can be its answer. Everything that another request's, another
 * unit's or a broken device's answer would differ in is compared: transaction, protocol, length,
 * unit, function, byte count, checksum (Modbus Messaging on TCP/IP V1.0b, section 3.1.3; Modbus
 * over Serial Line V1.02, section 2.5.1). Immutable.
 */
final class Adu implements Framing {
  private static final int MBAP = 7;
  private static final int EXCEPTION = 0x80;

  private final String where;
  private final Modbus.Framing framing;
  private final int transaction;
  private final int unit;
  private final Modbus.Range range;
  private final int function;
  private final int byteCount;

  /**
   * @param where endpoint, for sentences
   * @param framing framing
   * @param transaction transaction identifier, 0 … 65535; not sent with RTU
   * @param unit unit identifier
   * @param range a range that {@link #checked} let pass
   */
  Adu(String where, Modbus.Framing framing, int transaction, int unit, Modbus.Range range) {
    this.where = where;
    this.framing = framing;
    this.transaction = transaction;
    this.unit = unit;
    this.range = range;
    this.function = function(range.table());
    this.byteCount = bits(range) ? (range.count() + 7) / 8 : range.count() * 2;
  }

  /** Refuses a range that no request can carry. */
  static void checked(Modbus.Range range) throws DeviceException {
    int most = bits(range) ? 2000 : 125;
    if (range.count() < 1
        || range.count() > most
        || range.address() < 0
        || range.address() + range.count() > 65536) {
      throw new DeviceException(
          Kind.SETTINGS,
          "Cannot read "
              + range.count()
              + " from address "
              + range.address()
              + ": a request reads 1 to "
              + most
              + " within addresses 0 to 65535. Correct the register map.");
    }
  }

  static boolean bits(Modbus.Range range) {
    return range.table() == Modbus.Table.COILS || range.table() == Modbus.Table.DISCRETE_INPUTS;
  }

  static int function(Modbus.Table table) {
    return switch (table) {
      case COILS -> 1;
      case DISCRETE_INPUTS -> 2;
      case HOLDING_REGISTERS -> 3;
      case INPUT_REGISTERS -> 4;
    };
  }

  /** The request as sent. */
  byte[] request() {
    ModbusRequest request =
        switch (range.table()) {
          case COILS -> new ReadCoilsRequest(range.address(), range.count());
          case DISCRETE_INPUTS -> new ReadInputDiscretesRequest(range.address(), range.count());
          case HOLDING_REGISTERS ->
              new ReadMultipleRegistersRequest(range.address(), range.count());
          case INPUT_REGISTERS -> new ReadInputRegistersRequest(range.address(), range.count());
        };
    request.setUnitID(unit);
    request.setTransactionID(transaction);
    request.setHeadless(framing == Modbus.Framing.RTU);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(12);
    try {
      request.writeTo(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    byte[] message = bytes.toByteArray();
    if (framing == Modbus.Framing.TCP) {
      return message;
    }
    byte[] framed = Arrays.copyOf(message, message.length + 2);
    int crc = Crc16.of(message, 0, message.length);
    framed[message.length] = (byte) crc;
    framed[message.length + 1] = (byte) (crc >>> 8);
    return framed;
  }

  @Override
  public int complete(ByteBuffer received) throws DeviceException {
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
    if (have < 2) {
      return 0;
    }
    int count = received.get(at + 1) & 0xFF;
    if (count != byteCount) {
      throw invalid("it carries " + count + " bytes instead of " + byteCount);
    }
    return 2 + byteCount;
  }

  /**
   * Takes the values out of an answer.
   *
   * @param answer any bytes
   * @throws DeviceException REFUSED if the device refused, INVALID_ANSWER if these bytes are not
   *     the answer
   */
  Modbus.Words words(byte[] answer) throws DeviceException {
    if (complete(ByteBuffer.wrap(answer)) != answer.length) {
      throw invalid("it is cut short");
    }
    int pdu = framing == Modbus.Framing.TCP ? MBAP : 1;
    if ((answer[pdu] & EXCEPTION) != 0) {
      throw new DeviceException(
          Kind.REFUSED,
          "Unit "
              + unit
              + " at "
              + where
              + " refused to read "
              + what()
              + ": "
              + exception(answer[pdu + 1] & 0xFF));
    }
    DataInputStream data =
        new DataInputStream(new ByteArrayInputStream(answer, pdu + 1, 1 + byteCount));
    int[] words = new int[range.count()];
    try {
      switch (range.table()) {
        case COILS -> {
          ReadCoilsResponse response = new ReadCoilsResponse();
          response.readData(data);
          for (int i = 0; i < words.length; i++) {
            words[i] = response.getCoilStatus(i) ? 1 : 0;
          }
        }
        case DISCRETE_INPUTS -> {
          ReadInputDiscretesResponse response = new ReadInputDiscretesResponse();
          response.readData(data);
          for (int i = 0; i < words.length; i++) {
            words[i] = response.getDiscreteStatus(i) ? 1 : 0;
          }
        }
        case HOLDING_REGISTERS -> {
          ReadMultipleRegistersResponse response = new ReadMultipleRegistersResponse();
          response.readData(data);
          for (int i = 0; i < words.length; i++) {
            words[i] = response.getRegisterValue(i) & 0xFFFF;
          }
        }
        case INPUT_REGISTERS -> {
          ReadInputRegistersResponse response = new ReadInputRegistersResponse();
          response.readData(data);
          for (int i = 0; i < words.length; i++) {
            words[i] = response.getRegisterValue(i) & 0xFFFF;
          }
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new DeviceException(
          Kind.INVALID_ANSWER, invalid("it cannot be decoded").getMessage(), e);
    }
    return new Modbus.Words(range, words);
  }

  private String what() {
    String table =
        switch (range.table()) {
          case COILS -> "coil";
          case DISCRETE_INPUTS -> "discrete input";
          case HOLDING_REGISTERS -> "holding register";
          case INPUT_REGISTERS -> "input register";
        };
    return range.count() == 1
        ? table + " " + range.address()
        : table + "s " + range.address() + " to " + (range.address() + range.count() - 1);
  }

  private DeviceException invalid(String why) {
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

  private static int u16(ByteBuffer bytes, int at) {
    return (bytes.get(at) & 0xFF) << 8 | bytes.get(at + 1) & 0xFF;
  }
}
