package org.commonshub.metering.messaging;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.platform.api.Secrets;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MQTT brokers: one connection for all devices on a broker. */
@Component(
    service = TransportProvider.class,
    property = {
      TransportProvider.SCHEME + "=mqtt",
      TransportProvider.SCHEME + "=mqtts",
    })
public final class MqttTransport implements TransportProvider {
  private static final Logger LOG = LoggerFactory.getLogger(MqttTransport.class);

  /** Endpoint parameter: name of the broker's settings, where there are several for one address. */
  private static final String BROKER = "broker";

  /** Endpoint parameter: fingerprint of the broker's certificate. */
  private static final String SHA256 = "sha256";

  private static final int DELIVERY_THREADS = 4;
  private static final int CLOSE_MILLIS = 10_000;

  private record Key(String scheme, String host, int port, String broker, String fingerprint) {}

  private static final class Shared {
    final BrokerConnection connection;
    int handles;

    Shared(BrokerConnection connection) {
      this.connection = connection;
    }
  }

  private final Brokers brokers;
  private final BrokerConnection.Times times;
  private final ThreadPoolExecutor delivery;
  private final AutoCloseable watch;
  private final Map<Key, Shared> open = new HashMap<>();
  private volatile Secrets secrets;
  private boolean closed;

  /** Connects at the first subscription. */
  @Activate
  public MqttTransport(@Reference(name = "brokers") Brokers brokers) {
    this(brokers, BrokerConnection.Times.USUAL);
  }

  MqttTransport(Brokers brokers, BrokerConnection.Times times) {
    this.brokers = brokers;
    this.times = times;
    AtomicInteger number = new AtomicInteger();
    this.delivery =
        new ThreadPoolExecutor(
            DELIVERY_THREADS,
            DELIVERY_THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), // at most one entry per subscription
            task -> {
              Thread thread = new Thread(task, "metering-mqtt-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    delivery.allowCoreThreadTimeOut(true);
    this.watch = brokers.watch(this::changed);
  }

  @Reference(
      name = "secrets",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC)
  void bindSecrets(Secrets store) {
    secrets = store;
  }

  void unbindSecrets(Secrets store) {
    if (secrets == store) {
      secrets = null;
    }
  }

  @Override
  public Handle open(Endpoint endpoint) {
    Key key = key(endpoint);
    synchronized (open) {
      if (closed) {
        throw new IllegalStateException("The MQTT transport was stopped.");
      }
      Shared shared =
          open.computeIfAbsent(
              key,
              k -> new Shared(new BrokerConnection(endpoint, new Access(key), delivery, times)));
      shared.handles++;
      return new Share(key, shared);
    }
  }

  private static Key key(Endpoint endpoint) {
    boolean tls = endpoint.scheme().equals("mqtts");
    if (!tls && !endpoint.scheme().equals("mqtt")) {
      throw new IllegalArgumentException(
          "'" + endpoint + "' is no MQTT broker: expected mqtt://HOST:1883 or mqtts://HOST:8883.");
    }
    Set<String> known = tls ? Set.of(BROKER, SHA256) : Set.of(BROKER);
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
                + List.copyOf(new java.util.TreeSet<>(known))
                + ". User and password stand in the settings of the MQTT broker.");
      }
    }
    String fingerprint = endpoint.parameter(SHA256, "");
    if (!fingerprint.isEmpty()) {
      fingerprint =
          BrokerSettings.fingerprint(fingerprint)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "'" + endpoint + "': sha256 has 64 hexadecimal digits."));
    }
    return new Key(
        endpoint.scheme(),
        endpoint.host().toLowerCase(Locale.ROOT),
        endpoint.port(),
        endpoint.parameter(BROKER, ""),
        fingerprint);
  }

  private void changed(BrokerSettings settings) {
    synchronized (open) {
      open.forEach(
          (key, shared) -> {
            if (key.host.equals(settings.host()) && key.port == settings.port()) {
              shared.connection.reset();
            }
          });
    }
  }

  /** Connections held now. */
  int connections() {
    synchronized (open) {
      return open.size();
    }
  }

  /** Closes every connection, and waits for the threads to end. */
  @Deactivate
  public void close() throws Exception {
    List<Shared> ending;
    synchronized (open) {
      if (closed) {
        return;
      }
      closed = true;
      ending = List.copyOf(open.values());
      open.clear();
    }
    watch.close();
    ending.forEach(shared -> shared.connection.close());
    delivery.shutdown();
    try {
      for (Shared shared : ending) {
        if (!shared.connection.awaitThreads(CLOSE_MILLIS)) {
          LOG.warn(
              "A thread of the connection to the MQTT broker {} did not end.",
              shared.connection.endpoint());
        }
      }
      if (!delivery.awaitTermination(1, TimeUnit.SECONDS)) {
        delivery.shutdownNow();
      }
    } catch (InterruptedException e) {
      delivery.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** Settings as they are when the connection is made. */
  private final class Access implements BrokerConnection.Access {
    private final Key key;

    Access(Key key) {
      this.key = key;
    }

    @Override
    public BrokerSettings settings() {
      Optional<String> name = key.broker.isEmpty() ? Optional.empty() : Optional.of(key.broker);
      BrokerSettings found =
          brokers
              .find(key.host, key.port, name)
              .orElseGet(() -> BrokerSettings.anonymous(key.host, key.port));
      return key.fingerprint.isEmpty() ? found : found.withFingerprint(key.fingerprint);
    }

    @Override
    public Optional<String> secret(String valueOrReference) {
      Secrets store = secrets;
      if (store == null) {
        return valueOrReference.startsWith("${secret:")
            ? Optional.empty()
            : Optional.of(valueOrReference);
      }
      return store.resolve(valueOrReference);
    }
  }

  private final class Share implements Handle {
    private final Key key;
    private final Shared shared;
    private final AtomicBoolean released = new AtomicBoolean();

    Share(Key key, Shared shared) {
      this.key = key;
      this.shared = shared;
    }

    @Override
    public MqttConnection mqtt() {
      return shared.connection;
    }

    @Override
    public StreamConnection stream() {
      throw new IllegalStateException(shared.connection.endpoint() + " is a broker, no stream.");
    }

    @Override
    public DatagramConnection datagrams() {
      throw new IllegalStateException(shared.connection.endpoint() + " is a broker.");
    }

    @Override
    public void close() {
      if (!released.compareAndSet(false, true)) {
        return;
      }
      synchronized (open) {
        if (--shared.handles == 0 && !closed) {
          open.remove(key);
          shared.connection.close();
        }
      }
    }
  }
}
