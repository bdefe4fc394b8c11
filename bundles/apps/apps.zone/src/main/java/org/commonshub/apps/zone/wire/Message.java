package org.commonshub.apps.zone.wire;

import java.util.Arrays;
import java.util.List;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/**
 * One message: {@code [kind, app, id, code, [body]]} in deterministic CBOR.
 *
 * @param kind what it is
 * @param app number of the app in its zone, given by the hub; 0 is the zone itself
 * @param id of a request, chosen by who asks; the answer bears the same
 * @param code ordinal of {@link Op} or {@link Ask} in a request, of {@link Outcome} in an answer,
 *     {@link #VERSION} in a hello
 * @param body depends on the code
 */
public record Message(Kind kind, int app, long id, int code, List<?> body) {
  /** Version of the protocol; both sides come from one image and must agree. */
  public static final int VERSION = 1;

  /** Most values in a message of a zone: what they take in memory is bounded by it. */
  public static final int MAX_ITEMS = 16_384;

  private static final long MAX_ID = 1L << 53;

  /** Kinds. */
  public enum Kind {
    /** First message of a zone: {@code [token, instance]}. */
    HELLO,
    REQUEST,
    ANSWER
  }

  /** A request. */
  public static Message request(int app, long id, Enum<?> code, Object... body) {
    return new Message(Kind.REQUEST, app, id, code.ordinal(), Arrays.asList(body));
  }

  /** An answer. */
  public static Message answer(int app, long id, Outcome outcome, Object... body) {
    return new Message(Kind.ANSWER, app, id, outcome.ordinal(), Arrays.asList(body));
  }

  /** Wire form. */
  public byte[] encode() {
    return Cbor.encode(List.of((long) kind.ordinal(), (long) app, id, (long) code, body));
  }

  /**
   * Reads a message.
   *
   * @param maxItems most values in it, at any depth
   */
  public static Message decode(byte[] bytes, int maxItems) throws WireException {
    count(bytes, maxItems);
    Object value;
    try {
      value = Cbor.decode(bytes);
    } catch (MalformedCborException e) {
      throw new WireException("a message that is no CBOR: " + e.getMessage());
    }
    Args args = Args.of(value);
    Kind kind = Kind.values()[(int) args.number(0, Kind.values().length - 1)];
    int app = (int) args.number(0, Integer.MAX_VALUE);
    long id = args.number(0, MAX_ID);
    int code = (int) args.number(0, 255);
    List<?> body = args.list();
    args.end();
    return new Message(kind, app, id, code, body);
  }

  /** Whether a zone may send it. */
  public static boolean fits(byte[] bytes) {
    try {
      count(bytes, MAX_ITEMS);
      return bytes.length <= Frames.MAX_FRAME;
    } catch (WireException e) {
      return false;
    }
  }

  /** The body, to be taken apart. */
  public Args args() {
    return new Args(body);
  }

  /** The code as a constant. */
  public <E extends Enum<E>> E code(Class<E> type) throws WireException {
    E[] all = type.getEnumConstants();
    if (code >= all.length) {
      throw new WireException("a code that is not known: " + code);
    }
    return all[code];
  }

  /**
   * Counts values without making any: a list of a million empty lists is a megabyte on the wire and
   * eighty in memory.
   */
  private static void count(byte[] bytes, int maxItems) throws WireException {
    int items = 0;
    int at = 0;
    while (at < bytes.length) {
      if (++items > maxItems) {
        throw new WireException("a message of more than " + maxItems + " values");
      }
      int initial = bytes[at++] & 0xFF;
      int octets = (initial & 0x1F) < 24 || (initial & 0x1F) > 27 ? 0 : 1 << (initial & 0x1F) - 24;
      long argument = initial & 0x1F;
      if (octets > 0) {
        argument = 0;
        for (int i = 0; i < octets && at < bytes.length; i++) {
          argument = argument << 8 | bytes[at++] & 0xFF;
        }
      }
      int major = initial >> 5;
      if (major == 2 || major == 3) {
        if (argument < 0 || argument > bytes.length - at) {
          throw new WireException("a message that is cut short");
        }
        at += (int) argument;
      }
    }
  }
}
