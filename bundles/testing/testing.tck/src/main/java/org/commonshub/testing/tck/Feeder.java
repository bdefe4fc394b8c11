package org.commonshub.testing.tck;

import org.commonshub.metering.api.Endpoint;
import org.commonshub.testing.devices.Replay;

/**
 * A device that sends by itself, in the hands of {@link PushDriverTck}. Streams have {@link
 * StreamFeeder}; what travels in whole messages (datagrams, MQTT, requests to the hub) is fed
 * through the fakes:
 *
 * <pre>{@code
 * FakeDatagramConnection datagrams = new FakeDatagramConnection(endpoint);
 * return Feeder.of(endpoint, datagrams, datagrams::push, datagrams::listeners);
 * }</pre>
 */
public interface Feeder extends AutoCloseable {
  /** Sends a message. */
  @FunctionalInterface
  interface Push {
    /** Sends a message. */
    void push(byte[] message) throws Exception;
  }

  /** Counts open subscriptions. */
  @FunctionalInterface
  interface Subscriptions {
    /** How many there are. */
    int count();
  }

  /** A feeder of whole messages. */
  static Feeder of(Endpoint endpoint, Object connection, Push push, Subscriptions subscriptions) {
    return new Feeder() {
      @Override
      public Endpoint endpoint() {
        return endpoint;
      }

      @Override
      public Object connection() {
        return connection;
      }

      @Override
      public void push(byte[] message) throws Exception {
        push.push(message);
      }

      @Override
      public int subscriptions() {
        return subscriptions.count();
      }
    };
  }

  /** Where the device is. */
  Endpoint endpoint();

  /**
   * What the driver's context hands out: a stream, datagrams, HTTP or a broker; null for {@code
   * inbound}.
   */
  Object connection();

  /** The session was started: a device that connects to the hub does it now. */
  default void started() throws Exception {}

  /** Sends one message. What the driver throws, this throws. */
  void push(byte[] message) throws Exception;

  /** Does what a replay says. */
  default void play(Iterable<Replay.Action> actions) throws Exception {
    for (Replay.Action action : actions) {
      if (action instanceof Replay.Send send) {
        push(send.bytes());
      }
    }
  }

  /** Subscriptions of the driver that are open; none after its session was closed. */
  default int subscriptions() {
    return 0;
  }

  @Override
  default void close() throws Exception {}
}
