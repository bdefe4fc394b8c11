package org.commonshub.platform.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.Time;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityTest {
  private static final Instant NOW = Instant.parse("2026-01-15T12:00:00Z");
  private static final List<String> NAMES =
      List.of("hub.example", "localhost", "127.0.0.1", "::1", "192.0.2.7", "2001:db8::7");

  @TempDir Path directory;

  private Identity identity(Instant now) throws Exception {
    return Identity.loadOrMake(directory, NAMES, now);
  }

  @Test
  void aCertificateThatBrowsersCanRead() throws Exception {
    Identity made = identity(NOW);
    X509Certificate certificate = made.certificate();
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity(java.util.Date.from(NOW));
    assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
    assertThat(certificate.getSigAlgName()).isEqualTo("SHA256withECDSA");
    assertThat(certificate.getSubjectX500Principal().getName())
        .isEqualTo("CN=hub.example,O=Commons Hub");
    assertThat(certificate.getSubjectAlternativeNames())
        .extracting(name -> name.get(0) + " " + name.get(1))
        .containsExactly(
            "2 hub.example",
            "2 localhost",
            "7 127.0.0.1",
            "7 0:0:0:0:0:0:0:1",
            "7 192.0.2.7",
            "7 2001:db8:0:0:0:0:0:7");
    assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(certificate.getBasicConstraints()).as("no CA").isEqualTo(-1);
    assertThat(
            Duration.between(
                certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant()))
        .isLessThan(Duration.ofDays(825));
    assertThat(made.fingerprint()).matches("([0-9A-F]{2}:){31}[0-9A-F]{2}");
  }

  @Test
  void bouncyCastleReadsTheSame() throws Exception {
    X509Certificate certificate = identity(NOW).certificate();
    X509CertificateHolder holder = new X509CertificateHolder(certificate.getEncoded());
    assertThat(holder.getEncoded()).as("strict DER").isEqualTo(certificate.getEncoded());
    assertThat(holder.toASN1Structure().getEncoded("DER")).isEqualTo(certificate.getEncoded());
    assertThat(
            holder.isSignatureValid(
                new JcaContentVerifierProviderBuilder().build(certificate.getPublicKey())))
        .isTrue();
    GeneralNames names =
        GeneralNames.fromExtensions(holder.getExtensions(), Extension.subjectAlternativeName);
    assertThat(names.getNames()).hasSize(NAMES.size());
    assertThat(KeyUsage.fromExtensions(holder.getExtensions()))
        .isEqualTo(new KeyUsage(KeyUsage.digitalSignature));
    assertThat(BasicConstraints.fromExtensions(holder.getExtensions()).isCA()).isFalse();
    assertThat(ExtendedKeyUsage.fromExtensions(holder.getExtensions()))
        .isEqualTo(new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1949-12-31T23:59:59Z",
        "1970-01-01T00:00:00Z",
        "2049-12-31T23:59:59Z",
        "2050-01-01T00:00:00Z"
      })
  void timesAsRfc5280WantsThem(String text) throws Exception {
    Instant instant = Instant.parse(text);
    assertThat(Der.time(instant))
        .isEqualTo(new Time(java.util.Date.from(instant)).getEncoded("DER"));
  }

  @Test
  void aLongListOfNamesIsEncodedRight() throws Exception {
    List<String> many = new java.util.ArrayList<>();
    for (int i = 0; i < 40; i++) {
      many.add("a-rather-long-name-of-a-hub-in-a-large-home-network-" + i + ".example.org");
    }
    X509Certificate certificate = CertificateMaker.make(many, NOW).certificate();
    certificate.verify(certificate.getPublicKey());
    assertThat(certificate.getSubjectAlternativeNames()).hasSize(40);
    assertThat(
            new X509CertificateHolder(certificate.getEncoded()).toASN1Structure().getEncoded("DER"))
        .isEqualTo(certificate.getEncoded());
  }

  @Test
  void staysTheSameUntilItIsAboutToEnd() throws Exception {
    String first = identity(NOW).fingerprint();
    assertThat(identity(NOW).fingerprint()).isEqualTo(first);
    assertThat(identity(NOW.minus(Duration.ofDays(20_000))).fingerprint())
        .as("a hub without battery clock starts in 1970")
        .isEqualTo(first);
    Instant last = NOW.plus(CertificateMaker.LIFE).minus(Identity.RENEW);
    assertThat(identity(last.minusSeconds(1)).fingerprint()).isEqualTo(first);
    assertThat(identity(last).fingerprint()).isNotEqualTo(first);
    for (String file : new String[] {"keystore.p12", "keystore.pass"}) {
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(file))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void servesWhoeverSpeaksTls() throws Exception {
    Identity made = identity(Instant.now());
    SSLContext server = made.serverContext();
    SSLContext client = SSLContext.getInstance("TLS");
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("hub", made.certificate());
    trust.init(roots);
    client.init(null, trust.getTrustManagers(), null);
    try (SSLServerSocket door =
        (SSLServerSocket)
            server
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread serving =
          new Thread(
              () -> {
                try (Socket peer = door.accept()) {
                  peer.getOutputStream().write('h');
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      serving.start();
      try (Socket socket =
          client
              .getSocketFactory()
              .createSocket(InetAddress.getLoopbackAddress(), door.getLocalPort())) {
        assertThat(socket.getInputStream().read()).isEqualTo('h');
      }
      serving.join(20_000);
    }
  }

  @Test
  void damageMeansANewCertificateNotNoHttps() throws Exception {
    byte[] good;
    identity(NOW);
    Random random = new Random(2);
    for (int i = 0; i < 12; i++) {
      good = Files.readAllBytes(directory.resolve("keystore.p12"));
      byte[] bad = i % 2 == 0 ? java.util.Arrays.copyOf(good, random.nextInt(good.length)) : good;
      if (i % 2 == 1) {
        bad[random.nextInt(bad.length)] ^= 0x55;
      }
      Files.write(directory.resolve("keystore.p12"), bad);
      assertThat(identity(NOW).fingerprint()).hasSize(95);
    }
    assertThat(directory.resolve("keystore.p12.damaged")).exists();
    Files.delete(directory.resolve("keystore.pass"));
    String made = identity(NOW).fingerprint();
    assertThat(identity(NOW).fingerprint()).isEqualTo(made);
  }

  @Test
  void namesOfThisComputer() {
    assertThat(Identity.localNames()).contains("localhost", "127.0.0.1", "::1");
    assertThat(Identity.localNames()).noneMatch(name -> name.contains("%") || name.isBlank());
  }
}
