package org.commonshub.neighbour.https;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;

/** What somebody shows in the handshake: the extension as a whole, and each of its parts. */
public final class PassportFuzz {
  private static final FakeIdentity HUB = new FakeIdentity("hub");
  private static final byte[] SPKI = {1, 2, 3};
  private static final byte[] KID = HUB.key().multikey().getBytes(StandardCharsets.UTF_8);
  private static final byte[] SAID =
      HUB.sign(
          SigningPurpose.NEIGHBOUR,
          Cbor.encode(Map.of(1L, HUB.did(), 2L, SPKI, 3L, Long.MAX_VALUE)));
  private static final byte[] HEADER =
      Cbor.encode(
          Map.of(
              CoseSign1.ALG, -8L, CoseSign1.CONTENT_TYPE, SigningPurpose.NEIGHBOUR.contentType()));

  private PassportFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    read(data);
    Der.content(Der.OCTET_STRING, data);
    read(extension(statement(KID, data), data));
    read(extension(statement(data, data), data));
    read(extension(SAID, data));
  }

  private static byte[] statement(byte[] kid, byte[] payload) {
    return Cbor.encode(
        new Cbor.Tagged(
            CoseSign1.TAG, List.of(HEADER, Map.of(CoseSign1.KID, kid), payload, new byte[64])));
  }

  private static byte[] extension(byte[] said, byte[] log) {
    return Cbor.encode(Map.of(1L, said, 2L, log));
  }

  private static void read(byte[] extension) {
    try {
      Passport.read(extension, SPKI, FakeHubClock.START).log();
    } catch (CertificateException | IOException e) {
      // The declared refusals.
    }
  }
}
