package org.commonshub.neighbour.https;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeIdentity;

/** What somebody shows in the handshake: the extension as a whole, and its parts. */
public final class PassportFuzz {
  private static final FakeIdentity HUB = new FakeIdentity("hub");
  private static final byte[] SPKI = {1, 2, 3};

  private PassportFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    read(data);
    Der.content(Der.OCTET_STRING, data);
    // Past the signature: what a neighbour gone bad can say.
    read(Cbor.encode(Map.of(1L, HUB.sign(SigningPurpose.NEIGHBOUR, data), 2L, data)));
    Object end = data.length < 8 ? 0L : ByteBuffer.wrap(data).getLong();
    Map<Object, Object> statement = Map.of(1L, HUB.did(), 2L, SPKI, 3L, end);
    byte[] said = HUB.sign(SigningPurpose.NEIGHBOUR, Cbor.encode(statement));
    read(Cbor.encode(Map.of(1L, said, 2L, data)));
  }

  private static void read(byte[] extension) {
    try {
      Passport.read(extension, SPKI, FakeHubClock.START).log();
    } catch (CertificateException | IOException e) {
      // The declared refusals.
    }
  }
}
