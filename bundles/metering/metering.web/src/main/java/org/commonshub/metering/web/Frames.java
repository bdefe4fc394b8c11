package org.commonshub.metering.web;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Takes a client's WebSocket frames apart and joins fragments (RFC 6455 §5, §8.1). Strict: what the
 * RFC forbids is refused with the status code it names.
 */
final class Frames {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final int MAX_CONTROL = 125;

  /** Takes what comes out. */
  interface Sink {
    void text(String message);

    void ping(byte[] payload);

    void pong();

    /**
     * The peer closes.
     *
     * @param code 1005 if it gives none
     */
    void goodbye(int code, String reason);

    /** Whether the next frame can be taken now. */
    boolean ready();
  }

  /** What the connection has to be closed for. */
  static final class Violation extends Exception {
    private static final long serialVersionUID = 1L;

    private final int code;

    Violation(int code, String message) {
      super(message, null, false, false);
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  private final int most;
  private final Bytes message;
  private final byte[] head = new byte[14];
  private int headLength;
  private int headWanted = 2;
  private boolean inPayload;
  private boolean fin;
  private int opcode;
  private long left;
  private int maskIndex;
  private boolean fragmented;
  private byte[] control;
  private int controlLength;
  private boolean closed;

  /**
   * @param most longest message
   */
  Frames(int most, Budget budget) {
    this.most = most;
    this.message = new Bytes(budget);
  }

  /** Takes bytes while the sink is ready; nothing after a close frame. */
  void take(ByteBuffer from, Sink sink) throws Violation {
    while (!closed && (inPayload || headLength > 0 || sink.ready())) {
      if (!inPayload) {
        while (headLength < headWanted && from.hasRemaining()) {
          head[headLength++] = from.get();
          if (headLength == 2) {
            headWanted = size();
          }
        }
        if (headLength < headWanted) {
          return;
        }
        begin();
      }
      payload(from);
      if (left > 0) {
        return;
      }
      end(sink);
      if (!from.hasRemaining()) {
        return;
      }
    }
    if (closed) {
      from.position(from.limit());
    }
  }

  private int size() throws Violation {
    if ((head[0] & 0x70) != 0) {
      throw new Violation(1002, "reserved bits are set");
    }
    if ((head[1] & 0x80) == 0) {
      throw new Violation(1002, "a frame is not masked");
    }
    int length = head[1] & 0x7f;
    return 6 + (length == 126 ? 2 : length == 127 ? 8 : 0);
  }

  private void begin() throws Violation {
    fin = (head[0] & 0x80) != 0;
    opcode = head[0] & 0x0f;
    left = head[1] & 0x7f;
    int extended = headWanted - 6;
    if (extended > 0) {
      left = 0;
      for (int i = 0; i < extended; i++) {
        left = left << 8 | (head[2 + i] & 0xff);
      }
      if (left < 0 || left < (extended == 2 ? 126 : 0x10000)) {
        throw new Violation(1002, "a frame's length is not in its shortest form");
      }
    }
    switch (opcode) {
      case CONTINUATION -> {
        if (!fragmented) {
          throw new Violation(1002, "a fragment continues nothing");
        }
      }
      case TEXT, BINARY -> {
        if (fragmented) {
          throw new Violation(1002, "a message begins within another");
        }
        if (opcode == BINARY) {
          throw new Violation(1003, "only text is taken");
        }
      }
      case CLOSE, PING, PONG -> {
        if (!fin || left > MAX_CONTROL) {
          throw new Violation(1002, "a control frame is too long or in fragments");
        }
        control = new byte[(int) left];
        controlLength = 0;
      }
      default -> throw new Violation(1002, "a frame has an unknown opcode");
    }
    if (opcode <= TEXT && left > most - message.length()) {
      throw new Violation(1009, "a message is longer than " + most + " bytes");
    }
    inPayload = true;
    maskIndex = 0;
  }

  private void payload(ByteBuffer from) throws Violation {
    int count = (int) Math.min(left, from.remaining());
    if (count == 0) {
      return;
    }
    byte[] to;
    int at;
    if (opcode >= CLOSE) {
      to = control;
      at = controlLength;
      from.get(control, controlLength, count);
      controlLength += count;
    } else {
      at = message.length();
      try {
        message.add(from, count, fin ? at + (int) left : most);
      } catch (HttpException e) {
        throw new Violation(1013, e.getMessage());
      }
      to = message.array();
    }
    int mask = headWanted - 4;
    for (int i = at; i < at + count; i++) {
      to[i] ^= head[mask + (maskIndex++ & 3)];
    }
    left -= count;
  }

  private void end(Sink sink) throws Violation {
    inPayload = false;
    headLength = 0;
    headWanted = 2;
    switch (opcode) {
      case PING -> sink.ping(control);
      case PONG -> sink.pong();
      case CLOSE -> {
        closed = true;
        close(control, sink);
      }
      default -> {
        fragmented = !fin;
        if (fin) {
          String text = text(message.array(), 0, message.length());
          message.clear();
          sink.text(text);
        }
      }
    }
    control = null;
  }

  private static void close(byte[] payload, Sink sink) throws Violation {
    if (payload.length == 0) {
      sink.goodbye(1005, "");
      return;
    }
    if (payload.length == 1) {
      throw new Violation(1002, "a close frame is cut");
    }
    int code = (payload[0] & 0xff) << 8 | (payload[1] & 0xff);
    if (!sendable(code)) {
      throw new Violation(1002, "a close frame has a forbidden code");
    }
    sink.goodbye(code, text(payload, 2, payload.length - 2));
  }

  /** Whether a code may stand in a close frame (RFC 6455 §7.4). */
  static boolean sendable(int code) {
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
        || (code >= 3000 && code <= 4999);
  }

  private static String text(byte[] bytes, int offset, int length) throws Violation {
    try {
      CharBuffer decoded =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, offset, length));
      return decoded.toString();
    } catch (CharacterCodingException e) {
      throw new Violation(1007, "a text is not UTF-8");
    }
  }

  /** Lets go of what came. */
  void clear() {
    closed = true;
    message.clear();
  }

  /** A frame from the server: not masked, not in fragments. */
  static ByteBuffer frame(int opcode, byte[] payload) {
    int length = payload.length;
    ByteBuffer frame = ByteBuffer.allocate(length + (length < 126 ? 2 : length < 65536 ? 4 : 10));
    frame.put((byte) (0x80 | opcode));
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 65536) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    return frame.put(payload).flip();
  }

  /** A close frame; a reason that is too long is cut. */
  static ByteBuffer close(int code, String reason) {
    byte[] text = reason.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(text.length, MAX_CONTROL - 2);
    while (length < text.length && length > 0 && (text[length] & 0xc0) == 0x80) {
      length--; // Not in the middle of a character.
    }
    byte[] payload = new byte[2 + length];
    payload[0] = (byte) (code >> 8);
    payload[1] = (byte) code;
    System.arraycopy(text, 0, payload, 2, length);
    return frame(CLOSE, payload);
  }
}
