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
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * TCP, UDP and recorded streams on one selector thread, whatever the number of meters.
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
      TransportProvider.SCHEME + "=udp-multicast",
      TransportProvider.SCHEME + "=file"
    },
    configurationPid = "org.commonshub.metering.transport")
@Designate(ocd = NetworkTransport.Config.class)
public final class NetworkTransport implements TransportProvider, AutoCloseable {
  private static final Set<String> MULTICAST_PARAMETERS = Set.of("interface");
  private static final Set<String> FILE_PARAMETERS =
      Set.of(FileConnection.RATE, FileConnection.LOOP);

  /** Configuration. */
  @ObjectClassDefinition(
      name = "Network transports",
      description = "How the hub reaches meters over the network and replays recordings.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Folder of recordings",
        description =
            "Absolute path of the only folder whose files may be replayed (file:NAME). Default"
                + " empty: any regular file that the hub's user may read, by its absolute path.",
        required = false)
    String replay_directory() default "";
  }

  private final Reactor reactor = new Reactor();
  private final Map<Endpoint, Shared> open = new HashMap<>();
  private final String replayDirectory;
  private boolean closed;

  private static final class Shared {
    final StreamConnection stream;
    final DatagramConnection datagrams;
    final Runnable closing;
    int handles;

    Shared(StreamConnection stream, DatagramConnection datagrams, Runnable closing) {
      this.stream = stream;
      this.datagrams = datagrams;
      this.closing = closing;
    }

    void close() {
      closing.run();
    }
  }

  /** Starts the selector thread. */
  public NetworkTransport() {
    this("");
  }

  /** Starts the selector thread. */
  @Activate
  public NetworkTransport(Config config) {
    this(config.replay_directory());
  }

  /** Replays recordings of one folder only, unless it is empty. */
  NetworkTransport(String replayDirectory) {
    this.replayDirectory = replayDirectory.strip();
  }

  @Override
  public Handle open(Endpoint endpoint) {
    Set<String> known =
        switch (endpoint.scheme()) {
          case "tcp", "udp" -> Set.of();
          case "udp-multicast" -> MULTICAST_PARAMETERS;
          case "file" -> FILE_PARAMETERS;
          default ->
              throw new IllegalArgumentException(
                  "'"
                      + endpoint
                      + "' is not a network address: expected tcp, udp, udp-multicast or file.");
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
      Shared shared = open.computeIfAbsent(endpoint, this::made);
      shared.handles++;
      return new Share(endpoint, shared);
    }
  }

  private Shared made(Endpoint endpoint) {
    switch (endpoint.scheme()) {
      case "tcp" -> {
        TcpConnection tcp = new TcpConnection(reactor, endpoint);
        return new Shared(tcp, null, tcp::close);
      }
      case "file" -> {
        FileConnection file = new FileConnection(reactor, endpoint, replayDirectory);
        return new Shared(file, null, file::close);
      }
      default -> {
        UdpConnection udp = new UdpConnection(reactor, endpoint);
        return new Shared(null, udp, udp::close);
      }
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
      if (shared.stream == null) {
        throw new IllegalStateException(endpoint + " carries datagrams, not a stream.");
      }
      return shared.stream;
    }

    @Override
    public DatagramConnection datagrams() {
      if (shared.datagrams == null) {
        throw new IllegalStateException(endpoint + " carries a stream, not datagrams.");
      }
      return shared.datagrams;
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
