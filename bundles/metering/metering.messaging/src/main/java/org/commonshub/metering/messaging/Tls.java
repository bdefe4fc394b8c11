package org.commonshub.metering.messaging;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;

/**
 * Whom to believe on an encrypted connection: exactly one certificate (by its fingerprint), those
 * an authority of the home signed, or those of the system's authorities. But for the first the
 * certificate must be made for the name in the address (RFC 2818 §3.1).
 */
final class Tls {
  private static final int MAX_PEM = 256 * 1024;

  /** The broker's certificate is another than the one that was entered. */
  static final class WrongFingerprint extends CertificateException {
    private static final long serialVersionUID = 1L;

    WrongFingerprint() {
      super("fingerprint");
    }
  }

  private final SSLContext context;
  private final boolean pinned;
  private volatile String presented;

  private Tls(SSLContext context, boolean pinned) {
    this.context = context;
    this.pinned = pinned;
  }

  /**
   * @throws DeviceException if the settings make no sense
   */
  static Tls of(BrokerSettings settings) throws DeviceException {
    Witness[] witness = new Witness[1];
    try {
      boolean pinned = !settings.fingerprint().isEmpty();
      if (pinned) {
        witness[0] = new Witness(null, settings.fingerprint());
      } else {
        TrustManagerFactory factory =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(settings.authority().isEmpty() ? null : authorities(settings));
        for (TrustManager manager : factory.getTrustManagers()) {
          if (manager instanceof X509ExtendedTrustManager found) {
            witness[0] = new Witness(found, null);
          }
        }
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, witness, null);
      Tls tls = new Tls(context, pinned);
      witness[0].owner = tls;
      return tls;
    } catch (GeneralSecurityException | IOException e) {
      throw new DeviceException(
          Kind.SETTINGS,
          "The certificates entered for the MQTT broker "
              + settings
              + " cannot be used ("
              + e.getMessage()
              + "). Enter the PEM text, or the path of a PEM file the hub can read.",
          e);
    }
  }

  private static KeyStore authorities(BrokerSettings settings)
      throws GeneralSecurityException, IOException {
    byte[] pem;
    if (settings.authority().startsWith("-----BEGIN")) {
      pem = settings.authority().getBytes(StandardCharsets.UTF_8);
    } else {
      Path file = Path.of(settings.authority());
      if (!Files.isRegularFile(file)) {
        throw new IOException("no such file: " + file);
      }
      try (InputStream in = Files.newInputStream(file)) {
        pem = in.readNBytes(MAX_PEM + 1);
      }
    }
    if (pem.length > MAX_PEM) {
      throw new IOException("more than " + MAX_PEM + " bytes");
    }
    Collection<? extends Certificate> found =
        CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
    if (found.isEmpty()) {
      throw new IOException("no certificate in it");
    }
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    int number = 0;
    for (Certificate each : found) {
      store.setCertificateEntry("authority" + number++, each);
    }
    return store;
  }

  /** Fingerprint of the certificate that the broker showed last. */
  Optional<String> presented() {
    return Optional.ofNullable(presented);
  }

  /** Encrypts a connected socket; returns after the handshake. */
  SSLSocket over(Socket plain, String host, int port) throws IOException {
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    if (!pinned) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  static String fingerprint(X509Certificate certificate) throws CertificateException {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new CertificateException(e);
    }
  }

  /** Notes the certificate for the error message, and asks the one who knows. */
  private static final class Witness extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager authorities;
    private final String pin;
    private volatile Tls owner;

    Witness(X509ExtendedTrustManager authorities, String pin) {
      this.authorities = authorities;
      this.pin = pin;
    }

    private void check(X509Certificate[] chain, Check otherwise) throws CertificateException {
      String fingerprint = fingerprint(chain[0]);
      owner.presented = fingerprint;
      if (pin == null) {
        otherwise.run();
      } else if (!MessageDigest.isEqual(
          pin.getBytes(StandardCharsets.US_ASCII),
          fingerprint.getBytes(StandardCharsets.US_ASCII))) {
        throw new WrongFingerprint();
      }
    }

    private interface Check {
      void run() throws CertificateException;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain, () -> authorities.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain, () -> authorities.checkServerTrusted(chain, type, engine));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain, () -> authorities.checkServerTrusted(chain, type));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("the hub is no server here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return authorities == null ? new X509Certificate[0] : authorities.getAcceptedIssuers();
    }
  }
}
