package org.commonshub.metering.ecp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A CoAP request (RFC 7252, section 3) as far as the protocol needs it: one datagram, no blocks, no
 * observation.
 *
 * @param confirmable whether it wants an acknowledgement
 * @param code method
 * @param id message identifier
 * @param token 0 to 8 bytes
 * @param path Uri-Path
 * @param payload payload
 */
record Coap(
    boolean confirmable, int code, int id, byte[] token, List<String> path, byte[] payload) {
  static final int POST = 2;

  /** 2.04 Changed. */
  static final int CHANGED = 0x44;

  private static final int URI_PATH = 11;
  private static final int CONTENT_FORMAT = 12;
  private static final int MAX_OPTIONS = 16;

  /**
   * Reads a request; null if it is not one and must be ignored (sections 4.2 and 4.3).
   *
   * @throws Refusal if it is a request with an option that has to be understood and is not, or is
   *     otherwise wrong
   */
  static Coap parse(byte[] datagram) throws Refusal {
    if (datagram.length < 4 || (datagram[0] & 0xC0) != 0x40 || (datagram[0] & 0x20) != 0) {
      return null;
    }
    int tokenLength = datagram[0] & 0x0F;
    int code = datagram[1] & 0xFF;
    if (code == 0 || code > 31 || tokenLength > 8 || datagram.length < 4 + tokenLength) {
      return null;
    }
    int id = (datagram[2] & 0xFF) << 8 | datagram[3] & 0xFF;
    byte[] token = Arrays.copyOfRange(datagram, 4, 4 + tokenLength);
    List<String> path = new ArrayList<>();
    int at = 4 + tokenLength;
    int number = 0;
    int options = 0;
    while (at < datagram.length && (datagram[at] & 0xFF) != 0xFF) {
      int head = datagram[at++] & 0xFF;
      int[] parts = {head >> 4, head & 0x0F};
      for (int i = 0; i < 2; i++) {
        int extra = parts[i] == 13 ? 1 : parts[i] == 14 ? 2 : 0;
        if (parts[i] == 15 || datagram.length - at < extra) {
          throw Refusal.malformed("An option is cut short.");
        }
        if (extra == 1) {
          parts[i] = 13 + (datagram[at] & 0xFF);
        } else if (extra == 2) {
          parts[i] = 269 + ((datagram[at] & 0xFF) << 8 | datagram[at + 1] & 0xFF);
        }
        at += extra;
      }
      number += parts[0];
      if (parts[1] > datagram.length - at || ++options > MAX_OPTIONS) {
        throw Refusal.malformed("An option is too long, or there are too many.");
      }
      if (number == URI_PATH) {
        path.add(new String(datagram, at, parts[1], StandardCharsets.UTF_8));
      } else if ((number & 1) == 1 && number != 3 && number != 7) {
        // Critical options but Uri-Host and Uri-Port.
        throw Refusal.malformed("Option " + number + " is not known here.");
      }
      at += parts[1];
    }
    byte[] payload = new byte[0];
    if (at < datagram.length) {
      if (at + 1 == datagram.length) {
        throw Refusal.malformed("There is a payload marker without a payload.");
      }
      payload = Arrays.copyOfRange(datagram, at + 1, datagram.length);
    }
    return new Coap((datagram[0] & 0x30) == 0, code, id, token, List.copyOf(path), payload);
  }

  /** The answer, piggybacked on the acknowledgement if one is wanted (section 5.2). */
  byte[] answer(int answerCode, byte[] body) {
    byte[] answer = new byte[4 + token.length + 2 + 1 + body.length];
    answer[0] = (byte) (0x40 | (confirmable ? 0x20 : 0x10) | token.length);
    answer[1] = (byte) answerCode;
    answer[2] = (byte) (id >> 8);
    answer[3] = (byte) id;
    System.arraycopy(token, 0, answer, 4, token.length);
    int at = 4 + token.length;
    answer[at++] = (byte) (CONTENT_FORMAT << 4 | 1);
    answer[at++] = 60; // application/cbor
    answer[at++] = (byte) 0xFF;
    System.arraycopy(body, 0, answer, at, body.length);
    return answer;
  }
}
