package org.commonshub.apps.licence;

import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.util.Base64;
import java.util.List;
import org.commonshub.identity.api.VerificationKey;

/** Licences as they are pasted, what is in them, requests, and the file of licences. */
public final class LicenceFuzz {
  private static final List<VerificationKey> KEYS = keys();

  /** A decoder. */
  private interface Decoder {
    void decode() throws LicenceException;
  }

  private LicenceFuzz() {}

  private static List<VerificationKey> keys() {
    try {
      return List.of(
          VerificationKey.of(
              KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic()));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static void fuzzerTestOneInput(byte[] data) {
    String text = new String(data, StandardCharsets.ISO_8859_1);
    String token = jws("licence-token", data);
    read(() -> SealedLicence.parse(text).verify(KEYS, KEYS));
    read(() -> SealedLicence.parse(jws("licence-seal", data)));
    read(
        () ->
            SealedLicence.parse(jws("licence-seal", token.getBytes(StandardCharsets.US_ASCII)))
                .verify(KEYS, KEYS));
    read(() -> LicenceToken.read(LicenceToken.read(data).json().getBytes(StandardCharsets.UTF_8)));
    read(() -> LicenceToken.verify(text, KEYS));
    read(() -> LicenceRequest.verify(text));
    read(() -> LicenceRequest.verify(jws("licence", data)));
    read(() -> BookCodec.encode(BookCodec.decode(data)));
    try {
      TrustedTimeClock.Mark.decode(data).encode();
    } catch (java.io.IOException e) {
      // The declared refusal.
    }
  }

  /** A JWS that nobody signed. */
  private static String jws(String type, byte[] payload) {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String header =
        "{\"alg\":\"EdDSA\",\"kid\":\""
            + KEYS.get(0).multikey()
            + "\",\"typ\":\"application/vnd.commonshub."
            + type
            + "+cbor\"}";
    return base64.encodeToString(header.getBytes(StandardCharsets.US_ASCII))
        + "."
        + base64.encodeToString(payload)
        + "."
        + base64.encodeToString(new byte[64]);
  }

  private static void read(Decoder decoder) {
    try {
      decoder.decode();
    } catch (LicenceException e) {
      // The declared refusal.
    }
  }
}
