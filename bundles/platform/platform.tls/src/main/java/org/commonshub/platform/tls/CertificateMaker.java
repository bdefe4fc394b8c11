package org.commonshub.platform.tls;

import static org.commonshub.platform.tls.Der.BOOLEAN;
import static org.commonshub.platform.tls.Der.INTEGER;
import static org.commonshub.platform.tls.Der.OCTET_STRING;
import static org.commonshub.platform.tls.Der.SEQUENCE;
import static org.commonshub.platform.tls.Der.SET;
import static org.commonshub.platform.tls.Der.bits;
import static org.commonshub.platform.tls.Der.element;
import static org.commonshub.platform.tls.Der.oid;
import static org.commonshub.platform.tls.Der.time;
import static org.commonshub.platform.tls.Der.utf8;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Makes a self-signed certificate (RFC 5280) on the curve P-256. Java has no public way to, and
 * BouncyCastle for this alone would cost the hub 4 MB of memory and 10 MB of image; the tests hold
 * the result against it.
 */
final class CertificateMaker {
  /** Longest life that Apple's systems accept for a certificate a person trusts, less a week. */
  static final Duration LIFE = Duration.ofDays(818);

  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final int MAX_NAME = 64; // ub-common-name
  private static final int DNS_NAME = 0x82;
  private static final int IP_ADDRESS = 0x87;

  /** A key and its certificate. */
  record Made(KeyPair keys, X509Certificate certificate) {}

  private CertificateMaker() {}

  /**
   * Makes one.
   *
   * @param names DNS names and addresses it stands for; the first is its common name
   */
  static Made make(Collection<String> names, Instant now) throws GeneralSecurityException {
    SecureRandom random = new SecureRandom();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), random);
    KeyPair keys = generator.generateKeyPair();

    byte[] algorithm = element(SEQUENCE, oid("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
    String first = names.iterator().next();
    byte[] name =
        element(
            SEQUENCE,
            attribute("2.5.4.10", "Commons Hub"),
            attribute("2.5.4.3", first.substring(0, Math.min(first.length(), MAX_NAME))));
    byte[] body =
        element(
            SEQUENCE,
            element(0xa0, element(INTEGER, new byte[] {2})), // version 3
            element(INTEGER, new BigInteger(127, random).setBit(126).toByteArray()),
            algorithm,
            name,
            element(SEQUENCE, time(now.minus(BACKDATED)), time(now.plus(LIFE))),
            name,
            keys.getPublic().getEncoded(),
            element(0xa3, extensions(names)));
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(keys.getPrivate(), random);
    signature.update(body);
    byte[] certificate = element(SEQUENCE, body, algorithm, bits(0, signature.sign()));
    return new Made(
        keys,
        (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(certificate)));
  }

  private static byte[] attribute(String type, String value) {
    return element(SET, element(SEQUENCE, oid(type), utf8(value)));
  }

  private static byte[] extensions(Collection<String> names) throws GeneralSecurityException {
    List<byte[]> alternatives = new ArrayList<>();
    for (String name : names) {
      boolean address = name.indexOf(':') >= 0 || name.matches("[0-9.]+");
      try {
        alternatives.add(
            address
                ? element(IP_ADDRESS, InetAddress.getByName(name).getAddress())
                : element(DNS_NAME, name.getBytes(StandardCharsets.US_ASCII)));
      } catch (UnknownHostException e) {
        throw new GeneralSecurityException(name + " is not an address", e);
      }
    }
    byte[] critical = element(BOOLEAN, new byte[] {(byte) 0xff});
    return element(
        SEQUENCE,
        // basic constraints: not a CA
        element(SEQUENCE, oid("2.5.29.19"), critical, element(OCTET_STRING, element(SEQUENCE))),
        // key usage: digital signature
        element(
            SEQUENCE,
            oid("2.5.29.15"),
            critical,
            element(OCTET_STRING, bits(7, new byte[] {(byte) 0x80}))),
        // extended key usage: server authentication
        element(
            SEQUENCE,
            oid("2.5.29.37"),
            element(OCTET_STRING, element(SEQUENCE, oid("1.3.6.1.5.5.7.3.1")))),
        // subject alternative names
        element(
            SEQUENCE,
            oid("2.5.29.17"),
            element(OCTET_STRING, element(SEQUENCE, alternatives.toArray(byte[][]::new)))));
  }
}
