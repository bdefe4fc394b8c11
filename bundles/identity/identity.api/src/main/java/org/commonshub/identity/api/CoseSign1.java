package org.commonshub.identity.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A COSE_Sign1 structure (RFC 9052, section 4.2; tag 18), taken apart but not believed until {@link
 * #verify}. Deterministic CBOR only.
 *
 * @param algorithm from the protected header (label 1)
 * @param contentType from the protected header (label 3); empty if absent
 * @param protectedHeader its bytes as signed
 * @param unprotectedHeader its map; nothing in it is signed
 * @param payload what is signed; empty when it is detached
 * @param signature 64 bytes
 */
public record CoseSign1(
    KeyAlgorithm algorithm,
    String contentType,
    byte[] protectedHeader,
    Map<Object, Object> unprotectedHeader,
    Optional<byte[]> payload,
    byte[] signature) {
  /** CBOR tag. */
  public static final long TAG = 18;

  /** Header label of the algorithm. */
  public static final long ALG = 1;

  /** Header label of the content type. */
  public static final long CONTENT_TYPE = 3;

  /** Header label of the key identifier. */
  public static final long KID = 4;

  /** Something that signs bytes: 64-byte signatures of the algorithm it is used with. */
  @FunctionalInterface
  public interface Signer {
    /** Signs the bytes of a Sig_structure. */
    byte[] sign(byte[] toBeSigned);
  }

  /**
   * Makes a structure.
   *
   * @param algorithm of the signer's key
   * @param purpose content type in the protected header
   * @param unprotected unsigned header, for example {@code {4: kid}}
   * @param payload what is signed
   */
  public static byte[] sign(
      KeyAlgorithm algorithm,
      SigningPurpose purpose,
      Map<Object, Object> unprotected,
      byte[] payload,
      Signer signer) {
    Map<Object, Object> header = new HashMap<>();
    header.put(ALG, (long) algorithm.cose());
    header.put(CONTENT_TYPE, purpose.contentType());
    byte[] protectedHeader = Cbor.encode(header);
    byte[] signature = signer.sign(sigStructure(protectedHeader, payload));
    return Cbor.encode(
        new Cbor.Tagged(TAG, List.of(protectedHeader, unprotected, payload, signature)));
  }

  /**
   * Takes a structure apart. Bound the length before.
   *
   * @throws MalformedCborException if it is anything else, or of an algorithm not known here
   */
  @SuppressWarnings("unchecked")
  public static CoseSign1 parse(byte[] bytes) throws MalformedCborException {
    if (!(Cbor.decode(bytes) instanceof Cbor.Tagged tagged
        && tagged.tag() == TAG
        && tagged.value() instanceof List<?> parts
        && parts.size() == 4
        && parts.get(0) instanceof byte[] header
        && parts.get(1) instanceof Map<?, ?> unprotected
        && (parts.get(2) == null || parts.get(2) instanceof byte[])
        && parts.get(3) instanceof byte[] signature)) {
      throw new MalformedCborException("not a COSE_Sign1 structure (tag 18, four parts)");
    }
    if (!(Cbor.decode(header) instanceof Map<?, ?> known)) {
      throw new MalformedCborException("the protected header is not a map");
    }
    for (Object label : known.keySet()) {
      if (!label.equals(ALG) && !label.equals(CONTENT_TYPE) && !label.equals(KID)) {
        throw new MalformedCborException("protected header " + label + " is not known here");
      }
    }
    for (KeyAlgorithm algorithm : KeyAlgorithm.values()) {
      if (Long.valueOf(algorithm.cose()).equals(known.get(ALG))) {
        return new CoseSign1(
            algorithm,
            known.get(CONTENT_TYPE) instanceof String type ? type : "",
            header,
            (Map<Object, Object>) unprotected,
            Optional.ofNullable((byte[]) parts.get(2)),
            signature);
      }
    }
    throw new MalformedCborException("algorithm " + known.get(ALG) + " is not known here");
  }

  /** Whether that key signed this payload for that purpose. */
  public boolean verify(VerificationKey key, SigningPurpose purpose) {
    return key.algorithm() == algorithm
        && contentType.equals(purpose.contentType())
        && payload.isPresent()
        && key.verify(sigStructure(protectedHeader, payload.get()), signature);
  }

  /** The Sig_structure (RFC 9052, section 4.4) without external data. */
  public static byte[] sigStructure(byte[] protectedHeader, byte[] payload) {
    return Cbor.encode(List.of("Signature1", protectedHeader, new byte[0], payload));
  }
}
