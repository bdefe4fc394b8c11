package org.commonshub.metering.api;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Messages of an MQTT broker (MQTT 3.1.1), shared by all devices on it. Connects at the first
 * subscription and again, with back-off, for as long as there is one.
 */
@ProviderType
public interface MqttConnection {
  /** Largest payload that is delivered; longer ones are dropped and counted. */
  int MAX_PAYLOAD = 256 * 1024;

  /** The broker. */
  Endpoint endpoint();

  /**
   * A message.
   *
   * @param topic topic name
   * @param payload payload; not to be changed
   * @param retained whether it was kept by the broker from earlier; such a value may be old
   */
  record Message(String topic, byte[] payload, boolean retained) {}

  /**
   * Subscribes with QoS 1. Messages arrive in the broker's order; when the subscriber is slow the
   * oldest of its 256 waiting messages is dropped and counted.
   *
   * @param filters topic filters, 1 to 32
   * @param listener called in order, must return at once
   */
  AutoCloseable subscribe(List<String> filters, Listener listener);

  /**
   * Publishes with QoS 1.
   *
   * @return completed when the broker has acknowledged; or {@link DeviceException}
   */
  CompletionStage<Void> publish(Message message);

  /** Takes what was subscribed to. */
  @ConsumerType
  interface Listener {
    /** A message whose topic matches a filter. */
    void received(Message message);

    /** The broker went away; followed by new attempts. Once per outage. */
    void broken(DeviceException why);

    /** Subscribed, at first and after each outage. */
    default void connected() {}
  }
}
