package org.commonshub.apps.licence;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * A provider's token inside the operator's counter-signature: a compact JWS whose payload is the
 * provider's compact JWS. Needs no OSGi. Taken apart, not believed until {@link #verify}.
 */
public final class SealedLicence {
  /** Most characters. */
  public static final int MAX = 8 * 1024;

  private static final String WHAT = "The licence";

  private final String text;
  private final Jws seal;
  private final Jws inner;
  private final LicenceToken token;

  private SealedLicence(String text, Jws seal, Jws inner, LicenceToken token) {
    this.text = text;
    this.seal = seal;
    this.inner = inner;
    this.token = token;
  }

  /** Counter-signs as the operator; verify the token before. */
  public static String seal(String providerToken, VerificationKey key, CoseSign1.Signer signer) {
    return Jws.sign(
        key.algorithm(),
        SigningPurpose.LICENCE_SEAL,
        key.multikey(),
        Compact.strip(providerToken).getBytes(StandardCharsets.US_ASCII),
        signer);
  }

  /**
   * Reads it as it was pasted; blanks and line breaks do not matter.
   *
   * @throws LicenceException saying what is wrong
   */
  public static SealedLicence parse(String pasted) throws LicenceException {
    String text = Compact.squeeze(pasted, MAX, WHAT);
    Jws seal = Compact.parse(text, WHAT);
    if (seal.type().equals(SigningPurpose.LICENCE_TOKEN.contentType())) {
      throw new LicenceException(
          "The licence lacks the operator's counter-signature: the provider has to send it to the"
              + " operator first");
    }
    if (!seal.type().equals(SigningPurpose.LICENCE_SEAL.contentType())) {
      throw new LicenceException("This is signed, but not a licence");
    }
    Jws inner = Compact.parse(new String(seal.payload(), StandardCharsets.ISO_8859_1), WHAT);
    return new SealedLicence(text, seal, inner, LicenceToken.read(inner.payload()));
  }

  /** What it says. */
  public LicenceToken token() {
    return token;
  }

  /** Without blanks. */
  public String text() {
    return text;
  }

  /**
   * Checks both signatures.
   *
   * @param provider keys of the app's provider
   * @param operator keys that counter-sign licences
   * @throws LicenceException saying whose is missing or does not hold
   */
  public void verify(List<VerificationKey> provider, List<VerificationKey> operator)
      throws LicenceException {
    Compact.verify(
        inner, SigningPurpose.LICENCE_TOKEN, provider, "the licence", "the app's provider");
    Compact.verify(
        seal, SigningPurpose.LICENCE_SEAL, operator, "the licence", "the catalogue's operator");
  }
}
