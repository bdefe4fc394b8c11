package org.commonshub.metering.web;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * HTTP and HTTPS to devices, and the empty handle of devices that connect by themselves.
 *
 * <p><b>Rule for callers:</b> stages complete on {@link Network}'s loop thread: hand over and
 * return at once.
 */
@Component(
    service = TransportProvider.class,
    property = {
      TransportProvider.SCHEME + "=http",
      TransportProvider.SCHEME + "=https",
      TransportProvider.SCHEME + "=inbound"
    })
public final class HttpTransport implements TransportProvider, AutoCloseable {
  private static final String PIN = "sha256";

  private static final class Shared {
    private final HttpClientConnection connection;
    private int handles;

    Shared(HttpClientConnection connection) {
      this.connection = connection;
    }
  }

  private final Network network;
  private final Map<Endpoint, Shared> open = new HashMap<>();
  private boolean closed;

  /** Waits for endpoints. */
  @Activate
  public HttpTransport(@Reference(name = "network") Network network) {
    this.network = network;
  }

  @Override
  public Handle open(Endpoint endpoint) {
    Set<String> known =
        switch (endpoint.scheme()) {
          case "http", "inbound" -> Set.of();
          case "https" -> Set.of(PIN);
          default ->
              throw new IllegalArgumentException(
                  "'" + endpoint + "' is not HTTP: expected http, https or inbound.");
        };
    for (String name : endpoint.parameters().keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "'"
                + endpoint
                + "' has the unknown parameter '"
                + name
                + "'; "
                + endpoint.scheme()
                + " takes "
                + (known.isEmpty() ? "none" : "only " + PIN)
                + ".");
      }
    }
    if (endpoint.scheme().equals("inbound")) {
      return new Inbound(endpoint);
    }
    synchronized (open) {
      if (closed) {
        throw new IllegalStateException("HTTP to devices was stopped.");
      }
      Shared shared = open.get(endpoint);
      if (shared == null) {
        shared =
            new Shared(
                new HttpClientConnection(
                    network,
                    endpoint,
                    endpoint.scheme().equals("http")
                        ? null
                        : new Trust(endpoint.parameters().get(PIN))));
        open.put(endpoint, shared);
      }
      shared.handles++;
      return new Share(endpoint, shared);
    }
  }

  /** Endpoints held now. */
  int connections() {
    synchronized (open) {
      return open.size();
    }
  }

  /** Closes every connection. */
  @Deactivate
  @Override
  public void close() {
    synchronized (open) {
      closed = true;
      for (Shared shared : open.values()) {
        network.loop().execute(shared.connection::close);
      }
      open.clear();
    }
  }

  private final class Share implements Handle {
    private final Endpoint endpoint;
    private final Shared shared;
    private final AtomicBoolean released = new AtomicBoolean();

    Share(Endpoint endpoint, Shared shared) {
      this.endpoint = endpoint;
      this.shared = shared;
    }

    @Override
    public StreamConnection stream() {
      throw new IllegalStateException(endpoint + " is HTTP, not a stream.");
    }

    @Override
    public DatagramConnection datagrams() {
      throw new IllegalStateException(endpoint + " is HTTP, not datagrams.");
    }

    @Override
    public HttpConnection http() {
      return shared.connection;
    }

    @Override
    public void close() {
      if (!released.compareAndSet(false, true)) {
        return;
      }
      synchronized (open) {
        if (--shared.handles == 0 && !closed) {
          open.remove(endpoint);
          network.loop().execute(shared.connection::close);
        }
      }
    }
  }

  /** A device that connects by itself has no connection to open. */
  private record Inbound(Endpoint endpoint) implements Handle {
    @Override
    public StreamConnection stream() {
      throw none();
    }

    @Override
    public DatagramConnection datagrams() {
      throw none();
    }

    private IllegalStateException none() {
      return new IllegalStateException(endpoint + " connects to the hub by itself.");
    }

    @Override
    public void close() {
      // Nothing was opened.
    }
  }
}
