package org.commonshub.platform.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Distinguished encoding rules (ITU-T X.690), as far as a certificate needs them. */
final class Der {
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OID = 0x06;
  static final int UTF8_STRING = 0x0c;
  private static final int UTC_TIME = 0x17;
  private static final int GENERALIZED_TIME = 0x18;
  private static final DateTimeFormatter LONG_YEAR =
      DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final Instant FIRST_OF_2050 = Instant.parse("2050-01-01T00:00:00Z");
  private static final Instant FIRST_OF_1950 = Instant.parse("1950-01-01T00:00:00Z");

  private Der() {}

  /** An element whose content is the parts one after another. */
  static byte[] element(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else if (length < 0x10000) {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    } else {
      throw new IllegalArgumentException("longer than a certificate: " + length);
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** An object identifier in dotted form. */
  static byte[] oid(String dotted) {
    String[] arcs = dotted.split("\\.", -1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(40 * Integer.parseInt(arcs[0]) + Integer.parseInt(arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int arc = Integer.parseInt(arcs[i]);
      for (int shift = 28; shift > 0; shift -= 7) {
        if (arc >> shift != 0) {
          out.write(0x80 | (arc >> shift & 0x7f));
        }
      }
      out.write(arc & 0x7f);
    }
    return element(OID, out.toByteArray());
  }

  static byte[] utf8(String text) {
    return element(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Whole octets as a bit string. */
  static byte[] bits(int unused, byte[] octets) {
    return element(BIT_STRING, new byte[] {(byte) unused}, octets);
  }

  /** A time as RFC 5280 §4.1.2.5 wants it: two digits of the year until 2049. */
  static byte[] time(Instant instant) {
    String text = LONG_YEAR.format(instant);
    boolean utc = instant.isBefore(FIRST_OF_2050) && !instant.isBefore(FIRST_OF_1950);
    return element(
        utc ? UTC_TIME : GENERALIZED_TIME,
        (utc ? text.substring(2) : text).getBytes(StandardCharsets.US_ASCII));
  }
}
