package org.commonshub.identity.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A compact JWS (RFC 7515, section 3.1; EdDSA as in RFC 8037), taken apart but not believed until
 * {@link #verify}.
 *
 * @param algorithm header {@code alg}
 * @param type header {@code typ}; empty if absent
 * @param keyId header {@code kid}; empty if absent
 * @param signingInput header and payload as signed
 * @param payload what is signed
 * @param signature 64 bytes
 */
public record Jws(
    KeyAlgorithm algorithm,
    String type,
    String keyId,
    String signingInput,
    byte[] payload,
    byte[] signature) {
  private static final Set<String> HEADERS = Set.of("alg", "typ", "kid");

  /**
   * Makes a compact JWS.
   *
   * @param algorithm of the signer's key
   * @param purpose becomes {@code typ}
   * @param keyId becomes {@code kid}
   * @param payload what is signed
   */
  public static String sign(
      KeyAlgorithm algorithm,
      SigningPurpose purpose,
      String keyId,
      byte[] payload,
      CoseSign1.Signer signer) {
    Map<String, Object> header =
        new TreeMap<>(Map.of("alg", algorithm.jose(), "typ", purpose.contentType(), "kid", keyId));
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    String input =
        base64.encodeToString(Json.canonical(header).getBytes(StandardCharsets.UTF_8))
            + "."
            + base64.encodeToString(payload);
    byte[] signature = signer.sign(input.getBytes(StandardCharsets.US_ASCII));
    return input + "." + base64.encodeToString(signature);
  }

  /**
   * Takes a compact JWS apart. Bound the length before.
   *
   * @throws IOException if it is anything else, has a header that is not known here (RFC 7515,
   *     {@code crit} for example), or an algorithm not known here
   */
  public static Jws parse(String compact) throws IOException {
    String[] parts = compact.split("\\.", -1);
    if (parts.length != 3) {
      throw new IOException("A compact JWS has three parts, not " + parts.length);
    }
    Map<String, Object> header;
    byte[] payload;
    byte[] signature;
    try {
      Base64.Decoder base64 = Base64.getUrlDecoder();
      header = Json.object(base64.decode(parts[0]));
      payload = base64.decode(parts[1]);
      signature = base64.decode(parts[2]);
    } catch (IllegalArgumentException e) {
      throw new IOException("A part of the JWS is not base64url", e);
    }
    if (!HEADERS.containsAll(header.keySet())) {
      throw new IOException("The JWS has a header that is not among " + new TreeSet<>(HEADERS));
    }
    String type = Json.string(header.getOrDefault("typ", ""), "typ");
    String keyId = Json.string(header.getOrDefault("kid", ""), "kid");
    for (KeyAlgorithm algorithm : KeyAlgorithm.values()) {
      if (algorithm.jose().equals(header.get("alg"))) {
        return new Jws(algorithm, type, keyId, parts[0] + "." + parts[1], payload, signature);
      }
    }
    throw new IOException("The algorithm of the JWS is not known here");
  }

  /** Whether that key signed this payload for that purpose. */
  public boolean verify(VerificationKey key, SigningPurpose purpose) {
    return type.equals(purpose.contentType()) && verify(key);
  }

  /** Whether that key signed it, for whatever purpose. */
  boolean verify(VerificationKey key) {
    return key.algorithm() == algorithm
        && key.verify(signingInput.getBytes(StandardCharsets.US_ASCII), signature);
  }
}
