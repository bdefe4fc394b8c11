package org.commonshub.metering.mbus;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Security modes 5 and 7 of the transport layer (EN 13757-7, 7.6; OMS Specification Vol. 2, 9).
 * Pure.
 */
final class Security {
  static final int NONE = 0;
  static final int CBC_BY_ACCESS_NUMBER = 5;
  static final int CBC_EPHEMERAL = 7;

  /** KDF constant: encryption, from the meter. */
  private static final int ENCRYPTION = 0x00;

  /** KDF constant: authentication, from the meter. */
  private static final int AUTHENTICATION = 0x01;

  private static final int FILLER = 0x2F;

  private Security() {}

  /**
   * What comes behind the header, in clear.
   *
   * @param aes with the meter's key; null if there is none
   * @param counter message counter of the authentication and fragmentation layer
   */
  static byte[] clear(Header header, Octets in, Aes aes, OptionalLong counter)
      throws MalformedFrame {
    switch (header.mode()) {
      case CBC_BY_ACCESS_NUMBER -> {
        byte[] iv = Arrays.copyOf(header.meter().linkBytes(), Aes.BLOCK);
        Arrays.fill(iv, Meter.LENGTH, Aes.BLOCK, (byte) header.access());
        return decrypted(header.blocks(), in, aes, iv);
      }
      case CBC_EPHEMERAL -> {
        int extension = in.u8();
        if ((extension & 0x30) != 0x10) {
          throw new MalformedFrame("its key derivation is not the one of security profile B");
        }
        if (header.blocks() > 0 && counter.isEmpty()) {
          throw new MalformedFrame("it is encrypted in mode 7 without a message counter");
        }
        Aes ephemeral =
            aes == null || counter.isEmpty()
                ? null
                : derived(aes, ENCRYPTION, counter.getAsLong(), header.meter());
        return decrypted(header.blocks(), in, ephemeral, new byte[Aes.BLOCK]);
      }
      default -> throw unsupported(header.mode());
    }
  }

  static MalformedFrame unsupported(int mode) {
    return new MalformedFrame(
        "it is encrypted in security mode " + mode + "; modes 5 and 7 can be read");
  }

  private static byte[] decrypted(int blocks, Octets in, Aes aes, byte[] iv) throws MalformedFrame {
    if (blocks == 0) {
      return in.rest();
    }
    int length = blocks == 15 ? in.remaining() / Aes.BLOCK * Aes.BLOCK : blocks * Aes.BLOCK;
    byte[] hidden = in.take(length);
    if (aes == null) {
      throw MalformedFrame.key("it is encrypted and the device has no key");
    }
    byte[] clear = aes.cbcDecrypt(iv, hidden);
    if (clear.length < 2 || clear[0] != FILLER || clear[1] != FILLER) {
      throw MalformedFrame.key("it cannot be decrypted with the device's key");
    }
    byte[] rest = in.rest();
    byte[] whole = Arrays.copyOf(clear, clear.length + rest.length);
    System.arraycopy(rest, 0, whole, clear.length, rest.length);
    return whole;
  }

  /** Key derivation function A (OMS Vol. 2, 9.5.4). */
  private static Aes derived(Aes aes, int constant, long counter, Meter meter) {
    byte[] input = new byte[Aes.BLOCK];
    Arrays.fill(input, (byte) 0x07);
    input[0] = (byte) constant;
    for (int i = 0; i < 4; i++) {
      input[1 + i] = (byte) (counter >> 8 * i);
    }
    System.arraycopy(meter.linkBytes(), 2, input, 5, 4);
    return aes.with(aes.cmac(input));
  }

  /** Code over a message of the authentication and fragmentation layer. */
  static byte[] authentication(Aes aes, long counter, Meter meter, byte[] message) {
    return derived(aes, AUTHENTICATION, counter, meter).cmac(message);
  }
}
