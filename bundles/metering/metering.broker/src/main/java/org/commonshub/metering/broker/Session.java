package org.commonshub.metering.broker;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** What the broker remembers of a client (MQTT 3.1.1 §3.1.2.4). Data only: {@link Broker} acts. */
final class Session extends Subscriber {
  /** Unacknowledged messages on their way at a time. */
  static final int WINDOW = 32;

  static final int QUEUE_ONLINE = 1_000;
  static final int QUEUE_OFFLINE = 100;
  static final int BYTES_ONLINE = 1024 * 1024;
  static final int BYTES_OFFLINE = 256 * 1024;

  /** What a session may hold whatever the others hold. */
  static final int BYTES_SURE = 16 * 1024;

  /** Messages of QoS 2 whose second half is due. */
  static final int RECEIVED = 64;

  /**
   * A message that waits or is on its way.
   *
   * @param qos quality of service to this client
   */
  record Outgoing(Message message, int qos, boolean retain) {}

  /** A session of one user is never another's. */
  record Key(String user, String clientId) {}

  final Key key;
  final boolean clean;

  /** Filters with the quality of service granted. */
  final Map<String, Integer> subscriptions = new HashMap<>();

  final ArrayDeque<Outgoing> queue = new ArrayDeque<>();

  /** Sent and not acknowledged, by packet identifier, in the order sent. */
  final Map<Integer, Outgoing> inFlight = new LinkedHashMap<>();

  /** Of {@link #inFlight}, those to be sent again on this connection. */
  final ArrayDeque<Integer> again = new ArrayDeque<>();

  /** Topics whose kept message is to be sent, with the quality of service granted. */
  final Map<String, Integer> kept = new LinkedHashMap<>();

  /** Packet identifiers of messages of QoS 2 that came and were not released. */
  final Set<Integer> received = new LinkedHashSet<>();

  /** Connection, or null. */
  Link link;

  long offlineSince;

  /** Memory that {@link #queue} and {@link #inFlight} are counted with. */
  int bytes;

  long dropped;
  private int lastId;

  Session(Key key, boolean clean) {
    this.key = key;
    this.clean = clean;
  }

  int nextId() {
    do {
      lastId = lastId % 65_535 + 1;
    } while (inFlight.containsKey(lastId));
    return lastId;
  }

  /** Removes the oldest waiting message of QoS 0, or of any; null if there is none. */
  Outgoing dropOldest(boolean anyQos) {
    for (Iterator<Outgoing> each = queue.iterator(); each.hasNext(); ) {
      Outgoing next = each.next();
      if (anyQos || next.qos == 0) {
        each.remove();
        dropped++;
        return next;
      }
    }
    return null;
  }
}
