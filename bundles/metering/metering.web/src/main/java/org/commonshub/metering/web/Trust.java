package org.commonshub.metering.web;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Which certificates of a device are believed: those the system's authorities vouch for, with the
 * right name; or, with a pin, only the one of that fingerprint, whatever its name and dates.
 */
final class Trust {
  private final String pin;
  private final SSLContext context;
  private final Manager manager;

  /**
   * @param pin SHA-256 of the certificate in hexadecimal, or null
   * @throws IllegalArgumentException if the pin is none
   */
  Trust(String pin) {
    this.pin = pin == null ? null : normalised(pin);
    try {
      manager = new Manager(this.pin, this.pin == null ? system() : null);
      context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {manager}, null);
      context.getClientSessionContext().setSessionCacheSize(4);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String normalised(String pin) {
    String hex = pin.replace(":", "").toLowerCase(Locale.ROOT);
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "The parameter sha256 is no fingerprint: expected 64 hexadecimal digits.");
    }
    return hex;
  }

  private static X509ExtendedTrustManager system() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    for (TrustManager each : factory.getTrustManagers()) {
      if (each instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("the system trusts nobody");
  }

  boolean pinned() {
    return pin != null;
  }

  /** Fingerprint of the certificate that was refused last; null if none was. */
  String refused() {
    return manager.refused;
  }

  SSLEngine engine(String host, int port) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    SSLEngine engine = context.createSSLEngine(bare, port);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    if (pin == null) {
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(parameters);
    }
    return engine;
  }

  private static final class Manager extends X509ExtendedTrustManager {
    private final String pin;
    private final X509ExtendedTrustManager system;
    private volatile String refused;

    Manager(String pin, X509ExtendedTrustManager system) {
      this.pin = pin;
      this.system = system;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      try {
        if (pin == null) {
          system.checkServerTrusted(chain, type, engine);
        } else if (!MessageDigest.isEqual(
            HexFormat.of().parseHex(pin), HexFormat.of().parseHex(fingerprint(chain[0])))) {
          throw new CertificateException("another certificate than the pinned one");
        }
        refused = null;
      } catch (CertificateException e) {
        refused = fingerprint(chain[0]);
        throw e;
      }
    }

    private static String fingerprint(X509Certificate certificate) throws CertificateException {
      try {
        return HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
      } catch (GeneralSecurityException e) {
        throw new CertificateException(e);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("only engines are checked");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("only engines are checked");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      throw new CertificateException("clients are not checked");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      throw new CertificateException("clients are not checked");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      throw new CertificateException("clients are not checked");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
