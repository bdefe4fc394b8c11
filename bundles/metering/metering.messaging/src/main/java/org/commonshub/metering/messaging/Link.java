package org.commonshub.metering.messaging;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Level;
import javax.net.SocketFactory;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection.Message;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.ScheduledExecutorPingSender;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/**
 * One attempt at a connection, from the first byte to the last: a Paho client of its own, never
 * reused. All methods are called on the thread of its {@link BrokerConnection} alone; the outcome
 * comes back through {@link Events} on threads of Paho.
 */
final class Link {
  private static final int KEEP_ALIVE_SECONDS = 30;
  static final int CONNECT_SECONDS = 10;
  static final int IN_FLIGHT = 32;

  /** Paho always waits so long for its farewell to be sent. */
  private static final int FAREWELL_MILLIS = 200;

  /** Paho logs what the hub says in words itself. Held, or it would be forgotten. */
  private static final java.util.logging.Logger PAHO =
      java.util.logging.Logger.getLogger("org.eclipse.paho.client.mqttv3");

  static {
    PAHO.setLevel(Level.OFF);
  }

  /** What becomes of it. Called on Paho's threads: only hands over. */
  interface Events {
    void up(Link link);

    void down(Link link, DeviceException why);

    void message(Link link, Message message);
  }

  private final Endpoint endpoint;
  private final Events events;
  private final MqttAsyncClient client;
  private final Tls tls;
  private final BrokerSocket socket;
  private volatile boolean accepted;
  private volatile boolean disposed;

  /**
   * Does not connect yet.
   *
   * @param pings runs Paho's keep-alive
   */
  Link(
      Endpoint endpoint,
      BrokerSettings settings,
      String clientId,
      ScheduledExecutorService pings,
      Events events)
      throws DeviceException {
    this.endpoint = endpoint;
    this.events = events;
    this.tls = endpoint.scheme().equals("mqtts") ? Tls.of(settings) : null;
    this.socket = new BrokerSocket(tls, endpoint.host());
    try {
      this.client =
          new MqttAsyncClient(
              "tcp://" + endpoint.host() + ":" + endpoint.port(),
              clientId,
              new MemoryPersistence(),
              new Pings(pings));
    } catch (MqttException | IllegalArgumentException e) {
      throw Failures.settings(endpoint, e);
    }
    client.setCallback(
        new MqttCallback() {
          @Override
          public void connectionLost(Throwable cause) {
            if (accepted) {
              lost(cause);
            }
          }

          @Override
          public void messageArrived(String topic, MqttMessage message) {
            if (!topic.equals(PacketGuard.TOO_LONG) && !disposed) {
              events.message(
                  Link.this, new Message(topic, message.getPayload(), message.isRetained()));
            }
          }

          @Override
          public void deliveryComplete(IMqttDeliveryToken token) {}
        });
  }

  /**
   * Starts to connect.
   *
   * @param password empty for none
   */
  void connect(String user, String password) {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
    options.setCleanSession(true);
    options.setAutomaticReconnect(false);
    options.setKeepAliveInterval(KEEP_ALIVE_SECONDS);
    options.setConnectionTimeout(CONNECT_SECONDS);
    options.setMaxInflight(2 * IN_FLIGHT);
    options.setSocketFactory(new Single(socket));
    if (!user.isEmpty()) {
      options.setUserName(user);
      if (!password.isEmpty()) {
        options.setPassword(password.toCharArray());
      }
    }
    try {
      client.connect(
          options,
          null,
          new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
              accepted = true;
              events.up(Link.this);
            }

            @Override
            public void onFailure(IMqttToken token, Throwable failure) {
              lost(failure);
            }
          });
    } catch (MqttException | RuntimeException e) {
      lost(e);
    }
  }

  private void lost(Throwable failure) {
    if (!disposed) {
      Throwable cause = socket.malformed() != null ? socket.malformed() : failure;
      events.down(this, Failures.explain(endpoint, cause, accepted, presented()));
    }
  }

  private Optional<String> presented() {
    return tls == null ? Optional.empty() : tls.presented();
  }

  /**
   * Subscribes with QoS 1.
   *
   * @return the filters that were refused
   */
  CompletionStage<List<String>> subscribe(List<String> filters) {
    CompletableFuture<List<String>> done = new CompletableFuture<>();
    int[] qos = new int[filters.size()];
    Arrays.fill(qos, 1);
    try {
      client.subscribe(
          filters.toArray(String[]::new),
          qos,
          null,
          new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
              int[] granted = token.getGrantedQos();
              List<String> refused = new java.util.ArrayList<>();
              for (int i = 0; i < filters.size(); i++) {
                if (i >= granted.length || granted[i] > 2) {
                  refused.add(filters.get(i));
                }
              }
              done.complete(refused);
            }

            @Override
            public void onFailure(IMqttToken token, Throwable failure) {
              done.completeExceptionally(failure);
            }
          });
    } catch (MqttException | RuntimeException e) {
      done.completeExceptionally(e);
    }
    return done;
  }

  void unsubscribe(List<String> filters) {
    try {
      client.unsubscribe(filters.toArray(String[]::new));
    } catch (MqttException | RuntimeException e) {
      // The connection is going down, and the subscription with it.
    }
  }

  /** Publishes with QoS 1; completes when acknowledged. */
  CompletionStage<Void> publish(Message message) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    try {
      client.publish(
          message.topic(),
          message.payload(),
          1,
          message.retained(),
          null,
          new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
              done.complete(null);
            }

            @Override
            public void onFailure(IMqttToken token, Throwable failure) {
              done.completeExceptionally(failure);
            }
          });
    } catch (MqttException | RuntimeException e) {
      done.completeExceptionally(e);
    }
    return done;
  }

  /**
   * Ends it: with a farewell if it is up, at once otherwise. May wait for some seconds. Nothing is
   * reported any more.
   */
  void dispose() {
    disposed = true;
    try {
      if (accepted && client.isConnected()) {
        client.disconnectForcibly(0, FAREWELL_MILLIS);
      }
    } catch (MqttException | RuntimeException e) {
      // It is gone all the same.
    } finally {
      socket.kill();
    }
  }

  /** Paho's keep-alive; a stopped executor must not kill its receiver before the others end. */
  private static final class Pings extends ScheduledExecutorPingSender {
    Pings(ScheduledExecutorService executor) {
      super(executor);
    }

    @Override
    public void schedule(long delayMillis) {
      try {
        super.schedule(delayMillis);
      } catch (RejectedExecutionException e) {
        // The connection is being closed.
      }
    }
  }

  /** Hands out the one socket there is. */
  private static final class Single extends SocketFactory {
    private final BrokerSocket socket;

    Single(BrokerSocket socket) {
      this.socket = socket;
    }

    @Override
    public java.net.Socket createSocket() {
      return socket;
    }

    @Override
    public java.net.Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public java.net.Socket createSocket(
        String host, int port, java.net.InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public java.net.Socket createSocket(java.net.InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public java.net.Socket createSocket(
        java.net.InetAddress host, int port, java.net.InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
