package org.commonshub.metering.mbus;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Takes the frames out of what a radio receiver sends. Keeps at most one message. Not thread-safe.
 */
final class RadioReceiver {
  /** How a receiver delivers. */
  enum Kind {
    /** Text lines, IMST and AMBER messages, told apart by their first byte. */
    AUTO,
    /** Frames one after the other, from the L field on, without checksums. */
    RAW
  }

  private static final int MOST = 2_048;
  private static final int IMST = 0xA5;
  private static final int AMBER = 0xFF;
  private static final int AMBER_DATA = 0x03;

  private final Kind kind;
  private final Consumer<RadioFrame> frames;
  private final byte[] buffer = new byte[MOST];
  private int length;

  RadioReceiver(Kind kind, Consumer<RadioFrame> frames) {
    this.kind = kind;
    this.frames = frames;
  }

  /** Forgets a message that has begun. */
  void reset() {
    length = 0;
  }

  void feed(byte[] bytes) {
    int from = 0;
    while (from < bytes.length) {
      int count = Math.min(bytes.length - from, MOST - length);
      System.arraycopy(bytes, from, buffer, length, count);
      length += count;
      from += count;
      int done = consume();
      System.arraycopy(buffer, done, buffer, 0, length - done);
      length -= done;
      if (length == MOST) {
        length = 0; // Longer than any message.
      }
    }
  }

  private int consume() {
    int at = 0;
    while (at < length) {
      int taken = kind == Kind.RAW ? raw(at) : message(at);
      if (taken == 0) {
        break;
      }
      at += taken;
    }
    return at;
  }

  /** Bytes of the message at a place; 0 if it is not complete. */
  private int message(int at) {
    int first = buffer[at] & 0xFF;
    if (first == IMST) {
      return imst(at);
    }
    if (first == AMBER) {
      return amber(at);
    }
    if (first == '\n' || first == '\r' || !text(first)) {
      return 1;
    }
    for (int i = at; i < length; i++) {
      int c = buffer[i] & 0xFF;
      if (c == '\n' || c == '\r') {
        line(new String(buffer, at, i - at, java.nio.charset.StandardCharsets.US_ASCII));
        return i - at + 1;
      }
      if (!text(c)) {
        return i - at; // A line that was cut off.
      }
    }
    return 0;
  }

  private static boolean text(int c) {
    return c == '\t' || (c >= ' ' && c < 0x7F);
  }

  /** IMST host controller interface: A5, control and end point, kind, length, payload, extras. */
  private int imst(int at) {
    if (length - at < 4) {
      return 0;
    }
    int control = (buffer[at + 1] & 0xFF) >> 4;
    int endPoint = buffer[at + 1] & 0x0F;
    int payload = buffer[at + 3] & 0xFF;
    if ((control & 1) != 0 || endPoint < 1 || endPoint > 4 || (buffer[at + 2] & 0xFF) > 0x30) {
      return 1;
    }
    int end = at + 4 + payload;
    end += (control & 2) != 0 ? 4 : 0;
    end += (control & 4) != 0 ? 1 : 0;
    boolean checked = (control & 8) != 0;
    int whole = end + (checked ? 2 : 0);
    if (whole > length) {
      return 0;
    }
    if (checked) {
      int expected = (buffer[end] & 0xFF) | (buffer[end + 1] & 0xFF) << 8;
      if (ccitt(at + 1, end) != expected) {
        return 1;
      }
    }
    if (endPoint == 2 && buffer[at + 2] == 3) {
      frame(lengthBefore(at + 4, payload), false);
    }
    return whole - at;
  }

  private int ccitt(int from, int to) {
    int crc = 0xFFFF;
    for (int i = from; i < to; i++) {
      crc ^= buffer[i] & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >> 1 ^ 0x8408 : crc >> 1;
      }
    }
    return ~crc & 0xFFFF;
  }

  /** AMBER (Würth) command interface: FF, command, length, payload, XOR of all. */
  private int amber(int at) {
    if (length - at < 3) {
      return 0;
    }
    int command = buffer[at + 1] & 0xFF;
    int payload = buffer[at + 2] & 0xFF;
    if (command == AMBER || payload < 1) {
      return 1;
    }
    if (length - at < payload + 4) {
      return 0;
    }
    int sum = 0;
    for (int i = at; i < at + payload + 3; i++) {
      sum ^= buffer[i] & 0xFF;
    }
    if (sum != (buffer[at + payload + 3] & 0xFF)) {
      return 1;
    }
    if (command == AMBER_DATA) {
      frame(lengthBefore(at + 3, payload), false);
    }
    return payload + 4;
  }

  private byte[] lengthBefore(int at, int payload) {
    byte[] frame = new byte[payload + 1];
    frame[0] = (byte) payload;
    System.arraycopy(buffer, at, frame, 1, payload);
    return frame;
  }

  /** Frames without anything around them; the first bytes of a frame are told by what they are. */
  private int raw(int at) {
    if ((buffer[at] & 0xFF) < 10) {
      return 1;
    }
    if (length - at < 2) {
      return 0;
    }
    if (!RadioFrame.fromMeter(buffer[at + 1] & 0xFF)) {
      return 1;
    }
    if (length - at < 4) {
      return 0;
    }
    int maker = (buffer[at + 2] & 0xFF) | (buffer[at + 3] & 0xFF) << 8;
    if (new Meter("0", maker, 0, 0).manufacturer().length() != 3) {
      return 1;
    }
    int whole = 1 + (buffer[at] & 0xFF);
    if (length - at < whole) {
      return 0;
    }
    frame(Arrays.copyOfRange(buffer, at, at + whole), false);
    return whole;
  }

  private void line(String line) {
    String text = line.strip();
    boolean checked = false;
    if (text.indexOf(';') >= 0) {
      // rtl-wmbus: mode;crc ok;3 of 6 ok;time;…;0x…
      String[] fields = text.split(";", -1);
      if (fields.length < 4 || !fields[1].equals("1") || !fields[2].equals("1")) {
        return;
      }
      text = fields[fields.length - 1];
    } else if (text.startsWith("b")
        && text.length() % 2 == 1
        && HexFormat.isHexDigit(text.charAt(text.length() - 1))) {
      text = text.substring(1); // CUL, frame format A and two bytes of signal quality.
      checked = true;
    } else if (text.startsWith("bY")) {
      text = text.substring(2); // CUL, frame format B.
      checked = true;
    } else if (text.startsWith("telegram=")) {
      text = text.substring("telegram=".length());
      int plus = text.indexOf('+');
      text = (plus < 0 ? text : text.substring(0, plus)).replace("|", "").replace("_", "");
    }
    text = text.toLowerCase(Locale.ROOT);
    if (text.startsWith("0x")) {
      text = text.substring(2);
    }
    byte[] bytes;
    try {
      bytes = HexFormat.of().parseHex(text);
    } catch (IllegalArgumentException e) {
      return; // What receivers say about themselves.
    }
    frame(bytes, checked);
  }

  private void frame(byte[] bytes, boolean checked) {
    RadioFrame frame;
    try {
      frame = RadioFrame.parse(bytes, checked);
    } catch (MalformedFrame e) {
      return; // Disturbed on the air, as many are, and nobody knows whose it was.
    }
    frames.accept(frame);
  }

  /** Frames of one piece, for tests. */
  static List<RadioFrame> frames(Kind kind, byte[] bytes) {
    List<RadioFrame> found = new ArrayList<>();
    new RadioReceiver(kind, found::add).feed(bytes);
    return found;
  }
}
