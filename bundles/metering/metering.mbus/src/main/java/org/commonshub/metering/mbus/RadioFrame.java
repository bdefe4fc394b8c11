package org.commonshub.metering.mbus;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A frame of the wireless link layer (EN 13757-4, 12), without checksums. Pure.
 *
 * @param control C field
 * @param sender address of who sent it
 * @param data from the CI field on
 */
record RadioFrame(int control, Meter sender, byte[] data) {
  private static final int HEAD = 10;
  private static final int BLOCK = 16;

  /** Data of the first two blocks of format B. */
  private static final int FORMAT_B = 126;

  /** C fields of what meters send: SND-NR, SND-IR, ACC-NR, ACC-DMD, RSP-UD. */
  private static final Set<Integer> FROM_METERS =
      Set.of(0x44, 0x46, 0x47, 0x48, 0x08, 0x18, 0x28, 0x38);

  /** Whether a C field is one of a meter's. */
  static boolean fromMeter(int control) {
    return FROM_METERS.contains(control);
  }

  /**
   * From an L field on: frame format A with checksums, format B with checksums, or without any, as
   * many receivers deliver it. Up to four bytes that the receiver adds are left out.
   *
   * @param checked whether the receiver delivers checksums, so that a frame without is a cut one
   */
  static RadioFrame parse(byte[] bytes, boolean checked) throws MalformedFrame {
    if (bytes.length < HEAD + 1) {
      throw new MalformedFrame("it has only " + bytes.length + " bytes");
    }
    int length = bytes[0] & 0xFF;
    if (length < HEAD) {
      throw new MalformedFrame("its length field is " + length);
    }
    int withA = length + 1 + 2 * (1 + (length - 9 + BLOCK - 1) / BLOCK);
    if (bytes.length >= withA) {
      return of(withoutA(bytes, length));
    }
    if (bytes.length > length + 4) {
      throw new MalformedFrame("it is cut in the middle of its checksums");
    }
    if (bytes.length <= length) {
      throw new MalformedFrame("it is shorter than its length field says");
    }
    byte[] withoutB = withoutB(bytes, length);
    if (withoutB != null) {
      return of(withoutB);
    }
    if (checked) {
      throw new MalformedFrame("its checksums are wrong");
    }
    return of(Arrays.copyOf(bytes, length + 1));
  }

  private static byte[] withoutA(byte[] bytes, int length) throws MalformedFrame {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    int left = length + 1;
    int block = HEAD;
    while (left > 0) {
      int size = Math.min(block, left);
      if (!Crc.matches(bytes, at, at + size)) {
        throw new MalformedFrame("its checksums are wrong");
      }
      out.write(bytes, at, size);
      at += size + 2;
      left -= size;
      block = BLOCK;
    }
    return out.toByteArray();
  }

  /** Null if it is not of format B. */
  private static byte[] withoutB(byte[] bytes, int length) {
    int all = length + 1;
    int first = Math.min(all - 2, FORMAT_B);
    if (all - 2 < HEAD + 1 || !Crc.matches(bytes, 0, first)) {
      return null;
    }
    byte[] clear = Arrays.copyOf(bytes, first);
    if (first + 2 < all) {
      int second = all - 2;
      if (second <= first + 2 || !Crc.matches(bytes, first + 2, second)) {
        return null;
      }
      clear = Arrays.copyOf(clear, first + second - first - 2);
      System.arraycopy(bytes, first + 2, clear, first, second - first - 2);
    }
    return clear;
  }

  private static RadioFrame of(byte[] bytes) throws MalformedFrame {
    int control = bytes[1] & 0xFF;
    if (!fromMeter(control)) {
      throw new MalformedFrame("it is not from a meter");
    }
    return new RadioFrame(
        control,
        Meter.ofLink(Arrays.copyOfRange(bytes, 2, HEAD)),
        Arrays.copyOfRange(bytes, HEAD, bytes.length));
  }

  /**
   * Addresses it can be known by without a key: of the sender, of the extended link layer, of the
   * transport layer. The last is the meter; the others may be its radio module.
   */
  List<Meter> addresses() {
    List<Meter> addresses = new ArrayList<>();
    addresses.add(sender);
    Octets in = new Octets(data);
    try {
      for (int layer = 0; layer < 4; layer++) {
        int ci = in.u8();
        switch (ci) {
          case 0x8C -> in.take(2);
          case 0x8E -> {
            in.take(2);
            addresses.add(Meter.ofLink(in.take(Meter.LENGTH)));
          }
          case 0x8F -> {
            in.take(2);
            addresses.add(Meter.ofLink(in.take(Meter.LENGTH)));
            return addresses;
          }
          case 0x90 -> in.take(in.u8());
          case 0x72, 0x73, 0x6B, 0x8B -> {
            addresses.add(Meter.ofHeader(in.take(Meter.LENGTH)));
            return addresses;
          }
          default -> {
            return addresses;
          }
        }
      }
    } catch (MalformedFrame e) {
      // As far as it goes.
    }
    return addresses;
  }

  /** Who it is from. */
  Meter meter() {
    List<Meter> addresses = addresses();
    return addresses.get(addresses.size() - 1);
  }
}
