package org.commonshub.metering.transport;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;

/**
 * TCP and UDP on one selector thread, whatever the number of meters.
 *
 * <p><b>Rule for callers:</b> stages complete, and listeners are called, on that thread. What
 * depends on them must hand over and return at once. {@code metering.provider}, the only caller in
 * the hub, moves every completion to its own watched pool before a driver sees it.
 */
@Component(
    service = TransportProvider.class,
    property = {
      TransportProvider.SCHEME + "=tcp",
      TransportProvider.SCHEME + "=udp",
      TransportProvider.SCHEME + "=udp-multicast"
    })
public final class NetworkTransport implements TransportProvider, AutoCloseable {
  private static final Set<String> MULTICAST_PARAMETERS = Set.of("interface");

  private final Reactor reactor = new Reactor();
  private final Map<Endpoint, Shared> open = new HashMap<>();
  private boolean closed;

  private static final class Shared {
    final TcpConnection tcp;
    final UdpConnection udp;
    int handles;

    Shared(TcpConnection tcp, UdpConnection udp) {
      this.tcp = tcp;
      this.udp = udp;
    }

    void close() {
      if (tcp != null) {
        tcp.close();
      } else {
        udp.close();
      }
    }
  }

  /** Starts the selector thread. */
  @Activate
  public NetworkTransport() {}

  @Override
  public Handle open(Endpoint endpoint) {
    Set<String> known =
        switch (endpoint.scheme()) {
          case "tcp", "udp" -> Set.of();
          case "udp-multicast" -> MULTICAST_PARAMETERS;
          default ->
              throw new IllegalArgumentException(
                  "'"
                      + endpoint
                      + "' is not a network address: expected tcp, udp or udp-multicast.");
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
                + (known.isEmpty() ? "none" : known)
                + ".");
      }
    }
    synchronized (open) {
      if (closed) {
        throw new IllegalStateException("The network transport was stopped.");
      }
      Shared shared =
          open.computeIfAbsent(
              endpoint,
              e ->
                  e.scheme().equals("tcp")
                      ? new Shared(new TcpConnection(reactor, e), null)
                      : new Shared(null, new UdpConnection(reactor, e)));
      shared.handles++;
      return new Share(endpoint, shared);
    }
  }

  /** Connections held now. */
  int connections() {
    synchronized (open) {
      return open.size();
    }
  }

  /** Closes every connection, and the thread. */
  @Deactivate
  @Override
  public void close() {
    CountDownLatch done = new CountDownLatch(1);
    synchronized (open) {
      if (closed) {
        return;
      }
      closed = true;
      for (Shared shared : open.values()) {
        reactor.execute(shared::close);
      }
      open.clear();
    }
    reactor.execute(done::countDown);
    try {
      if (!reactor.onThread()) {
        done.await(2, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    reactor.close();
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
      if (shared.tcp == null) {
        throw new IllegalStateException(endpoint + " carries datagrams, not a stream.");
      }
      return shared.tcp;
    }

    @Override
    public DatagramConnection datagrams() {
      if (shared.udp == null) {
        throw new IllegalStateException(endpoint + " carries a stream, not datagrams.");
      }
      return shared.udp;
    }

    @Override
    public void close() {
      if (!released.compareAndSet(false, true)) {
        return;
      }
      synchronized (open) {
        if (--shared.handles == 0 && !closed) {
          open.remove(endpoint);
          reactor.execute(shared::close);
        }
      }
    }
  }
}
