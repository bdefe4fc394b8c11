package org.commonshub.platform.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.apache.felix.http.jetty.ConnectorFactory;
import org.commonshub.platform.api.HubCertificate;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.TlsIdentity;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces the hub's certificate and opens the HTTPS port. A thread makes or loads the certificate
 * and waits for the port to be free, so that the hub's start waits for neither; it ends when the
 * port is open.
 */
@Component(
    immediate = true,
    configurationPid = "org.commonshub.platform.tls",
    service = {})
@Designate(ocd = TlsComponent.Config.class)
public final class TlsComponent {
  private static final Logger LOG = LoggerFactory.getLogger(TlsComponent.class);
  private static final long RETRY_SECONDS = 10;

  /** Settings of the HTTPS port. */
  @ObjectClassDefinition(
      name = "HTTPS",
      description = "The console's encrypted port, with a certificate the hub makes itself.")
  @interface Config {
    @AttributeDefinition(
        name = "Enabled",
        description =
            "Whether the console's port is open. Default true. Devices can connect with TLS either"
                + " way.")
    boolean enabled() default true;

    @AttributeDefinition(
        name = "Address",
        description =
            "Address the port is bound to: 127.0.0.1 for this computer only (default), 0.0.0.0 for"
                + " the home network.",
        min = "1",
        max = "253")
    String host() default "127.0.0.1";

    @AttributeDefinition(
        name = "Port",
        description = "TCP port; 0 takes any free one. Default 8443.",
        min = "0",
        max = "65535")
    int port() default 8443;

    @AttributeDefinition(
        name = "Further names",
        description =
            "Names for a certificate made from now on, beside this computer's name and addresses."
                + " Default none.",
        required = false)
    String[] names() default {};
  }

  private final BundleContext context;
  private final String host;
  private final int port;
  private final boolean enabled;
  private final Thread thread;
  private ServiceRegistration<HubCertificate> certificate;
  private ServiceRegistration<ConnectorFactory> factory;
  private ServiceRegistration<TlsIdentity> identity;
  private boolean closed;

  @Activate
  public TlsComponent(
      BundleContext context, @Reference(name = "clock") HubClock clock, Config config) {
    this.context = context;
    this.host = config.host();
    this.enabled = config.enabled();
    String commandLine = context.getProperty("commonshub.tls.port");
    this.port = commandLine == null ? config.port() : Integer.parseInt(commandLine.strip());
    String data = context.getProperty("commonshub.data");
    if (data == null) {
      throw new IllegalStateException(
          "The framework property commonshub.data is not set: start the hub with its launcher.");
    }
    Set<String> names = new LinkedHashSet<>();
    Arrays.stream(config.names())
        .map(name -> name.strip().toLowerCase(Locale.ROOT))
        .filter(name -> name.matches("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"))
        .forEach(names::add);
    this.thread =
        new Thread(() -> open(Path.of(data).resolve("platform.tls"), names, clock), "hub-tls");
    thread.setDaemon(true);
    thread.start();
  }

  @Deactivate
  void deactivate() {
    ServiceRegistration<ConnectorFactory> registered;
    ServiceRegistration<HubCertificate> announced;
    synchronized (this) {
      closed = true;
      registered = factory;
      announced = certificate;
      factory = null;
      certificate = null;
    }
    thread.interrupt();
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (registered != null) {
      registered.unregister(); // Felix stops and removes the connector
    }
    withdraw();
    if (announced != null) {
      try {
        announced.unregister();
      } catch (IllegalStateException e) {
        LOG.debug("The framework withdrew it first", e);
      }
    }
  }

  private void open(Path directory, Set<String> names, HubClock clock) {
    try {
      names.addAll(Identity.localNames());
      Identity loaded = Identity.loadOrMake(directory, names, clock.now());
      announce(loaded);
      if (!enabled) {
        return;
      }
      awaitPort();
      TlsConnectorFactory made =
          new TlsConnectorFactory(
              loaded, host, port, actual -> announce(loaded, actual), this::withdraw);
      ServiceRegistration<ConnectorFactory> registered =
          context.registerService(ConnectorFactory.class, made, null);
      synchronized (this) {
        if (!closed) {
          factory = registered;
          return;
        }
      }
      registered.unregister();
    } catch (IOException | GeneralSecurityException e) {
      LOG.error(
          "HTTPS is off: the certificate in {} could not be made or read ({}). Make the directory"
              + " writable and switch HTTPS off and on in the settings.",
          directory,
          e.toString());
    } catch (InterruptedException | IllegalStateException e) {
      LOG.debug("Stopped while opening the HTTPS port", e);
    }
  }

  /** Waits until the port can be bound; says once what to do. */
  private void awaitPort() throws InterruptedException {
    for (boolean told = false; ; told = true) {
      try (ServerSocket probe = new ServerSocket()) {
        probe.setReuseAddress(true);
        probe.bind(new InetSocketAddress(InetAddress.getByName(host), port), 1);
        return;
      } catch (IOException e) {
        if (!told) {
          LOG.warn(
              "HTTPS is off: port {} on {} cannot be opened ({}). Stop the program that uses it, or"
                  + " set another port in org.commonshub.platform.tls.json. The hub runs on and"
                  + " tries again every {} s.",
              port,
              host,
              e.getMessage(),
              RETRY_SECONDS);
        }
        TimeUnit.SECONDS.sleep(RETRY_SECONDS);
      }
    }
  }

  private void announce(Identity loaded) throws GeneralSecurityException {
    ServiceRegistration<HubCertificate> registered =
        context.registerService(
            HubCertificate.class,
            new Certificate(loaded.fingerprint(), loaded.serverContext()),
            null);
    synchronized (this) {
      if (!closed) {
        certificate = registered;
        return;
      }
    }
    registered.unregister();
  }

  private record Certificate(String fingerprint, SSLContext serverContext)
      implements HubCertificate {}

  private synchronized void announce(Identity loaded, int actual) {
    if (closed) {
      return;
    }
    String fingerprint = loaded.fingerprint();
    LOG.info("HTTPS on {}:{}, certificate SHA-256 {}", host, actual, fingerprint);
    identity =
        context.registerService(TlsIdentity.class, new Announced(fingerprint, actual, host), null);
  }

  private record Announced(String fingerprint, int port, String host) implements TlsIdentity {}

  private synchronized void withdraw() {
    if (identity != null) {
      try {
        identity.unregister();
      } catch (IllegalStateException e) {
        LOG.debug("The framework withdrew it first", e);
      }
      identity = null;
    }
  }
}
