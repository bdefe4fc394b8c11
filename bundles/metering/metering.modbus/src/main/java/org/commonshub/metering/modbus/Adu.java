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
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Modbus;

/** A read: the bytes that ask, and the values of the only bytes that can be the answer. */
final class Adu extends Request {
  private final Modbus.Range range;
  private final int byteCount;

  /**
   * @param where endpoint, for sentences
   * @param framing framing
   * @param transaction transaction identifier, 0 … 65535; not sent with RTU
   * @param unit unit identifier
   * @param range a range that {@link #checked} let pass
   */
  Adu(String where, Modbus.Framing framing, int transaction, int unit, Modbus.Range range) {
    super(where, framing, transaction, unit, function(range.table()));
    this.range = range;
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
    byte[] data = request.getMessage();
    byte[] pdu = new byte[1 + data.length];
    pdu[0] = (byte) request.getFunctionCode();
    System.arraycopy(data, 0, pdu, 1, data.length);
    return framed(pdu);
  }

  @Override
  int answerLength(ByteBuffer received, int at, int have) throws DeviceException {
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
    return values(pdu(answer));
  }

  /** The values of a protocol data unit that {@link #pdu} let pass. */
  Modbus.Words values(byte[] pdu) throws DeviceException {
    DataInputStream data = new DataInputStream(new ByteArrayInputStream(pdu, 1, pdu.length - 1));
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

  @Override
  String asked() {
    String table =
        switch (range.table()) {
          case COILS -> "coil";
          case DISCRETE_INPUTS -> "discrete input";
          case HOLDING_REGISTERS -> "holding register";
          case INPUT_REGISTERS -> "input register";
        };
    return range.count() == 1
        ? "read " + table + " " + range.address()
        : "read " + table + "s " + range.address() + " to " + (range.address() + range.count() - 1);
  }
}
