package org.commonshub.neighbour.https;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/** Distinguished encoding rules (ITU-T X.690), as far as a passport needs them. */
final class Der {
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int UTF8_STRING = 0x0c;
  static final int GENERALIZED_TIME = 0x18;
  static final int UTC_TIME = 0x17;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

  private Der() {}

  /** An element whose content is the parts one after another; at most 16 MiB. */
  static byte[] element(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 5);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int octets = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      out.write(0x80 | octets);
      for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) {
        out.write(length >> shift);
      }
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** An object identifier in dotted form, with arcs of any length. */
  static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.", -1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(40 * Integer.parseInt(arcs[0]) + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      BigInteger arc = new BigInteger(arcs[i]);
      for (int shift = (arc.bitLength() - 1) / 7 * 7; shift > 0; shift -= 7) {
        out.write(0x80 | arc.shiftRight(shift).intValue() & 0x7f);
      }
      out.write(arc.intValue() & 0x7f);
    }
    return element(OID, out.toByteArray());
  }

  static byte[] utf8(String text) {
    return element(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whole octets as a bit string. */
  static byte[] bits(byte[] octets) {
    return element(BIT_STRING, new byte[] {0}, octets);
  }

  /** A time as RFC 5280, section 4.1.2.5 wants it: two digits of the year until 2049. */
  static byte[] time(Instant instant) {
    String text = TIME.format(instant);
    boolean utc = text.compareTo("1950") >= 0 && text.compareTo("2050") < 0;
    return element(
        utc ? UTC_TIME : GENERALIZED_TIME,
        (utc ? text.substring(2) : text).getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Content of the one element with that tag that fills {@code der}.
   *
   * @return null if it is anything else
   */
  static byte[] content(int tag, byte[] der) {
    if (der.length < 2 || (der[0] & 0xff) != tag) {
      return null;
    }
    int at = 2;
    int length = der[1] & 0xff;
    if (length >= 0x80) {
      int octets = length & 0x7f;
      if (octets == 0 || octets > 3 || der.length < 2 + octets) {
        return null;
      }
      length = 0;
      for (; at < 2 + octets; at++) {
        length = length << 8 | der[at] & 0xff;
      }
    }
    return der.length - at == length ? Arrays.copyOfRange(der, at, der.length) : null;
  }
}
