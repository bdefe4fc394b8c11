package org.commonshub.metering.mbus;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;

/**
 * Frames of the wired link layer (EN 13757-2, 5; IEC 60870-5-1, format class FT 1.2). Pure.
 *
 * @param control C field; −1 for the single character
 * @param address A field
 * @param data CI field and user data; empty for a short frame
 */
record LinkFrame(int control, int address, byte[] data) {
  static final int ACK = 0xE5;
  static final int SHORT = 0x10;
  static final int LONG = 0x68;
  static final int STOP = 0x16;

  /** Address that every slave answers, for a bus with one. */
  static final int ANY = 0xFE;

  /** Address of the slave that was selected by its secondary address. */
  static final int SELECTED = 0xFD;

  private static final int SND_NKE = 0x40;
  private static final int REQ_UD2 = 0x5B;
  private static final int SND_UD = 0x53;
  private static final int FCB = 0x20;
  private static final int RSP_UD = 0x08;
  private static final int SELECT = 0x52;

  /** The single character E5h: understood. */
  boolean acknowledged() {
    return control < 0;
  }

  /** Whether it is data from a slave; the access demand and data flow bits may be set. */
  boolean response() {
    return data.length > 0 && (control & 0xCF) == RSP_UD;
  }

  /** Resets the slave's link layer: the next request has the frame count bit set. */
  static byte[] reset(int address) {
    return shortFrame(SND_NKE, address);
  }

  /** Asks for class 2 data. */
  static byte[] request(int address, boolean frameCountBit) {
    return shortFrame(REQ_UD2 | (frameCountBit ? FCB : 0), address);
  }

  /** Selects a slave by its secondary address (EN 13757-7, 8.2). */
  static byte[] select(byte[] secondaryAddress) {
    byte[] data = new byte[1 + secondaryAddress.length];
    data[0] = SELECT;
    System.arraycopy(secondaryAddress, 0, data, 1, secondaryAddress.length);
    return longFrame(SND_UD | FCB, SELECTED, data);
  }

  static byte[] shortFrame(int control, int address) {
    return new byte[] {
      SHORT, (byte) control, (byte) address, (byte) (control + address), (byte) STOP
    };
  }

  static byte[] longFrame(int control, int address, byte[] data) {
    byte[] frame = new byte[data.length + 8];
    frame[0] = LONG;
    frame[1] = (byte) (data.length + 2);
    frame[2] = frame[1];
    frame[3] = LONG;
    frame[4] = (byte) control;
    frame[5] = (byte) address;
    System.arraycopy(data, 0, frame, 6, data.length);
    frame[frame.length - 2] = (byte) sum(frame, 4, frame.length - 2);
    frame[frame.length - 1] = STOP;
    return frame;
  }

  private static int sum(byte[] bytes, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      sum += bytes[i];
    }
    return sum & 0xFF;
  }

  static LinkFrame parse(byte[] bytes) throws MalformedFrame {
    if (bytes.length == 1 && (bytes[0] & 0xFF) == ACK) {
      return new LinkFrame(-1, -1, new byte[0]);
    }
    int start;
    if (bytes.length == 5 && bytes[0] == SHORT) {
      start = 1;
    } else if (bytes.length >= 9
        && bytes[0] == LONG
        && bytes[3] == LONG
        && bytes[1] == bytes[2]
        && (bytes[1] & 0xFF) + 6 == bytes.length) {
      start = 4;
    } else {
      throw new MalformedFrame("it is no M-Bus frame");
    }
    if (bytes[bytes.length - 1] != STOP) {
      throw new MalformedFrame("it has no stop character");
    }
    if (sum(bytes, start, bytes.length - 2) != (bytes[bytes.length - 2] & 0xFF)) {
      throw new MalformedFrame("its checksum is wrong");
    }
    return new LinkFrame(
        bytes[start] & 0xFF,
        bytes[start + 1] & 0xFF,
        Arrays.copyOfRange(bytes, start + 2, bytes.length - 2));
  }

  /**
   * Finds the end of the answer to a request. Some level converters return what was sent before:
   * such an echo is part of what is found, see {@link #withoutEcho}.
   */
  static Framing answerTo(byte[] request, Endpoint endpoint) {
    return received -> {
      int from = echo(request, received);
      if (from < 0) {
        return 0;
      }
      int length = length(received, from);
      if (length < 0) {
        throw new DeviceException(
            Kind.INVALID_ANSWER,
            "What came from "
                + endpoint
                + " is no M-Bus frame. Check baud rate and parity (M-Bus: 2400 baud, 8 data bits,"
                + " even parity) and that no two meters have the same address.");
      }
      return length == 0 ? 0 : from + length;
    };
  }

  static byte[] withoutEcho(byte[] request, byte[] answer) {
    int from = Math.max(0, echo(request, ByteBuffer.wrap(answer)));
    return Arrays.copyOfRange(answer, from, answer.length);
  }

  /** Length of the echo; −1 if it may yet become one. */
  private static int echo(byte[] request, ByteBuffer received) {
    int common = Math.min(request.length, received.remaining());
    for (int i = 0; i < common; i++) {
      if (received.get(received.position() + i) != request[i]) {
        return 0;
      }
    }
    return received.remaining() < request.length ? -1 : request.length;
  }

  /** Length of the frame at an offset; 0 if more bytes are needed, −1 if it is none. */
  static int length(ByteBuffer received, int offset) {
    int count = received.remaining() - offset;
    int at = received.position() + offset;
    if (count < 1) {
      return 0;
    }
    switch (received.get(at) & 0xFF) {
      case ACK -> {
        return 1;
      }
      case SHORT -> {
        return count < 5 ? 0 : received.get(at + 4) == STOP ? 5 : -1;
      }
      case LONG -> {
        if (count < 4) {
          return 0;
        }
        int length = received.get(at + 1) & 0xFF;
        if (length < 3 || length != (received.get(at + 2) & 0xFF) || received.get(at + 3) != LONG) {
          return -1;
        }
        if (count < length + 6) {
          return 0;
        }
        return received.get(at + length + 5) == STOP ? length + 6 : -1;
      }
      default -> {
        return -1;
      }
    }
  }
}
