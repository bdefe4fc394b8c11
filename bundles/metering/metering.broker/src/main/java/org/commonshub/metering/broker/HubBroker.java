package org.commonshub.metering.broker;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceServer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hub's broker: the door for its clients, and the transport {@code broker:hub} for drivers, who
 * need no socket.
 *
 * <p>One lock guards the {@link Broker}. Under it nothing but memory is touched: what it wrote is
 * sent, and subscribers in the hub are called, after it is let go.
 */
@Component(
    service = TransportProvider.class,
    immediate = true,
    configurationPid = "org.commonshub.metering.broker",
    property = TransportProvider.SCHEME + "=broker")
@Designate(ocd = HubBroker.Config.class)
public final class HubBroker implements TransportProvider {
  private static final Logger LOG = LoggerFactory.getLogger(HubBroker.class);
  private static final Endpoint HUB = Endpoint.parse("broker:hub");
  private static final int MAX_FILTERS = 32;
  private static final int DELIVERY_THREADS = 2;
  private static final long TICK_MILLIS = 250;
  private static final long REOPEN_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(30);

  /** Settings of the broker. */
  @ObjectClassDefinition(
      name = "MQTT broker of the hub",
      description =
          "Ports on which devices in the home reach the hub's own MQTT broker. They are open while"
              + " there is at least one client.")
  @interface Config {
    @AttributeDefinition(
        name = "Port with encryption",
        description = "TCP port with TLS and the hub's certificate; 0 for none. Default 8883.",
        min = "0",
        max = "65535")
    int tlsPort() default 8883;

    @AttributeDefinition(
        name = "Port without encryption",
        description =
            "TCP port without TLS, for devices that know no other and answered only to addresses"
                + " of the home network; passwords can be overheard there. 0 for none, mostly"
                + " 1883. Default 0.",
        min = "0",
        max = "65535")
    int port() default 0;
  }

  private static final class Door {
    final int port;
    final boolean tls;
    DeviceServer.Opened opened;
    long triedAt;
    boolean complained;

    Door(int port, boolean tls) {
      this.port = port;
      this.tls = tls;
    }
  }

  private final HubClock clock;
  private final Clients clients;
  private final Broker broker;
  private final Object lock = new Object();

  /** Outlets written to under the lock that is held. */
  private final Set<PeerOutlet> dirty = new LinkedHashSet<>();

  /** Outlets with something left to send, looked after by the tick. */
  private final Set<PeerOutlet> stuck = java.util.concurrent.ConcurrentHashMap.newKeySet();

  private final ScheduledThreadPoolExecutor ticker;
  private final ThreadPoolExecutor delivery;
  private final AutoCloseable watch;
  private final HubConnection connection = new HubConnection();

  /** Guards what is below; taken alone. */
  private final Object doorsLock = new Object();

  private List<Door> doors = List.of();
  private DeviceServer server;
  private boolean closed;

