package org.commonshub.neighbour.https;

import static org.commonshub.neighbour.https.Der.INTEGER;
import static org.commonshub.neighbour.https.Der.OCTET_STRING;
import static org.commonshub.neighbour.https.Der.SEQUENCE;
import static org.commonshub.neighbour.https.Der.SET;
import static org.commonshub.neighbour.https.Der.bits;
import static org.commonshub.neighbour.https.Der.element;
import static org.commonshub.neighbour.https.Der.oid;
import static org.commonshub.neighbour.https.Der.time;
import static org.commonshub.neighbour.https.Der.utf8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * What a hub shows in the TLS handshake, in the shape of libp2p's ("Peer Authentication" in
 * libp2p/specs tls/tls.md): a self-signed certificate of a short-lived P-256 key, with an extension
 * in which the hub's key says that the short-lived one speaks for it. The extension's value is an
 * OCTET STRING of deterministic CBOR {@code {1: COSE_Sign1 (NEIGHBOUR) over {1: DID, 2:
 * SubjectPublicKeyInfo, 3: end in ms}, 2: key log, deflated (RFC 1951)}}.
 *
 * @param did who it says it is
 * @param key the hub's key that signed; proven by the signature, not yet by the log
 * @param packedLog the key log as it came
 */
record Passport(String did, VerificationKey key, byte[] packedLog) {
  /** An arc that needs no registry (ITU-T X.667): a UUID. */
  static final String EXTENSION = "2.25.295285471406627050225803605530286592969";

  static final Duration LIFE = Duration.ofDays(7);

  /** Java refuses handshake messages above 32 KiB; a log of 90 keys fits. */
  static final int MAX_PACKED = 28 * 1024;

  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final int MAX_DID = 256;
  private static final int P256_BITS = 256;

  /** A key pair and its certificate. */
  record Made(KeyPair keys, X509Certificate certificate) {}

