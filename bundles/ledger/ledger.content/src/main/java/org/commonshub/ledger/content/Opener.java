package org.commonshub.ledger.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;

/** Opens what {@link Sealer} made; what a recipient does. In memory of one block and the root. */
final class Opener {
  private static final int MAX_RECIPIENTS = 64;

  private Opener() {}

  /**
   * Decrypts to {@code out}. What was written before an exception is authentic but not all.
   *
   * @throws MalformedContentException if it is no sealed content, was changed or cut, or is not for
   *     that key
   */
  static void open(InputStream carFile, byte[] privateKey, OutputStream out) throws IOException {
    Car.Reader car = new Car.Reader(carFile);
    Car.Block first = car.next();
    if (first == null || car.roots().size() != 1 || !car.roots().get(0).equals(first.cid())) {
      throw new MalformedContentException("the root is not the first block");
    }
    try {
      if (!(Cbor.decode(first.data()) instanceof Map<?, ?> root
          && root.size() == 3
          && Long.valueOf(1).equals(root.get("v"))
          && root.get("to") instanceof List<?> to
          && to.size() <= MAX_RECIPIENTS
          && root.get("parts") instanceof List<?> parts
          && parts.size() <= Sealer.MAX_PARTS)) {
        throw new MalformedContentException("the root is not of sealed content, version 1");
      }
      List<Cid> links = new ArrayList<>();
      for (Object part : parts) {
        links.add(Car.link(part));
      }
      parts(car, links, contentKey(to, parts, privateKey), out);
    } catch (MalformedCborException e) {
      throw new MalformedContentException("the root is not of sealed content: " + e.getMessage());
    }
  }

  private static byte[] contentKey(List<?> to, List<?> parts, byte[] privateKey)
      throws MalformedContentException {
    byte[] bound = Sealer.bound(parts);
    for (Object recipient : to) {
      if (recipient instanceof Map<?, ?> message
          && message.get("enc") instanceof byte[] enc
          && message.get("key") instanceof byte[] sealed) {
        try {
          byte[] key =
              Hpke.AES_256.open(privateKey, Sealer.INFO, bound, new Hpke.Message(enc, sealed));
          if (key.length == 32) {
            return key;
          }
        } catch (GeneralSecurityException e) {
          continue; // somebody else's
        }
      }
    }
    throw new MalformedContentException("it was not sealed to this key");
  }

  private static void parts(Car.Reader car, List<Cid> links, byte[] key, OutputStream out)
      throws IOException {
    for (int i = 0; i < links.size(); i++) {
      Car.Block block = car.next();
      if (block == null || !block.cid().equals(links.get(i))) {
        throw new MalformedContentException("part " + i + " is missing");
      }
      try {
        byte[] nonce = Sealer.nonce(i, i == links.size() - 1);
        out.write(Hpke.gcm(Cipher.DECRYPT_MODE, key, nonce, new byte[0], block.data()));
      } catch (GeneralSecurityException e) {
        throw new MalformedContentException("part " + i + " was changed");
      }
    }
  }
}
