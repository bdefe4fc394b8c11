package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.Jws;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * Terms signed by the recipient that they name: compact JWS with {@code kid}, or COSE_Sign1 with
 * the key in header 4, either a did:key. The recipient's name is that did:key.
 *
 * @param signer did:key
 */
record SignedTerms(Terms terms, String signer) {
  private static final int MAX_BYTES = 2 * TermsCodec.MAX_BYTES;

  static SignedTerms read(byte[] document) throws TermsException {
    if (document.length == 0 || document.length > MAX_BYTES) {
      throw new TermsException("a signed request has 1 to " + MAX_BYTES + " bytes");
    }
    try {
      // CBOR's tag 18 is 0xD2, which no JWS begins with.
      return (document[0] & 0xFF) == 0xD2 ? cose(document) : jws(document);
    } catch (IOException | MalformedCborException | IllegalArgumentException e) {
      throw new TermsException("the signed request cannot be read: " + Texts.reason(e));
    }
  }

  private static SignedTerms jws(byte[] document) throws IOException, TermsException {
    Jws jws = Jws.parse(new String(document, StandardCharsets.US_ASCII).strip());
    VerificationKey key = key(jws.keyId());
    if (!jws.verify(key, SigningPurpose.TERMS)) {
      throw new TermsException("the signature of the request is not valid");
    }
    return of(key, jws.payload());
  }

  private static SignedTerms cose(byte[] document) throws MalformedCborException, TermsException {
    CoseSign1 cose = CoseSign1.parse(document);
    if (!(cose.unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid)) {
      throw new TermsException("the request does not say whose key signed it");
    }
    VerificationKey key = key(new String(kid, StandardCharsets.UTF_8));
    if (!cose.verify(key, SigningPurpose.TERMS)) {
      throw new TermsException("the signature of the request is not valid");
    }
    return of(key, cose.payload().orElseThrow());
  }

  private static VerificationKey key(String kid) {
    int fragment = kid.indexOf('#');
    return VerificationKey.parse(fragment < 0 ? kid : kid.substring(0, fragment));
  }

  private static SignedTerms of(VerificationKey key, byte[] payload) throws TermsException {
    Terms terms = Bounds.complete(TermsCodec.read(payload));
    if (!terms.recipient().orElseThrow().name().equals(key.didKey())) {
      throw new TermsException("recipient: is not who signed the request");
    }
    return new SignedTerms(terms, key.didKey());
  }
}
