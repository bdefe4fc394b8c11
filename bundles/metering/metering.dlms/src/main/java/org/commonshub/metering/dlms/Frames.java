package org.commonshub.metering.dlms;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Takes the messages (APDUs) out of a stream of bytes, whatever they are wrapped in: HDLC frames
 * (IEC 62056-46, frame format type 3), wired M-Bus long frames with the DLMS transport layer (EN
 * 13757-2 and IEC 62056-7-3), or the wrapper for TCP (IEC 62056-47). Segments are put together.
 * Damaged frames are dropped. Not thread-safe.
 */
final class Frames {
  /** What messages are wrapped in. */
  enum Wrapping {
    /** Whatever comes first whole. */
    AUTO,
    HDLC,
    MBUS,
    WRAPPER
  }

  /** Longest message. */
  static final int MOST = 8_192;

  private static final int BUFFER = 4_096;
  private static final int WRAPPED = 2_048;
  private static final int FLAG = 0x7E;
  private static final int LONG = 0x68;
  private static final int STOP = 0x16;
  private static final int LEAST_MBUS = 6;
  private static final int OVERFLOWN = 32;

  /** Tags a message behind the wrapper begins with. */
  private static final Set<Integer> TAGS = Set.of(0x0F, 0xDB, 0xDC, 0xDD, 0xE0, 0xC2);

  private final Wrapping configured;
  private final Consumer<byte[]> messages;
  private final byte[] buffer = new byte[BUFFER];
  private final ByteArrayOutputStream segments = new ByteArrayOutputStream();
  private Wrapping wrapping;
  private int length;
  private int nextSegment;

  /**
   * @param messages takes APDUs, the LLC header taken off
   */
  Frames(Wrapping configured, Consumer<byte[]> messages) {
    this.configured = configured;
    this.wrapping = configured;
    this.messages = messages;
  }

  /** Forgets what has begun. */
  void reset() {
    length = 0;
    wrapping = configured;
    endSegments();
  }

  void feed(byte[] bytes) {
    int from = 0;
    while (from < bytes.length) {
      int count = Math.min(bytes.length - from, BUFFER - length);
      System.arraycopy(bytes, from, buffer, length, count);
      length += count;
      from += count;
      int done = consume();
      if (done == 0 && length == BUFFER) {
        done = 1; // Longer than any frame: it was none.
      }
      System.arraycopy(buffer, done, buffer, 0, length - done);
      length -= done;
    }
  }

  private int consume() {
    int at = 0;
    while (at < length) {
      int taken = frame(at);
      if (taken == 0) {
        break;
      }
      at += taken;
    }
    return at;
  }

  /** Bytes of the frame at a place, 1 if there is none; 0 if it is not complete. */
  private int frame(int at) {
    int first = buffer[at] & 0xFF;
    if (first == FLAG && (wrapping == Wrapping.AUTO || wrapping == Wrapping.HDLC)) {
      return hdlc(at);
    }
    if (first == LONG && (wrapping == Wrapping.AUTO || wrapping == Wrapping.MBUS)) {
      return mbus(at);
    }
    if (first == 0 && (wrapping == Wrapping.AUTO || wrapping == Wrapping.WRAPPER)) {
      return wrapper(at);
    }
    return 1;
  }

  private int hdlc(int at) {
    if (length - at < 3) {
      return 0;
    }
    int format = (buffer[at + 1] & 0xFF) << 8 | (buffer[at + 2] & 0xFF);
    int size = format & 0x07FF;
    if (format >> 12 != 0xA || size < 9) {
      return 1;
    }
    int end = at + 1 + size;
    if (end >= length) {
      return 0;
    }
    if ((buffer[end] & 0xFF) != FLAG || !Crc.matches(buffer, at + 1, end - 2)) {
      return 1;
    }
    int info = address(address(at + 3, end), end) + 1;
    if (info + 2 > end - 2 || !Crc.matches(buffer, at + 1, info)) {
      return 1;
    }
    wrapping = Wrapping.HDLC;
    boolean more = (format & 0x0800) != 0;
    byte[] part = Arrays.copyOfRange(buffer, info + 2, end - 2);
    if (!more && segments.size() == 0) {
      message(part);
    } else {
      append(part);
      if (!more) {
        byte[] whole = segments.toByteArray();
        endSegments();
        message(whole);
      }
    }
    // The flag may be the next frame's, too.
    return size + 1;
  }

