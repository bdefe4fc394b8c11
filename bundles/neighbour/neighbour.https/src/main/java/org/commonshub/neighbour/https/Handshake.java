package org.commonshub.neighbour.https;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.platform.api.HubClock;

/**
 * Proves both sides of a connection (TLS 1.3 only). Each connection has a TLS context of its own,
 * so no session is ever resumed past the check. The own certificate is made anew each day and with
 * each new hub key.
 */
final class Handshake {
  private static final Duration RENEWAL = Duration.ofDays(1);

  private final HubIdentity identity;
  private final HubClock clock;
  private final Book book;
  private Passport.Made own;
  private VerificationKey ownKey;
  private Instant made;

  Handshake(HubIdentity identity, HubClock clock, Book book) {
    this.identity = identity;
    this.clock = clock;
    this.book = book;
  }

  /**
   * Shakes hands over a connected socket and returns it encrypted, with both sides proven. Who was
   * called closes the socket itself.
   *
   * @param expected DID of the one that was called; null if this side was called
   */
  SSLSocket shake(Socket socket, String expected) throws IOException, GeneralSecurityException {
    boolean client = expected != null;
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(
        new KeyManager[] {new OwnKey(own())}, new TrustManager[] {new Doorman(expected)}, null);
    SSLSocket secure =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    socket, socket.getInetAddress().getHostAddress(), socket.getPort(), client);
    secure.setUseClientMode(client);
    SSLParameters parameters = secure.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3"});
    parameters.setApplicationProtocols(new String[] {Frames.PROTOCOL});
    if (client) {
      parameters.setServerNames(List.of());
    } else {
      parameters.setNeedClientAuth(true);
    }
    secure.setSSLParameters(parameters);
    secure.startHandshake();
    if (!Frames.PROTOCOL.equals(secure.getApplicationProtocol())) {
      throw new IOException("it speaks another protocol");
    }
    return secure;
  }

  /** Who is at the other end; asked of the list once more. */
  String peer(SSLSocket secure) throws IOException, UnprovenException {
    Certificate[] chain = secure.getSession().getPeerCertificates();
    X509Certificate[] shown = new X509Certificate[chain.length];
    for (int i = 0; i < chain.length; i++) {
      shown[i] = (X509Certificate) chain[i];
    }
    Passport passport = Passport.read(shown, clock.now());
    book.admit(passport);
    return passport.did();
  }

  private synchronized Passport.Made own() throws GeneralSecurityException {
    Instant now = clock.now();
    VerificationKey key = identity.key();
    if (own == null
        || !key.equals(ownKey)
        || now.isBefore(made)
        || now.isAfter(made.plus(RENEWAL))) {
      own = Passport.make(identity, now);
      ownKey = key;
      made = now;
    }
    return own;
  }

  /** Lets in who is on the list, and nobody else. */
  private final class Doorman extends X509ExtendedTrustManager {
    private final String expected;

    Doorman(String expected) {
      this.expected = expected;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
      Passport passport = Passport.read(chain, clock.now());
      if (expected != null && !expected.equals(passport.did())) {
        throw new UnprovenException("another hub answers at its address");
      }
      try {
        book.admit(passport);
      } catch (UnprovenException e) {
        if (expected == null && !e.isStranger()) {
          book.problem(
              passport.did(),
              "Somebody called in its name and was refused: " + e.getMessage() + ".");
        }
        throw e;
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** The one key of this side. */
  private static final class OwnKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "hub";

    private final Passport.Made own;

    OwnKey(Passport.Made own) {
      this.own = own;
    }

    private static String[] aliases(String type) {
      return type.startsWith("EC") ? new String[] {ALIAS} : null;
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return aliases(type);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      for (String type : types) {
        if (aliases(type) != null) {
          return ALIAS;
        }
      }
      return null;
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return aliases(type);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return aliases(type) == null ? null : ALIAS;
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {own.certificate()};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.keys().getPrivate();
    }
  }
}
