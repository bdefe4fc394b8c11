package org.commonshub.apps.zone.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Frames: four bytes of length, most significant first, then so many bytes. The highest bit says
 * that the message goes on in the next frame. Not for several threads.
 */
public final class Frames {
  /** Largest frame. */
  public static final int MAX_FRAME = 1 << 20;

  /** Largest message to a zone. A message from a zone is one frame. */
  public static final int MAX_MESSAGE = 16 << 20;

  private static final int MORE = 1 << 31;
  private static final int HEAD = 4;

  private final boolean chunks;
  private byte[] bytes = new byte[1024];
  private int from;
  private int to;
  private byte[] begun = new byte[0];

  /**
   * Puts frames together again.
   *
   * @param chunks whether a message may have several
   */
  public Frames(boolean chunks) {
    this.chunks = chunks;
  }

  /** A message cut into frames. */
  public static List<ByteBuffer> split(byte[] message) {
    if (message.length == 0 || message.length > MAX_MESSAGE) {
      throw new IllegalArgumentException("a message has 1 to " + MAX_MESSAGE + " bytes");
    }
    List<ByteBuffer> frames = new ArrayList<>();
    for (int at = 0; at < message.length; at += MAX_FRAME) {
      int size = Math.min(MAX_FRAME, message.length - at);
      ByteBuffer frame = ByteBuffer.allocate(HEAD + size);
      frame.putInt(at + size < message.length ? MORE | size : size);
      frame.put(message, at, size).flip();
      frames.add(frame);
    }
    return frames;
  }

  /** Takes what came in. Memory grows with what came, never with what a length claims. */
  public void add(ByteBuffer in) {
    if (from == to) {
      from = 0;
      to = 0;
      if (bytes.length > 1 << 16) {
        bytes = new byte[1024];
      }
    }
    int size = in.remaining();
    if (bytes.length - to < size) {
      byte[] larger =
          to - from + size <= bytes.length / 2
              ? bytes
              : new byte[Math.max(2 * bytes.length, to - from + size)];
      System.arraycopy(bytes, from, larger, 0, to - from);
      bytes = larger;
      to -= from;
      from = 0;
    }
    in.get(bytes, to, size);
    to += size;
  }

  /** The next message, or null if it is not all here yet. */
  public byte[] next() throws WireException {
    while (to - from >= HEAD) {
      int head = ByteBuffer.wrap(bytes, from, HEAD).getInt();
      int size = head & ~MORE;
      boolean more = head < 0;
      if (size < 1 || size > MAX_FRAME || more && !chunks) {
        throw new WireException("a frame that is empty or larger than " + MAX_FRAME + " bytes");
      }
      if (begun.length + size > MAX_MESSAGE) {
        throw new WireException("a message larger than " + MAX_MESSAGE + " bytes");
      }
      if (to - from - HEAD < size) {
        return null;
      }
      byte[] message = Arrays.copyOf(begun, begun.length + size);
      System.arraycopy(bytes, from + HEAD, message, begun.length, size);
      from += HEAD + size;
      if (!more) {
        begun = new byte[0];
        return message;
      }
      begun = message;
    }
    return null;
  }
}
