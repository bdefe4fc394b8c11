package org.commonshub.ledger.content;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * What a recipient does with sealed content: makes a key, and opens and checks a file. Nothing but
 * the JDK and {@code identity.api}, for {@code verify.jar}; not exported. Stateless.
 */
public final class SealedFile {
  private static final int MAX_DEVICES = 1024;

  /**
   * What was in a file. Its signature is good.
   *
   * @param hub DID it calls itself; that {@code key} is that hub's is for others to tell
   * @param key that signed it
   * @param from start of the readings
   * @param to end, exclusive
   * @param devices how many it is about
   * @param records how many readings and gaps
   */
  public record Opened(
      String hub, VerificationKey key, Instant from, Instant to, int devices, long records) {}

  private SealedFile() {}

  /** A new private key of X25519, 32 bytes. */
  public static byte[] newKey() {
    byte[] key = new byte[Hpke.KEY];
    new SecureRandom().nextBytes(key);
    return key;
  }

  /**
   * The public half, as a hub's settings take it: {@code z6LS…}.
   *
   * @throws IllegalArgumentException if it is no key
   */
  public static String publicKey(byte[] privateKey) {
    try {
      return RecipientKey.text(Hpke.publicKey(privateKey));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("A private key of X25519 has 32 bytes.", e);
    }
  }

  /**
   * Opens a file and checks the hub's signature over all of it.
   *
   * @param out gets the readings, a CBOR sequence; to be thrown away if this throws
   * @throws IOException if it is no sealed content, was changed or cut, is not for that key, or is
   *     not signed; the message is for people
   */
  public static Opened open(InputStream car, byte[] privateKey, OutputStream out)
      throws IOException {
    Items items = new Items(out);
    Opener.open(car, privateKey, items);
    return items.end();
  }

  /** Takes the sequence apart while it comes. The last item is the signature. */
  static final class Items extends OutputStream {
    private static final int MOST = 4 << 20;

    private final OutputStream out;
    private final MessageDigest sha = Cid.sha256();
    private final ByteArrayOutputStream head = new ByteArrayOutputStream();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int left = -1;
    private byte[] heldHead;
    private byte[] held;
    private Map<?, ?> first;
    private long records;

    Items(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
      int at = from;
      while (at < from + length) {
        if (left < 0) {
          head.write(bytes[at++]);
          left = length(head.toByteArray());
        } else {
          int run = Math.min(left, from + length - at);
          body.write(bytes, at, run);
          at += run;
          left -= run;
        }
        if (left == 0) {
          next();
        }
      }
    }

    /** Length that the head of a byte string says; −1 if it goes on. */
    private static int length(byte[] head) throws IOException {
      int small = head[0] & 0x1F;
      int more = small < 24 ? 0 : 1 << Math.min(small - 24, 3);
      if ((head[0] & 0xE0) != 0x40 || more > 4) {
        throw new MalformedContentException("it holds something else than readings");
      }
      if (head.length <= more) {
        return -1;
      }
      long length = more == 0 ? small : 0;
      for (int i = 1; i <= more; i++) {
        length = length << 8 | (head[i] & 0xFF);
      }
      if (length == 0 || length > MOST) {
        throw new MalformedContentException("a block of readings is too long");
      }
      return (int) length;
    }

    private void next() throws IOException {
      if (held != null) {
        sha.update(heldHead);
        sha.update(held);
        if (first == null) {
          first = map(held);
        } else {
          records += count(held);
        }
      }
      heldHead = head.toByteArray();
      held = body.toByteArray();
      head.reset();
      body.reset();
      left = -1;
    }

    /** How many records are in a list of them. */
    private static int count(byte[] list) throws IOException {
      int small = list[0] & 0x1F;
      int more = small < 24 ? 0 : small - 23;
      if ((list[0] & 0xE0) != 0x80 || more > 2 || list.length <= more) {
        throw new MalformedContentException("it holds something else than lists of readings");
      }
      int count = more == 0 ? small : 0;
      for (int i = 1; i <= more; i++) {
        count = count << 8 | (list[i] & 0xFF);
      }
      return count;
    }

    private static Map<?, ?> map(byte[] bytes) throws IOException {
      try {
        if (Cbor.decode(bytes) instanceof Map<?, ?> map) {
          return map;
        }
      } catch (MalformedCborException e) {
        throw new MalformedContentException("the readings are damaged: " + e.getMessage());
      }
      throw new MalformedContentException("the readings do not say whose they are");
    }

    Opened end() throws IOException {
      if (left >= 0 || head.size() > 0 || first == null) {
        throw new MalformedContentException("the readings end in the middle");
      }
      CoseSign1 cose;
      VerificationKey key;
      try {
        cose = CoseSign1.parse(held);
        key =
            VerificationKey.parse(
                cose.unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid
                        && kid.length <= 128
                    ? new String(kid, StandardCharsets.UTF_8)
                    : "");
      } catch (MalformedCborException | IllegalArgumentException e) {
        throw new MalformedContentException("the hub's signature is missing or damaged");
      }
      Map<?, ?> signed = map(cose.payload().orElse(new byte[0]));
      if (!cose.verify(key, SigningPurpose.READINGS)
          || !Long.valueOf(records).equals(signed.get(1L))
          || !(signed.get(2L) instanceof byte[] digest)
          || !MessageDigest.isEqual(digest, sha.digest())) {
        throw new MalformedContentException("the signature is not over these readings");
      }
      if (!(Long.valueOf(1).equals(first.get(1L))
          && first.get(2L) instanceof String did
          && did.length() <= 256
          && first.get(3L) instanceof Long from
          && first.get(4L) instanceof Long to
          && first.get(5L) instanceof List<?> devices
          && devices.size() <= MAX_DEVICES)) {
        throw new MalformedContentException("the readings do not say whose they are");
      }
      return new Opened(
          did, key, Instant.ofEpochMilli(from), Instant.ofEpochMilli(to), devices.size(), records);
    }
  }
}