  @Activate
  public HubBroker(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "clients") Clients clients,
      Config config) {
    this(clock, clients, config.tlsPort(), config.port());
  }

  HubBroker(HubClock clock, Clients clients, int tlsPort, int port) {
    this.clock = clock;
    this.clients = clients;
    this.broker = new Broker(clients, new Notes(clock));
    this.delivery =
        new ThreadPoolExecutor(
            DELIVERY_THREADS,
            DELIVERY_THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // at most one entry per subscription
            task -> daemon(task, "metering-broker"));
    delivery.allowCoreThreadTimeOut(true);
    this.ticker = new ScheduledThreadPoolExecutor(1, task -> daemon(task, "metering-broker-clock"));
    ticker.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    ticker.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    this.watch = clients.watch(this::changed);
    configure(tlsPort, port);
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Takes new ports without letting go of sessions and kept messages. */
  @Modified
  void modified(Config config) {
    configure(config.tlsPort(), config.port());
  }

  private void configure(int tlsPort, int port) {
    synchronized (doorsLock) {
      List<Door> wanted = new ArrayList<>();
      if (tlsPort != 0) {
        wanted.add(door(tlsPort, true));
      }
      if (port != 0) {
        wanted.add(door(port, false));
      }
      doors.stream().filter(door -> !wanted.contains(door)).forEach(HubBroker::shut);
      doors = wanted;
      open();
    }
  }

  /** The one there is, or a new one. */
  private Door door(int port, boolean tls) {
    return doors.stream()
        .filter(door -> door.port == port && door.tls == tls)
        .findFirst()
        .orElseGet(() -> new Door(port, tls));
  }

  @Reference(
      name = "server",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindServer(DeviceServer bound) {
    synchronized (doorsLock) {
      if (server != null) {
        doors.forEach(HubBroker::shut);
      }
      server = bound;
      open();
    }
  }

  void unbindServer(DeviceServer unbound) {
    synchronized (doorsLock) {
      if (server == unbound) {
        doors.forEach(HubBroker::shut);
        server = null;
      }
    }
  }

  /** Opens the doors that should be open and are not; shuts them when there are no clients. */
  private void open() {
    boolean wanted = server != null && !closed && !clients.isEmpty();
    for (Door door : doors) {
      if (!wanted) {
        shut(door);
      } else if (door.opened == null) {
        door.triedAt = clock.monotonicNanos();
        try {
          door.opened =
              server.streams(
                  Math.max(0, door.port), door.tls, peer -> opened(peer)); // below 0: tests
          door.complained = false;
          LOG.info(
              "MQTT broker of the hub listens on port {} {} encryption",
              door.opened.port(),
              door.tls ? "with" : "without");
        } catch (DeviceException e) {
          if (!door.complained) {
            door.complained = true;
            LOG.warn(
                "MQTT broker of the hub cannot be reached on port {}: {} It tries again every {} s.",
                door.port,
                e.getMessage(),
                TimeUnit.NANOSECONDS.toSeconds(REOPEN_NANOS));
          }
        }
      }
    }
  }

  private static void shut(Door door) {
    if (door.opened != null) {
      door.opened.close();
      door.opened = null;
    }
  }

  /** Port that is open now, or −1. */
  int port(boolean tls) {
    synchronized (doorsLock) {
      for (Door door : doors) {
        if (door.tls == tls && door.opened != null) {
          return door.opened.port();
        }
      }
      return -1;
    }
  }

  private void changed(String user) {
    change(() -> broker.changed(user, clock.monotonicNanos()));
    synchronized (doorsLock) {
      open();
    }
  }

  // ---------------------------------------------------------------- clients

  private DeviceServer.StreamListener opened(DeviceServer.StreamPeer peer) {
    InetAddress address = peer.peer().address().getAddress();
    if (!peer.peer().tls() && !isHome(address)) {
      return null;
    }
    PeerOutlet outlet = new PeerOutlet(peer, dirty::add);
    change(() -> outlet.link = broker.opened(outlet, address, clock.monotonicNanos()));
    return new DeviceServer.StreamListener() {
      @Override
      public void received(byte[] bytes) {
        change(() -> broker.received(outlet.link, bytes, clock.monotonicNanos()));
      }

      @Override
      public void closed() {
        change(() -> broker.closed(outlet.link, clock.monotonicNanos()));
        stuck.remove(outlet);
      }
    };
  }

  /** Loopback, private (RFC 1918, RFC 4193) and link-local addresses. */
  static boolean isHome(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || (address.getAddress().length == 16 && (address.getAddress()[0] & 0xFE) == 0xFC);
  }

  /** Does something with the broker, and sends what came of it. */
  private void change(Runnable action) {
    List<PeerOutlet> toFlush;
    synchronized (lock) {
      action.run();
      if (dirty.isEmpty()) {
        return;
      }
      toFlush = List.copyOf(dirty);
      dirty.clear();
    }
    for (PeerOutlet outlet : toFlush) {
      flush(outlet);
    }
  }

  private void flush(PeerOutlet outlet) {
    boolean more;
    do {
      boolean taken = outlet.flush();
      if (outlet.isStuck()) {
        outlet.stuckSince(clock.monotonicNanos(), taken);
        stuck.add(outlet);
      } else {
        stuck.remove(outlet);
      }
      more = false;
      if (taken && outlet.link != null) {
        synchronized (lock) {
          broker.writable(outlet.link);
          more = dirty.remove(outlet);
        }
      }
    } while (more);
  }

  private void tick() {
    try {
      long now = clock.monotonicNanos();
      for (PeerOutlet outlet : List.copyOf(stuck)) {
        flush(outlet);
        if (outlet.isStuckFor(STUCK_NANOS, now)) {
          stuck.remove(outlet);
          outlet.abandon();
          change(() -> broker.closed(outlet.link, now));
        }
      }
      change(() -> broker.tick(now));
      synchronized (doorsLock) {
        boolean due =
            doors.stream().anyMatch(d -> d.opened == null && now - d.triedAt >= REOPEN_NANOS);
        if (due && !closed) {
          open();
        }
      }
    } catch (RuntimeException e) {
      LOG.error("MQTT broker of the hub: a fault in its clock; it goes on", e);
    }
  }

  // ---------------------------------------------------------------- the hub's side

  @Override
  public Handle open(Endpoint endpoint) {
    if (!endpoint.equals(HUB)) {
      throw new IllegalArgumentException(
          "'" + endpoint + "' is not the hub's MQTT broker: that is broker:hub.");
    }
    synchronized (doorsLock) {
      if (closed) {
        throw new IllegalStateException("The hub's MQTT broker was stopped.");
      }
    }
    return new Share();
  }

  private final class Share implements Handle {
    @Override
    public MqttConnection mqtt() {
      return connection;
    }

    @Override
    public StreamConnection stream() {
      throw new IllegalStateException("broker:hub is a broker, no stream.");
    }

    @Override
    public DatagramConnection datagrams() {
      throw new IllegalStateException("broker:hub is a broker.");
    }

    @Override
    public void close() {
      // Shared with the whole hub; subscriptions are closed by themselves.
    }
  }

  private final class HubConnection implements MqttConnection {
    private final List<Mailbox> open = new java.util.concurrent.CopyOnWriteArrayList<>();

    @Override
    public Endpoint endpoint() {
      return HUB;
    }

    @Override
    public AutoCloseable subscribe(List<String> filters, Listener listener) {
      if (filters.isEmpty() || filters.size() > MAX_FILTERS) {
        throw new IllegalArgumentException(
            "a subscription has 1 to " + MAX_FILTERS + " topic filters, not " + filters.size());
      }
      for (String filter : filters) {
        if (!Topics.isFilter(filter) || !Topics.fits(filter)) {
          throw new IllegalArgumentException(
              "'"
                  + filter
                  + "' is no topic filter of at most "
                  + Topics.MAX
                  + " bytes and "
                  + Topics.LEVELS
                  + " levels.");
        }
      }
      List<String> own = List.copyOf(new java.util.LinkedHashSet<>(filters));
      Mailbox mailbox = new Mailbox(listener, delivery, this::kept);
      Broker.Watcher watcher;
      synchronized (lock) {
        watcher = broker.watch(own, mailbox::message);
        mailbox.start(broker.kept(own));
      }
      open.add(mailbox);
      AtomicBoolean over = new AtomicBoolean();
      return () -> {
        if (over.compareAndSet(false, true)) {
          mailbox.close();
          open.remove(mailbox);
          synchronized (lock) {
            broker.unwatch(watcher);
          }
        }
      };
    }

    private org.commonshub.metering.broker.Message kept(String topic) {
      synchronized (lock) {
        return broker.kept(topic);
      }
    }

    @Override
    public CompletionStage<Void> publish(Message message) {
      Optional<String> refusal = refusal(message);
      if (refusal.isPresent()) {
        return CompletableFuture.failedFuture(
            new DeviceException(
                Kind.SETTINGS,
                "Cannot publish to '"
                    + Topics.shown(message.topic())
                    + "': "
                    + refusal.get()
                    + ". Check the topic in the settings of the device."));
      }
      change(
          () ->
              broker.publish(
                  message.topic(), message.payload(), message.retained(), clock.monotonicNanos()));
      return CompletableFuture.completedFuture(null);
    }

    private static Optional<String> refusal(Message message) {
      String topic = message.topic();
      if (!Topics.isTopic(topic) || topic.chars().anyMatch(Character::isISOControl)) {
        return Optional.of("a topic is not empty and has no wildcards or control characters");
      }
      if (!Topics.fits(topic)) {
        return Optional.of(
            "a topic has at most " + Topics.MAX + " bytes and " + Topics.LEVELS + " levels");
      }
      return message.payload().length > Broker.PACKET - Topics.MAX - 16
          ? Optional.of("a message has at most " + (Broker.PACKET - Topics.MAX - 16) + " bytes")
          : Optional.empty();
    }
  }

  /** For tests. */
  Broker broker() {
    return broker;
  }

  /** Disconnects everybody, and waits for the threads to end. */
  @Deactivate
  public void close() throws Exception {
    synchronized (doorsLock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    watch.close();
    ticker.shutdownNow();
    change(() -> broker.endAll(clock.monotonicNanos()));
    synchronized (doorsLock) {
      doors.forEach(HubBroker::shut);
    }
    DeviceException why =
        new DeviceException(
            Kind.DISCONNECTED,
            "The hub's MQTT broker was stopped. Switch it on again in the hub's features.");
    connection.open.forEach(mailbox -> mailbox.broken(why));
    delivery.shutdown();
    try {
      ticker.awaitTermination(5, TimeUnit.SECONDS);
      if (!delivery.awaitTermination(2, TimeUnit.SECONDS)) {
        delivery.shutdownNow();
      }
    } catch (InterruptedException e) {
      delivery.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
