package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverMemory;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a driver gets for one device. Everything that comes back from a transport is moved to the
 * watched pool before the driver sees it, so that no driver code runs on a transport's thread.
 */
final class Bound implements DriverContext, AutoCloseable {
  private static final int PUSHED = 256;
  private static final Logger LOG = LoggerFactory.getLogger(Bound.class);

  private final DeviceId device;
  private final String driverId;
  private final MeterDriver driver;
  private final Endpoint endpoint;
  private final Map<String, String> settings;
  private final TransportProvider.Handle handle;
  private final boolean writable;
  private final DriverMemory memory;
  private final Executor pool;
  private final List<AutoCloseable> subscriptions = new ArrayList<>();
  private volatile boolean closed;

  /**
   * @param writable whether the device may be written to
   * @param memory what the driver keeps for the device
   * @param pool runs a call on the watched pool, or throws {@link RejectedExecutionException}
   */
  Bound(
      DeviceId device,
      String driverId,
      MeterDriver driver,
      Endpoint endpoint,
      Map<String, String> settings,
      TransportProvider.Handle handle,
      boolean writable,
      DriverMemory memory,
      Executor pool) {
    this.device = device;
    this.driverId = driverId;
    this.driver = driver;
    this.endpoint = endpoint;
    this.settings = settings;
    this.handle = handle;
    this.writable = writable;
    this.memory = memory;
    this.pool = pool;
  }

  MeterDriver driver() {
    return driver;
  }

  String driverId() {
    return driverId;
  }

  @Override
  public DeviceId device() {
    return device;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public Map<String, String> settings() {
    return settings;
  }

  @Override
  public DriverMemory memory() {
    return memory;
  }

  @Override
  public StreamConnection stream() {
    return new Stream(handle.stream());
  }

  @Override
  public DatagramConnection datagrams() {
    return new Datagrams(handle.datagrams());
  }

  @Override
  public HttpConnection http() {
    return new Http(handle.http());
  }

  @Override
  public MqttConnection mqtt() {
    return new Mqtt(handle.mqtt());
  }

  @Override
  public void close() {
    List<AutoCloseable> ending;
    synchronized (subscriptions) {
      if (closed) {
        return;
      }
      closed = true;
      ending = List.copyOf(subscriptions);
      subscriptions.clear();
    }
    for (AutoCloseable subscription : ending) {
      quietly(subscription);
    }
    handle.close();
  }

  private static void quietly(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) { // A transport's: the others must end all the same.
      LOG.warn("A subscription did not end as it should.", e);
    }
  }

  DeviceException over() {
    return new DeviceException(
        DeviceException.Kind.DISCONNECTED,
        "The device at " + endpoint + " was stopped or changed while it was being talked to.");
  }

  private <T> CompletionStage<T> moved(CompletionStage<T> stage) {
    CompletableFuture<T> moved = new CompletableFuture<>();
    stage.whenComplete(
        (value, failure) -> {
          try {
            pool.execute(
                () -> {
                  if (failure == null) {
                    moved.complete(value);
                  } else {
                    moved.completeExceptionally(failure);
                  }
                });
          } catch (RejectedExecutionException e) {
            // The pool is stopping or flooded: the poll's budget ends it. Completing here would
            // run the driver on the transport's thread.
          }
        });
    return moved;
  }

  private AutoCloseable subscribed(AutoCloseable subscription) {
    synchronized (subscriptions) {
      if (!closed) {
        subscriptions.add(subscription);
        return () -> {
          synchronized (subscriptions) {
            subscriptions.remove(subscription);
          }
          subscription.close();
        };
      }
    }
    quietly(subscription);
    return () -> {};
  }

  private final class Stream implements StreamConnection {
    private final StreamConnection shared;

    Stream(StreamConnection shared) {
      this.shared = shared;
    }

    /** Equal when they lead onto the same bus: a driver may keep what it knows about a bus. */
    @Override
    public boolean equals(Object other) {
      return other instanceof Stream stream && stream.shared == shared;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(shared);
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
      return closed
          ? CompletableFuture.failedFuture(over())
          : moved(shared.exchange(request, answer, timeout));
    }

    @Override
    public CompletionStage<byte[]> exchange(
        byte[] request, LineSpeed speed, Framing answer, Duration timeout) {
      return closed
          ? CompletableFuture.failedFuture(over())
          : moved(shared.exchange(request, speed, answer, timeout));
    }

    @Override
    public boolean writable() {
      return writable;
    }

    @Override
    public AutoCloseable listen(Listener listener) {
      InOrder order = new InOrder(pool, PUSHED);
      return subscribed(
          shared.listen(
              new Listener() {
                @Override
                public void received(byte[] bytes) {
                  if (!closed && !order.execute(() -> listener.received(bytes))) {
                    shared.reset(); // Too slow: what was lost breaks the message, so say so.
                  }
                }

                @Override
                public void broken(DeviceException why) {
                  if (!closed) {
                    order.always(() -> listener.broken(why));
                  }
                }
              }));
    }

    @Override
    public void reset() {
      if (!closed) {
        shared.reset();
      }
    }
  }

  private final class Datagrams implements DatagramConnection {
    private final DatagramConnection shared;

    Datagrams(DatagramConnection shared) {
      this.shared = shared;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public CompletionStage<byte[]> exchange(
        byte[] request, Predicate<byte[]> matches, Duration timeout) {
      return closed
          ? CompletableFuture.failedFuture(over())
          : moved(shared.exchange(request, matches, timeout));
    }

    @Override
    public AutoCloseable listen(Consumer<byte[]> listener) {
      InOrder order = new InOrder(pool, PUSHED);
      return subscribed(
          shared.listen(
              bytes -> {
                if (!closed) {
                  order.execute(() -> listener.accept(bytes)); // Full: a datagram may be lost.
                }
              }));
    }
  }

  private final class Http implements HttpConnection {
    private final HttpConnection shared;

    Http(HttpConnection shared) {
      this.shared = shared;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public CompletionStage<Response> send(
        Request request, Optional<Credentials> credentials, Duration timeout) {
      return closed
          ? CompletableFuture.failedFuture(over())
          : moved(shared.send(request, credentials, timeout));
    }
  }

  private final class Mqtt implements MqttConnection {
    private final MqttConnection shared;

    Mqtt(MqttConnection shared) {
      this.shared = shared;
    }

    @Override
    public Endpoint endpoint() {
      return endpoint;
    }

    @Override
    public AutoCloseable subscribe(List<String> filters, Listener listener) {
      InOrder order = new InOrder(pool, PUSHED);
      return subscribed(
          shared.subscribe(
              filters,
              new Listener() {
                @Override
                public void received(Message message) {
                  if (!closed) {
                    order.newest(() -> listener.received(message));
                  }
                }

                @Override
                public void broken(DeviceException why) {
                  if (!closed) {
                    order.newest(() -> listener.broken(why));
                  }
                }

                @Override
                public void connected() {
                  if (!closed) {
                    order.newest(listener::connected);
                  }
                }
              }));
    }

    @Override
    public CompletionStage<Void> publish(Message message) {
      return closed ? CompletableFuture.failedFuture(over()) : moved(shared.publish(message));
    }
  }
}
