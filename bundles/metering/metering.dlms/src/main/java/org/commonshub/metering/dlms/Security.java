package org.commonshub.metering.dlms;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * General global ciphering, security suite 0: AES-GCM-128 with a tag of 12 bytes (IEC 62056-5-3,
 * 5.4). Pure.
 *
 * @param encryption global unicast encryption key; null for none
 * @param authentication authentication key; null for none
 */
record Security(byte[] encryption, byte[] authentication) {
  private static final int TAG = 12;
  private static final int AUTHENTICATED = 0x10;
  private static final int ENCRYPTED = 0x20;
  private static final int COMPRESSED = 0x80;

  /**
   * A message in clear.
   *
   * @param plain the message
   * @param systemTitle who sent it
   * @param counter invocation counter, unsigned
   * @param verified whether its tag was verified
   */
  record Clear(byte[] plain, byte[] systemTitle, long counter, boolean verified) {}

  /** From behind the tag on: system title, length, security header, information, tag. */
  Clear open(Octets in) throws MalformedApdu {
    byte[] title = in.take(in.length());
    if (title.length != 8) {
      throw new MalformedApdu("its system title has " + title.length + " bytes, not 8");
    }
    byte[] body = in.take(in.length());
    if (body.length < 5) {
      throw new MalformedApdu("its security header is cut");
    }
    int control = body[0] & 0xFF;
    if ((control & 0x0F) > 1) {
      throw new MalformedApdu(
          "its security suite is " + (control & 0x0F) + "; suites 0 and 1 can be read");
    }
    if ((control & COMPRESSED) != 0) {
      throw new MalformedApdu("it is compressed");
    }
    byte[] nonce = Arrays.copyOf(title, 12);
    System.arraycopy(body, 1, nonce, 8, 4);
    long counter =
        (body[1] & 0xFFL) << 24 | (body[2] & 0xFF) << 16 | (body[3] & 0xFF) << 8 | (body[4] & 0xFF);
    byte[] information = Arrays.copyOfRange(body, 5, body.length);
    boolean authenticated = (control & AUTHENTICATED) != 0;
    boolean encrypted = (control & ENCRYPTED) != 0;
    if (!encrypted && !authenticated) {
      return new Clear(information, title, counter, false);
    }
    if (encryption == null) {
      throw MalformedApdu.key("it is encrypted and the device has no key");
    }
    if (!authenticated) {
      return new Clear(unverified(nonce, information), title, counter, false);
    }
    if (information.length < TAG) {
      throw new MalformedApdu("it is shorter than its authentication tag");
    }
    if (authentication == null) {
      byte[] hidden = Arrays.copyOf(information, information.length - TAG);
      return new Clear(encrypted ? unverified(nonce, hidden) : hidden, title, counter, false);
    }
    return new Clear(verified(control, nonce, information, encrypted), title, counter, true);
  }

  /** GCM without its tag is counter mode, from 2 on (NIST SP 800-38D, 7.1). */
  private byte[] unverified(byte[] nonce, byte[] hidden) {
    byte[] start = Arrays.copyOf(nonce, 16);
    start[15] = 2;
    try {
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE, new SecretKeySpec(encryption, "AES"), new IvParameterSpec(start));
      return cipher.doFinal(hidden);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java runtime has AES", e);
    }
  }

  private byte[] verified(int control, byte[] nonce, byte[] information, boolean encrypted)
      throws MalformedApdu {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(
          Cipher.DECRYPT_MODE,
          new SecretKeySpec(encryption, "AES"),
          new GCMParameterSpec(TAG * 8, nonce));
      cipher.updateAAD(new byte[] {(byte) control});
      cipher.updateAAD(authentication);
      if (encrypted) {
        return cipher.doFinal(information);
      }
      byte[] plain = Arrays.copyOf(information, information.length - TAG);
      cipher.updateAAD(plain);
      cipher.doFinal(information, plain.length, TAG);
      return plain;
    } catch (GeneralSecurityException e) {
      throw MalformedApdu.key(
          "its authentication tag does not fit: a key is another, or somebody changed it");
    }
  }
}