  /** Makes one that speaks for the hub from now on. */
  static Made make(HubIdentity identity, Instant now) throws GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    KeyPair keys = generator.generateKeyPair();
    Instant end = now.plus(LIFE);
    byte[] said =
        identity.sign(
            SigningPurpose.NEIGHBOUR,
            Cbor.encode(
                Map.of(
                    1L, identity.did(),
                    2L, keys.getPublic().getEncoded(),
                    3L, end.toEpochMilli())));
    byte[] log = pack(identity.keyLog());
    if (log.length > MAX_PACKED) {
      throw new GeneralSecurityException(
          "the key log of this hub has become too long for the handshake");
    }
    return new Made(
        keys, certificate(keys, Cbor.encode(Map.of(1L, said, 2L, log)), now, end, random));
  }

  /** The certificate around an extension; package-private for tests that forge. */
  static X509Certificate certificate(
      KeyPair keys, byte[] extension, Instant now, Instant end, SecureRandom random)
      throws GeneralSecurityException {
    byte[] algorithm = element(SEQUENCE, oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
    byte[] name =
        element(SEQUENCE, element(SET, element(SEQUENCE, oid("2.5.4.3"), utf8("Commons Hub"))));
    byte[] body =
        element(
            SEQUENCE,
            element(0xa0, element(INTEGER, new byte[] {2})), // version 3
            element(INTEGER, new BigInteger(127, random).setBit(126).toByteArray()),
            algorithm,
            name,
            element(SEQUENCE, time(now.minus(BACKDATED)), time(end)),
            name,
            keys.getPublic().getEncoded(),
            element(
                0xa3,
                element(
                    SEQUENCE,
                    element(
                        SEQUENCE,
                        oid(EXTENSION),
                        element(OCTET_STRING, element(OCTET_STRING, extension))))));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate(), random);
    signature.update(body);
    byte[] certificate = element(SEQUENCE, body, algorithm, bits(signature.sign()));
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate));
  }

  /**
   * Reads what the other side shows; what is left to check is the list of neighbours and the key
   * log.
   *
   * @throws UnprovenException saying what is wrong with it
   */
  static Passport read(X509Certificate[] chain, Instant now) throws UnprovenException {
    if (chain == null || chain.length != 1) {
      throw new UnprovenException("it shows not exactly one certificate");
    }
    X509Certificate certificate = chain[0];
    if (!(certificate.getPublicKey() instanceof ECPublicKey ec)
        || ec.getParams().getCurve().getField().getFieldSize() != P256_BITS
        || !certificate.getSigAlgName().equals("SHA256withECDSA")
        || certificate.hasUnsupportedCriticalExtension()) {
      throw new UnprovenException("its certificate is not one of a hub");
    }
    try {
      certificate.checkValidity(Date.from(now));
      certificate.verify(ec);
    } catch (GeneralSecurityException e) {
      throw new UnprovenException(
          "its certificate is not valid now: check date and time of both hubs");
    }
    byte[] value = Der.content(OCTET_STRING, orEmpty(certificate.getExtensionValue(EXTENSION)));
    byte[] extension = value == null ? null : Der.content(OCTET_STRING, value);
    if (extension == null) {
      throw new UnprovenException("its certificate is not one of a hub");
    }
    return read(extension, ec.getEncoded(), now);
  }

  /** Reads the extension of a certificate with that SubjectPublicKeyInfo. */
  static Passport read(byte[] extension, byte[] spki, Instant now) throws UnprovenException {
    try {
      if (!(Cbor.decode(extension) instanceof Map<?, ?> parts
          && parts.size() == 2
          && parts.get(1L) instanceof byte[] said
          && parts.get(2L) instanceof byte[] log
          && log.length <= MAX_PACKED)) {
        throw new MalformedCborException("not a passport");
      }
      CoseSign1 signed = CoseSign1.parse(said);
      if (!(signed.payload().isPresent()
          && signed.unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid
          && kid.length <= 64
          && Cbor.decode(signed.payload().get()) instanceof Map<?, ?> payload
          && payload.size() == 3
          && payload.get(1L) instanceof String did
          && did.length() <= MAX_DID
          && payload.get(2L) instanceof byte[] carried
          && payload.get(3L) instanceof Long end)) {
        throw new MalformedCborException("not a statement about a transport key");
      }
      VerificationKey key = VerificationKey.parse(new String(kid, StandardCharsets.US_ASCII));
      if (!Arrays.equals(carried, spki) || !signed.verify(key, SigningPurpose.NEIGHBOUR)) {
        throw new UnprovenException("its hub key did not sign this certificate");
      }
      if (now.toEpochMilli() > end) {
        throw new UnprovenException(
            "its certificate is not valid now: check date and time of both hubs");
      }
      return new Passport(did, key, log);
    } catch (MalformedCborException | IllegalArgumentException e) {
      throw new UnprovenException("its certificate is malformed (" + e.getMessage() + ")");
    }
  }

  /** The key log, unpacked; at most {@link KeyLog#MAX_BYTES}. */
  byte[] log() throws IOException {
    return unpack(packedLog);
  }

  static byte[] pack(byte[] log) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try {
      deflater.setInput(log);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!deflater.finished()) {
        out.write(buffer, 0, deflater.deflate(buffer));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static byte[] unpack(byte[] packed) throws IOException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(packed);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      while (!inflater.finished()) {
        int read = inflater.inflate(buffer);
        if (read == 0 && !inflater.finished()) {
          throw new IOException("its key log is cut short");
        }
        out.write(buffer, 0, read);
        if (out.size() > KeyLog.MAX_BYTES) {
          throw new IOException("its key log is too long");
        }
      }
      return out.toByteArray();
    } catch (DataFormatException e) {
      throw new IOException("its key log is garbled", e);
    } finally {
      inflater.end();
    }
  }

  private static byte[] orEmpty(byte[] value) {
    return value == null ? new byte[0] : value;
  }
}