  /** Where the address at a place ends: its last byte has the lowest bit set. */
  private int address(int at, int end) {
    int i = at;
    while (i < end && i < at + 4 && (buffer[i] & 1) == 0) {
      i++;
    }
    return i + 1;
  }

  private int mbus(int at) {
    if (length - at < 4) {
      return 0;
    }
    int size = buffer[at + 1] & 0xFF;
    if (buffer[at + 2] != buffer[at + 1] || buffer[at + 3] != LONG) {
      return 1;
    }
    if (size >= LEAST_MBUS) {
      if (length - at < size + 6) {
        return 0;
      }
      if (mbus(at, size)) {
        return size + 6;
      }
    }
    if (size > OVERFLOWN) {
      return 1;
    }
    // Some meters send frames of more than 255 bytes, their length field overflown.
    int actual = size + 256;
    if (length - at < actual + 6) {
      return 0;
    }
    return mbus(at, actual) ? actual + 6 : 1;
  }

  private boolean mbus(int at, int size) {
    int end = at + 4 + size;
    if (buffer[end + 1] != STOP) {
      return false;
    }
    int sum = 0;
    for (int i = at + 4; i < end; i++) {
      sum += buffer[i];
    }
    if ((sum & 0xFF) != (buffer[end] & 0xFF)) {
      return false;
    }
    int control = buffer[at + 6] & 0xFF;
    if (control > 0x1F) {
      return true; // A frame, but not of this transport layer.
    }
    wrapping = Wrapping.MBUS;
    int number = control & 0x0F;
    byte[] part = Arrays.copyOfRange(buffer, at + 9, end);
    if (number == 0) {
      endSegments();
    }
    if (number != nextSegment) {
      endSegments(); // One was lost.
      return true;
    }
    append(part);
    nextSegment = number + 1;
    if ((control & 0x10) != 0) {
      byte[] whole = segments.toByteArray();
      endSegments();
      message(whole);
    }
    return true;
  }

  private int wrapper(int at) {
    if (length - at < 2) {
      return 0;
    }
    if (buffer[at + 1] != 1) {
      return 1;
    }
    if (length - at < 9) {
      return 0;
    }
    int size = (buffer[at + 6] & 0xFF) << 8 | (buffer[at + 7] & 0xFF);
    boolean ports =
        buffer[at + 2] == 0 && buffer[at + 4] == 0 && buffer[at + 3] != 0 && buffer[at + 5] != 0;
    if (!ports || size < 6 || size > WRAPPED || !TAGS.contains(buffer[at + 8] & 0xFF)) {
      return 1;
    }
    if (length - at < size + 8) {
      return 0;
    }
    wrapping = Wrapping.WRAPPER;
    message(Arrays.copyOfRange(buffer, at + 8, at + 8 + size));
    return size + 8;
  }

  private void append(byte[] part) {
    if (segments.size() + part.length > MOST) {
      endSegments();
    } else {
      segments.writeBytes(part);
    }
  }

  private void endSegments() {
    segments.reset();
    nextSegment = 0;
  }

  private void message(byte[] bytes) {
    int from = 0;
    // LLC header (IEC 62056-46, 5.3.2): E6 E7 00 or E6 E6 00.
    if (bytes.length > 3
        && (bytes[0] & 0xFF) == 0xE6
        && ((bytes[1] & 0xFF) == 0xE7 || (bytes[1] & 0xFF) == 0xE6)
        && bytes[2] == 0) {
      from = 3;
    }
    if (bytes.length > from) {
      messages.accept(from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length));
    }
  }
}
