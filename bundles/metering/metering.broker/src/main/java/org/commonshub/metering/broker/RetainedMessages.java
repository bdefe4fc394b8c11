package org.commonshub.metering.broker;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last message of each topic that asked to be kept (MQTT 3.1.1 §3.3.1.3), in memory. No user
 * can fill it for the others.
 */
final class RetainedMessages {
  static final int TOPICS = 1_024;
  static final int BYTES = 4 * 1024 * 1024;
  static final int TOPICS_PER_USER = 256;
  static final int BYTES_PER_USER = 1024 * 1024;

  private static final class Share {
    int topics;
    int bytes;
  }

  private record Kept(Message message, String owner) {}

  private final Map<String, Kept> byTopic = new LinkedHashMap<>();
  private final Map<String, Share> shares = new HashMap<>();
  private int bytes;

  /**
   * Keeps a message in place of the topic's last; an empty one only removes that.
   *
   * @param owner user whose share it counts to; empty for the hub itself
   * @return false if there was no room; then nothing is kept of the topic
   */
  boolean keep(Message message, String owner) {
    Kept old = byTopic.remove(message.topic());
    if (old != null) {
      count(old, -1);
    }
    if (message.payload().length == 0) {
      return true;
    }
    Share share = shares.getOrDefault(owner, new Share());
    boolean hub = owner.isEmpty();
    if (byTopic.size() >= TOPICS
        || bytes + message.cost() > BYTES
        || (!hub
            && (share.topics >= TOPICS_PER_USER
                || share.bytes + message.cost() > BYTES_PER_USER))) {
      return false;
    }
    Kept kept = new Kept(message, owner);
    byTopic.put(message.topic(), kept);
    count(kept, 1);
    return true;
  }

  private void count(Kept kept, int sign) {
    Share share = shares.computeIfAbsent(kept.owner, o -> new Share());
    share.topics += sign;
    share.bytes += sign * kept.message.cost();
    bytes += sign * kept.message.cost();
    if (share.topics == 0) {
      shares.remove(kept.owner);
    }
  }

  /** The message of a topic, or null. */
  Message get(String topic) {
    Kept kept = byTopic.get(topic);
    return kept == null ? null : kept.message;
  }

  /** Topics that match a filter. */
  List<String> matching(String filter) {
    List<String> topics = new ArrayList<>();
    for (String topic : byTopic.keySet()) {
      if (Topics.matches(filter, topic)) {
        topics.add(topic);
      }
    }
    return topics;
  }

  /** Forgets what a user left. */
  void forget(String owner) {
    List<Kept> gone = new ArrayList<>(byTopic.values());
    gone.removeIf(kept -> !kept.owner.equals(owner));
    for (Kept kept : gone) {
      byTopic.remove(kept.message.topic());
      count(kept, -1);
    }
  }

  int size() {
    return byTopic.size();
  }

  int bytes() {
    return bytes;
  }
}
