package org.commonshub.platform.tls;

import java.security.KeyStore;
import java.security.cert.CRL;
import java.util.Collection;
import java.util.function.IntConsumer;
import javax.net.ssl.TrustManager;
import org.apache.felix.http.jetty.ConnectorFactory;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Gives Felix's Jetty a second connector, with TLS 1.2 and 1.3 only. One acceptor and one selector
 * from the server's own thread pool.
 */
final class TlsConnectorFactory implements ConnectorFactory {
  private static final long IDLE_MILLIS = 60_000;

  private final Identity identity;
  private final String host;
  private final int port;
  private final IntConsumer opened;
  private final Runnable closed;

  /**
   * @param opened told the port when the connector serves
   * @param closed told when it no longer does
   */
  TlsConnectorFactory(
      Identity identity, String host, int port, IntConsumer opened, Runnable closed) {
    this.identity = identity;
    this.host = host;
    this.port = port;
    this.opened = opened;
    this.closed = closed;
  }

  @Override
  public Connector createConnector(Server server) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    http.setSecureScheme("https");
    // People use addresses, which SNI does not carry; the console checks the Host header itself.
    http.addCustomizer(new SecureRequestCustomizer(false));
    ServerConnector connector =
        new ServerConnector(
            server,
            1,
            1,
            new SslConnectionFactory(context(), HttpVersion.HTTP_1_1.asString()),
            new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_MILLIS);
    connector.addEventListener(
        new LifeCycle.Listener() {
          @Override
          public void lifeCycleStarted(LifeCycle event) {
            opened.accept(connector.getLocalPort());
          }

          @Override
          public void lifeCycleStopping(LifeCycle event) {
            closed.run();
          }
        });
    return connector;
  }

  private SslContextFactory.Server context() {
    SslContextFactory.Server context =
        new SslContextFactory.Server() {
          @Override
          protected TrustManager[] getTrustManagers(
              KeyStore trustStore, Collection<? extends CRL> crls) {
            return new TrustManager[0]; // clients show no certificate; saves loading 150 roots
          }
        };
    context.setKeyStore(identity.store());
    context.setKeyStorePassword(new String(identity.password()));
    context.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    context.setSniRequired(false);
    context.setRenegotiationAllowed(false);
    return context;
  }
}
