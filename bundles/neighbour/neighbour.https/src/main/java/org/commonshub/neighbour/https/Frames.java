package org.commonshub.neighbour.https;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;

/**
 * What goes over a connection once both sides are proven: the byte {@link #READY} from who answers,
 * one question, one answer; the latter two as four bytes of length and deterministic CBOR.
 */
final class Frames {
  /** ALPN protocol identifier (RFC 7301). */
  static final String PROTOCOL = "commonshub/1";

  static final int READY = 1;
  private static final int MAX = Neighbours.MAX_BYTES + 64;
  private static final int MAX_REASON = 500;

  private Frames() {}

  /** A question: {@code {1: topic, 2: bytes}}. */
  record Question(Topic topic, byte[] bytes) {
    byte[] encode() {
      return Cbor.encode(Map.of(1L, topic.name(), 2L, bytes));
    }

    static Question decode(byte[] frame) throws IOException {
      try {
        if (Cbor.decode(frame) instanceof Map<?, ?> map
            && map.size() == 2
            && map.get(1L) instanceof String name
            && map.get(2L) instanceof byte[] bytes
            && bytes.length <= Neighbours.MAX_BYTES) {
          return new Question(Topic.valueOf(name), bytes);
        }
        throw new IOException("not a question");
      } catch (MalformedCborException | IllegalArgumentException e) {
        throw new IOException("not a question: " + e.getMessage(), e);
      }
    }
  }

  /**
   * An answer: {@code {1: bytes}}, or {@code {2: reason}} for people.
   *
   * @param bytes null for a refusal
   * @param refusal null for an answer
   */
  record Answer(byte[] bytes, String refusal) {
    byte[] encode() {
      return Cbor.encode(bytes == null ? Map.of(2L, clean(refusal)) : Map.of(1L, bytes));
    }

    static Answer decode(byte[] frame) throws IOException {
      try {
        if (Cbor.decode(frame) instanceof Map<?, ?> map && map.size() == 1) {
          if (map.get(1L) instanceof byte[] bytes && bytes.length <= Neighbours.MAX_BYTES) {
            return new Answer(bytes, null);
          }
          if (map.get(2L) instanceof String reason) {
            return new Answer(null, clean(reason));
          }
        }
        throw new IOException("not an answer");
      } catch (MalformedCborException e) {
        throw new IOException("not an answer: " + e.getMessage(), e);
      }
    }
  }

  static void write(OutputStream out, byte[] frame) throws IOException {
    out.write(ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).array());
    out.flush();
  }

  static byte[] read(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    int length = data.readInt();
    if (length < 0 || length > MAX) {
      throw new IOException("a frame of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] frame = in.readNBytes(length);
    if (frame.length != length) {
      throw new IOException("a frame that is cut short");
    }
    return frame;
  }

  /** Words from outside, fit to be shown. */
  private static String clean(String text) {
    String shown = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ");
    return shown.substring(0, Math.min(shown.length(), MAX_REASON));
  }
}
