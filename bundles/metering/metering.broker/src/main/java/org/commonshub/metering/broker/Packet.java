package org.commonshub.metering.broker;

import java.util.List;
import java.util.Optional;

/** What a client sends (MQTT 3.1.1 §3). */
sealed interface Packet {
  /** Will of a client: published when it goes without a word (§3.1.2.5). */
  record Will(String topic, byte[] payload, int qos, boolean retain) {}

  /**
   * §3.1. Of a client with another level nothing more than the level is known.
   *
   * @param level protocol level; 4 is MQTT 3.1.1
   * @param keepAlive seconds, 0 for none
   * @param user present if the flag was set
   * @param password present if the flag was set
   */
  record Connect(
      int level,
      boolean clean,
      int keepAlive,
      String clientId,
      Optional<Will> will,
      Optional<String> user,
      Optional<byte[]> password)
      implements Packet {}

  /**
   * §3.3.
   *
   * @param id 0 with QoS 0
   */
  record Publish(String topic, byte[] payload, int qos, boolean dup, boolean retain, int id)
      implements Packet {}

  /** §3.4. */
  record PubAck(int id) implements Packet {}

  /** §3.5. */
  record PubRec(int id) implements Packet {}

  /** §3.6. */
  record PubRel(int id) implements Packet {}

  /** §3.7. */
  record PubComp(int id) implements Packet {}

  /** A filter with the quality of service asked for. */
  record Wish(String filter, int qos) {}

  /** §3.8. */
  record Subscribe(int id, List<Wish> wishes) implements Packet {}

  /** §3.10. */
  record Unsubscribe(int id, List<String> filters) implements Packet {}

  /** §3.12. */
  record PingReq() implements Packet {}

  /** §3.14. */
  record Disconnect() implements Packet {}
}
