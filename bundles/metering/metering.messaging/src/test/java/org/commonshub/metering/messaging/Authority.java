package org.commonshub.metering.messaging;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** A self-made certificate authority, by openssl. */
final class Authority {
  private final Path directory;
  private final String name;
  final Path certificate;
  private final Path key;

  Authority(Path directory, String name) throws IOException, InterruptedException {
    assumeTrue(
        Mosquitto.program("openssl") != null,
        "skipped: openssl is not installed (apt install openssl)");
    this.directory = directory;
    this.name = name;
    certificate = directory.resolve(name + ".crt");
    key = directory.resolve(name + ".key");
    Mosquitto.run(
        Mosquitto.program("openssl"),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=" + name,
        "-keyout",
        key.toString(),
        "-out",
        certificate.toString());
  }

  /**
   * Lines of mosquitto's configuration for a server with a certificate of this authority.
   *
   * @param subject file name
   * @param names subjectAltName, {@code DNS:localhost}
   */
  String[] server(String subject, String names) throws IOException, InterruptedException {
    Path serverKey = directory.resolve(subject + ".key");
    Path request = directory.resolve(subject + ".csr");
    Path extension =
        Files.writeString(directory.resolve(subject + ".ext"), "subjectAltName=" + names);
    Mosquitto.run(
        Mosquitto.program("openssl"),
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=" + subject,
        "-keyout",
        serverKey.toString(),
        "-out",
        request.toString());
    Mosquitto.run(
        Mosquitto.program("openssl"),
        "x509",
        "-req",
        "-in",
        request.toString(),
        "-CA",
        certificate.toString(),
        "-CAkey",
        key.toString(),
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        extension.toString(),
        "-out",
        server(subject).toString());
    return new String[] {"certfile " + server(subject), "keyfile " + serverKey};
  }

  private Path server(String subject) {
    return directory.resolve(name + "-" + subject + ".crt");
  }

  String fingerprint(String subject) throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(server(subject))) {
      return Tls.fingerprint(
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
  }
}
