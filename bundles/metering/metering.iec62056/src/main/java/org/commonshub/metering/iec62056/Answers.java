package org.commonshub.metering.iec62056;

import java.nio.ByteBuffer;
import java.util.Optional;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Framing;

/**
 * Where a meter's answers end. What comes before them is passed over: reading heads often hear what
 * the hub sends. Characters are seen without their parity bit.
 */
final class Answers {
  /** Longest message. */
  static final int LIMIT = 32 * 1024;

  private static final int LONGEST_OPENING = 4 * 1024;
  private static final int NAK = 0x15;

  private Answers() {}

  /**
   * A meter's name in what was received.
   *
   * @param from index of its first character
   * @param to index behind the end of its line
   */
  record Line(Identification identification, int from, int to) {}

  /**
   * A message in what was received.
   *
   * @param from index of STX
   * @param to index behind the check character
   */
  record Message(int from, int to) {}

  /** The first identification whose line has ended. */
  static Optional<Line> identification(ByteBuffer received) {
    int from = -1;
    for (int i = received.position(); i < received.limit(); i++) {
      int c = SevenBit.of(received.get(i));
      if (c == '/') {
        from = i;
      } else if (c == '\n' && from >= 0) {
        byte[] line = new byte[i - from];
        for (int k = from; k < i; k++) {
          line[k - from] = (byte) SevenBit.of(received.get(k));
        }
        int end = line[line.length - 1] == '\r' ? line.length - 1 : line.length;
        Optional<Identification> found = Identification.of(line, 0, end);
        if (found.isPresent()) {
          return Optional.of(
              new Line(found.get(), from - received.position(), i + 1 - received.position()));
        }
        from = -1;
      }
    }
    return Optional.empty();
  }

  /** The first message that is whole, from an index on. */
  static Optional<Message> message(ByteBuffer received, int from) {
    int begin = -1;
    for (int i = received.position() + from; i < received.limit() - 1; i++) {
      int c = SevenBit.of(received.get(i));
      if (begin < 0 && c == Readout.STX) {
        begin = i;
      } else if (begin >= 0 && c == Readout.ETX) {
        return Optional.of(new Message(begin - received.position(), i + 2 - received.position()));
      }
    }
    return Optional.empty();
  }

  /**
   * The opening: an identification, and its message where the meter waits for no acknowledgement.
   *
   * @param atOnce whether the meter is known to send its message at once (mode A)
   */
  static Framing opening(boolean atOnce) {
    return received -> {
      Optional<Line> line = identification(received);
      if (line.isEmpty()) {
        if (received.remaining() > LONGEST_OPENING) {
          throw wrong("it does not name itself");
        }
        return 0;
      }
      if (atOnce) {
        return end(received, line.get().to());
      }
      return line.get().to();
    };
  }

  /** The message after the acknowledgement. */
  static Framing message() {
    return received -> {
      int end = end(received, 0);
      if (end == 0 && SevenBit.of(received.get(received.limit() - 1)) == NAK) {
        throw new DeviceException(
            Kind.REFUSED, "The meter refuses to send its values. Try a lower max_baud.");
      }
      return end;
    };
  }

  private static int end(ByteBuffer received, int from) throws DeviceException {
    Optional<Message> message = message(received, from);
    if (message.isEmpty() && received.remaining() > LIMIT) {
      throw wrong("its message does not end");
    }
    return message.map(Message::to).orElse(0);
  }

  private static DeviceException wrong(String what) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "What answers is no meter that speaks IEC 62056-21: "
            + what
            + ". Check the address and the first baud rate.");
  }
}
