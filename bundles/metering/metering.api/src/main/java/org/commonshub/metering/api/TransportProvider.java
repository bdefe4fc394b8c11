package org.commonshub.metering.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Makes connections of one or several schemes. A service with property {@link #SCHEME} (string or
 * array). Implemented by {@code metering.transport} (tcp, udp, udp-multicast, file), {@code
 * metering.serial} (serial), {@code metering.web} (http, https, inbound), {@code
 * metering.messaging} (mqtt, mqtts) and {@code metering.broker} (broker); called by {@code
 * metering.provider} only, which hands drivers connections bound to their endpoint.
 *
 * <p>Stages of its connections may complete, and listeners be called, on the thread that serves all
 * connections: the caller hands over and returns at once. A driver is spared this: what it gets
 * from its {@link DriverContext} completes on a thread of the scheduler's pool.
 */
@ConsumerType
public interface TransportProvider {
  /** Service property: schemes it serves. */
  String SCHEME = "transport.scheme";

  /**
   * A handle on the connection to an endpoint, shared with everybody who opened the same. Does not
   * connect yet. Closing the handle releases it; the last one closes the connection.
   *
   * @throws IllegalArgumentException if the endpoint's parameters make no sense; says which and why
   */
  Handle open(Endpoint endpoint);

  /**
   * A share in a connection. Exactly one of the four is present, by scheme; none for {@code
   * inbound}.
   */
  interface Handle extends AutoCloseable {
    /** The stream, for tcp and serial. */
    StreamConnection stream();

    /** The datagrams, for udp. */
    DatagramConnection datagrams();

    /** HTTP, for http and https. */
    default HttpConnection http() {
      throw new IllegalStateException("not HTTP");
    }

    /** The broker, for mqtt, mqtts and broker. */
    default MqttConnection mqtt() {
      throw new IllegalStateException("not a broker");
    }

    @Override
    void close();
  }
}
