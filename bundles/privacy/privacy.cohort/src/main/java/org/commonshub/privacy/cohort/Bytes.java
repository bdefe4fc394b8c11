package org.commonshub.privacy.cohort;

import java.io.ByteArrayOutputStream;
import java.util.Collection;

/** Bytes one after another, and sets of members as bits. */
final class Bytes {
  private Bytes() {}

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static long set(Collection<Integer> members) {
    long set = 0;
    for (int member : members) {
      set |= 1L << member;
    }
    return set;
  }

  static boolean has(long set, int member) {
    return (set >>> member & 1) != 0;
  }
}
