package org.commonshub.metering.broker;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * An MQTT 3.1.1 server without sockets, threads or a clock: bytes of clients in, bytes to their
 * {@link Outlet}s out. Not safe for use by several threads; none of its methods waits.
 *
 * <p>QoS 0 and 1 both ways; QoS 2 is accepted with its whole handshake and delivered as QoS 1.
 * Everything is bounded, by client and in total; what happens at a bound stands in the README.
 */
final class Broker {
  static final int CLIENTS = 50;
  static final int PACKET = 256 * 1024;

  /** Longest packet of somebody who has not logged in. */
  static final int PACKET_STRANGER = 16 * 1024;

  static final int STRANGERS = 64;
  static final int SUBSCRIPTIONS = 64;
  static final int SESSIONS = 100;
  static final int SESSIONS_PER_USER = 16;
  static final int CLIENT_ID = 128;

  /** Memory of all that waits for clients. */
  static final int BYTES = 4 * 1024 * 1024;

  /** Memory of packets that did not come in full. */
  static final int PARTIAL_BYTES = 4 * 1024 * 1024;

  static final int MESSAGES_PER_SECOND = 200;
  static final int MESSAGES_BURST = 2_000;
  static final int BYTES_PER_SECOND = 1024 * 1024;
  static final int BYTES_BURST = 4 * 1024 * 1024;

  static final long CONNECT_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long SILENCE_NANOS = TimeUnit.HOURS.toNanos(1);
  static final long OFFLINE_NANOS = TimeUnit.HOURS.toNanos(24);

  /** Written and not taken by the network, before more is written. */
  private static final int HIGH = 32 * 1024;

  private static final int ACCEPTED = 0;
  private static final int UNACCEPTABLE_VERSION = 1;
  private static final int IDENTIFIER_REJECTED = 2;
  private static final int UNAVAILABLE = 3;
  private static final int BAD_CREDENTIALS = 4;
  private static final int NOT_AUTHORIZED = 5;
  private static final int REFUSED = 0x80;

  /** Who may connect. */
  interface Doorkeeper {
    /** The client if the password is right; takes as long if it is not. */
    Optional<Client> admit(String user, byte[] password);

    /** Whether there is such a user now. */
    boolean knows(String user);
  }

  /** Takes notes of what people should know; must bound them itself. */
  interface Journal {
    void warn(String about, String what);
  }

  /** A subscriber in the hub. */
  static final class Watcher extends Subscriber {
    private final List<String> filters;
    private final Consumer<Message> sink;

    private Watcher(List<String> filters, Consumer<Message> sink) {
      this.filters = filters;
      this.sink = sink;
    }
  }

  private final Doorkeeper doorkeeper;
  private final Journal journal;
  private final LoginThrottle throttle = new LoginThrottle();
  private final Set<Link> strangers = new LinkedHashSet<>();
  private final Map<Session.Key, Session> sessions = new HashMap<>();
  private final SubscriptionTree<Subscriber> tree = new SubscriptionTree<>();
  private final RetainedMessages retained = new RetainedMessages();
  private int connected;
  private int bytes;
  private int partialBytes;
  private long messageNumber;
  private long autoId;

  /** Clients that do not read and are to be disconnected once the message at hand is through. */
  private final Set<Session> doomed = new LinkedHashSet<>();

  Broker(Doorkeeper doorkeeper, Journal journal) {
    this.doorkeeper = doorkeeper;
    this.journal = journal;
  }

  // ---------------------------------------------------------------- connections

  /** Somebody connected. When too many did not say who they are, the longest silent one goes. */
  Link opened(Outlet outlet, InetAddress address, long now) {
    if (strangers.size() >= STRANGERS) {
      end(strangers.iterator().next(), false, now);
    }
    Link link = new Link(outlet, address, now);
    strangers.add(link);
    return link;
  }

  /** Bytes came. */
  void received(Link link, byte[] more, long now) {
    if (link.ended) {
      return;
    }
    link.heardAt = now;
    try {
      if (link.bytes != null && !link.bytes.take(more.length, now)) {
        throw new Malformed("more than " + BYTES_PER_SECOND / 1024 + " KiB/s");
      }
      link.reader.append(more);
      take(link, now);
      if (!link.ended) {
        int buffered = link.reader.buffered();
        partialBytes += buffered - link.partial;
        link.partial = buffered;
        if (buffered > PACKET_STRANGER && link.session == null) {
          throw new Malformed("too much before the log-in");
        }
        if (buffered > PACKET_STRANGER && partialBytes > PARTIAL_BYTES) {
          throw new Malformed("a long packet while too many others do");
        }
      }
    } catch (Malformed e) {
      violation(link, e.getMessage(), now);
    }
    endDoomed(now);
  }

  /** Takes packets while there are, and while it may. */
  private void take(Link link, long now) throws Malformed {
    while (!link.ended && link.held == null) {
      Packet packet = link.reader.next();
      if (packet == null) {
        return;
      }
      if (link.session == null) {
        if (!(packet instanceof Packet.Connect connect)) { // [MQTT-3.1.0-1]
          throw new Malformed("something else than CONNECT first");
        }
        connect(link, connect, now);
      } else {
        handle(link, packet, now);
      }
    }
  }

  private void violation(Link link, String what, long now) {
    if (link.ended) {
      return;
    }
    if (link.client != null) {
      journal.warn(
          link.client.user(),
          "MQTT client '"
              + Topics.shown(link.client.user())
              + "' at "
              + link.address.getHostAddress()
              + " was disconnected: it sent "
              + what
              + ".");
    }
    end(link, true, now); // [MQTT-4.8.0-1]
  }

  /** The connection broke, or its client closed it. */
  void closed(Link link, long now) {
    end(link, true, now);
    endDoomed(now);
  }

  /** Ends a connection, and with it a clean session. */
  private void end(Link link, boolean withWill, long now) {
    if (link.ended) {
      return;
    }
    link.ended = true;
    strangers.remove(link);
    partialBytes -= link.partial;
    link.partial = 0;
    link.outlet.end();
    Session session = link.session;
    if (session == null) {
      return;
    }
    connected--;
    session.link = null;
    session.offlineSince = now;
    if (session.clean) {
      forget(session);
    } else {
      trim(session);
    }
    Packet.Will will = link.will;
    link.will = null;
    if (withWill && will != null) {
      publish(link, will.topic(), will.payload(), will.qos(), will.retain());
    }
  }

  // ---------------------------------------------------------------- log-in

  private void connect(Link link, Packet.Connect connect, long now) {
    if (connect.level() != 4) { // [MQTT-3.1.2-2]
      refuse(link, UNACCEPTABLE_VERSION, now);
      return;
    }
    if (connect.user().isEmpty() || connect.password().isEmpty()) {
      journal.warn(
          "anonymous",
          "Somebody at "
              + link.address.getHostAddress()
              + " wants to use the hub's MQTT broker without a password. Enter user and password"
              + " in the device.");
      refuse(link, NOT_AUTHORIZED, now);
      return;
    }
    long turn = throttle.turn(link.address, now);
    if (turn < 0) {
      refuse(link, UNAVAILABLE, now);
    } else if (turn > 0) {
      link.held = connect;
      link.turn = now + turn;
    } else {
      login(link, connect, now);
    }
  }

  private void login(Link link, Packet.Connect connect, long now) {
    String user = connect.user().orElseThrow();
    Optional<Client> client = doorkeeper.admit(user, connect.password().orElseThrow());
    if (client.isEmpty()) {
      throttle.failed(link.address, now);
      journal.warn(
          "login " + link.address.getHostAddress(),
          "Wrong user or password for the hub's MQTT broker from "
              + link.address.getHostAddress()
              + " (user '"
              + Topics.shown(user)
              + "'). Compare them with the settings of the MQTT client.");
      refuse(link, BAD_CREDENTIALS, now);
      return;
    }
    String id = connect.clientId();
    if (id.length() > CLIENT_ID || (id.isEmpty() && !connect.clean())) { // [MQTT-3.1.3-8]
      refuse(link, IDENTIFIER_REJECTED, now);
      return;
    }
    if (id.isEmpty()) { // [MQTT-3.1.3-6]
      id = "\0" + autoId++;
    }
    Session.Key key = new Session.Key(user, id);
    Session old = sessions.get(key);
    if (old != null && old.link != null) { // [MQTT-3.1.4-2]
      end(old.link, true, now);
      old = sessions.get(key);
    }
    if (connected >= CLIENTS) {
      journal.warn(
          "full",
          "The hub's MQTT broker has "
              + CLIENTS
              + " clients already; '"
              + Topics.shown(user)
              + "' has to wait.");
      refuse(link, UNAVAILABLE, now);
      return;
    }
    boolean present = old != null && !connect.clean();
    if (old != null && !present) { // [MQTT-3.1.2-6]
      forget(old);
    }
    Session session = present ? old : new Session(key, connect.clean());
    if (!present) {
      makeRoom(user);
      sessions.put(key, session);
    }
    strangers.remove(link);
    connected++;
    session.link = link;
    link.session = session;
    link.client = client.get();
    link.will = connect.will().orElse(null);
    link.keepAliveNanos =
        connect.keepAlive() == 0
            ? SILENCE_NANOS
            : TimeUnit.MILLISECONDS.toNanos(connect.keepAlive() * 1_500L); // [MQTT-3.1.2-24]
    link.messages = new Allowance(MESSAGES_PER_SECOND, MESSAGES_BURST, now);
    link.bytes = new Allowance(BYTES_PER_SECOND, BYTES_BURST, now);
    link.reader.maxPacket(PACKET);
    link.outlet.write(PacketWriter.connack(present, ACCEPTED)); // [MQTT-3.2.0-1]
    session.again.clear();
    session.again.addAll(session.inFlight.keySet()); // [MQTT-4.4.0-1]
    pump(session);
  }

  /** [MQTT-3.2.2-4], [MQTT-3.2.2-5]: session present 0, then close. */
  private void refuse(Link link, int code, long now) {
    link.outlet.write(PacketWriter.connack(false, code));
    end(link, false, now);
  }

  /** Lets sessions of clients that are away go, the longest gone first. */
  private void makeRoom(String user) {
    long own = sessions.keySet().stream().filter(key -> key.user().equals(user)).count();
    if (own >= SESSIONS_PER_USER) {
      longestGone(s -> s.key.user().equals(user)).ifPresent(this::forget);
    }
    if (sessions.size() >= SESSIONS) {
      longestGone(s -> true).ifPresent(this::forget);
    }
  }

  private Optional<Session> longestGone(Predicate<Session> whose) {
    return sessions.values().stream()
        .filter(s -> s.link == null)
        .filter(whose)
        .min(Comparator.comparingLong((Session s) -> s.offlineSince));
  }

  private void forget(Session session) {
    sessions.remove(session.key, session);
    for (String filter : session.subscriptions.keySet()) {
      tree.remove(filter, session);
    }
    session.subscriptions.clear();
    bytes -= session.bytes;
    session.bytes = 0;
    session.queue.clear();
    session.inFlight.clear();
    session.kept.clear();
  }

  // ---------------------------------------------------------------- packets of clients

  private void handle(Link link, Packet packet, long now) throws Malformed {
    Session session = link.session;
    if (packet instanceof Packet.PubAck ack && session.inFlight.containsKey(ack.id())) {
      count(session, -session.inFlight.remove(ack.id()).message().cost());
      session.again.remove(ack.id());
      pump(session);
      return;
    }
    int weight =
        packet instanceof Packet.Subscribe subscribe
            ? subscribe.wishes().size()
            : packet instanceof Packet.Unsubscribe unsubscribe ? unsubscribe.filters().size() : 1;
    boolean within = link.messages.take(weight, now);
    if (packet instanceof Packet.Publish publish && publish.qos() == 0 && !within) {
      journal.warn(
          "rate " + link.client.user(),
          "MQTT client '"
              + Topics.shown(link.client.user())
              + "' sends more than "
              + MESSAGES_PER_SECOND
              + " messages/s: the rest is dropped. Let it send less often.");
    } else if (!within) {
      throw new Malformed("more than " + MESSAGES_PER_SECOND + " packets/s");
    } else if (packet instanceof Packet.Publish publish) {
      published(link, publish);
    } else if (packet instanceof Packet.PubAck) {
      return; // of a message that is not on its way any more
    } else if (packet instanceof Packet.PubRel release) {
      session.received.remove(release.id());
      link.outlet.write(PacketWriter.pubcomp(release.id()));
    } else if (packet instanceof Packet.Subscribe subscribe) {
      subscribe(link, subscribe);
    } else if (packet instanceof Packet.Unsubscribe unsubscribe) {
      unsubscribe(link, unsubscribe);
    } else if (packet instanceof Packet.PingReq) {
      link.outlet.write(PacketWriter.pingresp()); // [MQTT-3.12.4-1]
    } else if (packet instanceof Packet.Disconnect) {
      end(link, false, now); // [MQTT-3.14.4-3]
    } else if (packet instanceof Packet.Connect) {
      throw new Malformed("a second CONNECT"); // [MQTT-3.1.0-2]
    } else {
      throw new Malformed("an acknowledgement of what was not sent"); // nothing is sent with QoS 2
    }
  }

  private void published(Link link, Packet.Publish publish) throws Malformed {
    boolean fresh = true;
    if (publish.qos() == 2) { // §4.3.3, method B
      fresh = link.session.received.add(publish.id());
      if (link.session.received.size() > Session.RECEIVED) {
        throw new Malformed(
            "more than " + Session.RECEIVED + " messages of QoS 2 without releasing them");
      }
    }
    if (fresh) {
      publish(link, publish.topic(), publish.payload(), publish.qos(), publish.retain());
    }
    if (publish.qos() == 1) {
      link.outlet.write(PacketWriter.puback(publish.id()));
    } else if (publish.qos() == 2) {
      link.outlet.write(PacketWriter.pubrec(publish.id()));
    }
  }

  /** Distributes a message of a client if it may send it; it is acknowledged all the same. */
  private void publish(Link link, String topic, byte[] payload, int qos, boolean retain) {
    String user = link.client.user();
    if (!Topics.fits(topic) || !link.client.mayPublish(topic)) {
      journal.warn(
          "topic " + user,
          "MQTT client '"
              + Topics.shown(user)
              + "' may not publish to "
              + Topics.shown(topic)
              + ": it is dropped. Allow the topic in the settings of the client, or let the device"
              + " use "
              + Topics.shown(String.join(", ", link.client.filters()))
              + ".");
      return;
    }
    distribute(new Message(topic, payload, Math.min(qos, 1)), retain, user);
  }

  private void distribute(Message message, boolean retain, String owner) {
    if (retain && !retained.keep(message, owner)) {
      journal.warn(
          "kept " + owner,
          "The hub's MQTT broker cannot keep more messages of '"
              + Topics.shown(owner)
              + "': who subscribes later misses them. Let the device keep fewer topics.");
    }
    long number = ++messageNumber;
    List<Subscriber> takers = new ArrayList<>();
    tree.match(
        message.topic(),
        (subscriber, qos) -> {
          if (subscriber.found != number) {
            subscriber.found = number;
            subscriber.qos = qos;
            takers.add(subscriber);
          } else {
            subscriber.qos = Math.max(subscriber.qos, qos); // [MQTT-3.3.5-1]
          }
        });
    for (Subscriber taker : takers) {
      if (taker instanceof Watcher watcher) {
        watcher.sink.accept(message);
      } else {
        // [MQTT-3.3.1-9]: not marked as kept for those who were there
        enqueue(
            (Session) taker,
            new Session.Outgoing(message, Math.min(message.qos(), taker.qos), false));
      }
    }
  }

  private void subscribe(Link link, Packet.Subscribe subscribe) {
    Session session = link.session;
    int[] codes = new int[subscribe.wishes().size()];
    for (int i = 0; i < codes.length; i++) {
      Packet.Wish wish = subscribe.wishes().get(i);
      String filter = wish.filter();
      boolean known = session.subscriptions.containsKey(filter);
      if (!Topics.fits(filter) || !link.client.mayRead(filter)) {
        codes[i] = REFUSED;
        journal.warn(
            "filter " + link.client.user(),
            "MQTT client '"
                + Topics.shown(link.client.user())
                + "' may not read "
                + Topics.shown(filter)
                + ". Allow it in the settings of the client, or let the device read "
                + Topics.shown(String.join(", ", link.client.filters()))
                + ".");
        continue;
      }
      if (!known && session.subscriptions.size() >= SUBSCRIPTIONS) {
        codes[i] = REFUSED;
        continue;
      }
      codes[i] = Math.min(wish.qos(), 1);
      session.subscriptions.put(filter, codes[i]); // [MQTT-3.8.4-3]
      tree.put(filter, session, codes[i]);
    }
    link.outlet.write(PacketWriter.suback(subscribe.id(), codes)); // [MQTT-3.8.4-1]
    for (int i = 0; i < codes.length; i++) {
      if (codes[i] != REFUSED) { // [MQTT-3.3.1-6]
        for (String topic : retained.matching(subscribe.wishes().get(i).filter())) {
          session.kept.merge(topic, codes[i], Math::max);
        }
      }
    }
    pump(session);
  }

  private void unsubscribe(Link link, Packet.Unsubscribe unsubscribe) {
    Session session = link.session;
    for (String filter : unsubscribe.filters()) {
      if (session.subscriptions.remove(filter) != null) {
        tree.remove(filter, session);
      }
    }
    session
        .kept
        .keySet()
        .removeIf(
            topic ->
                session.subscriptions.keySet().stream().noneMatch(f -> Topics.matches(f, topic)));
    link.outlet.write(PacketWriter.unsuback(unsubscribe.id())); // [MQTT-3.10.4-5]
  }

  // ---------------------------------------------------------------- messages to clients

  private void enqueue(Session session, Session.Outgoing out) {
    boolean online = session.link != null;
    if (!online && out.qos() == 0) {
      return;
    }
    int cost = out.message().cost();
    if (bytes + cost > BYTES) {
      relieve(session, cost);
    }
    while (!hasRoom(session, cost, online)) {
      Session.Outgoing gone = session.dropOldest(!online);
      if (gone != null) {
        count(session, -gone.message().cost());
        continue;
      }
      if (out.qos() == 0 || !online) {
        session.dropped++;
        return;
      }
      doomed.add(session); // It does not read: what it missed waits for it if its session stays.
      break;
    }
    session.queue.add(out);
    count(session, cost);
    pump(session);
  }

  private boolean hasRoom(Session session, int cost, boolean online) {
    boolean empty = session.queue.isEmpty() && session.inFlight.isEmpty();
    return session.queue.size() < (online ? Session.QUEUE_ONLINE : Session.QUEUE_OFFLINE)
        && (empty
            || session.bytes + cost <= (online ? Session.BYTES_ONLINE : Session.BYTES_OFFLINE))
        && (bytes + cost <= BYTES || session.bytes + cost <= Session.BYTES_SURE);
  }

  /** When all together hold too much, the one that holds most gives way to the others. */
  private void relieve(Session asking, int cost) {
    Session hog = asking;
    for (Session each : sessions.values()) {
      if (each.bytes > hog.bytes) {
        hog = each;
      }
    }
    if (hog == asking) {
      return;
    }
    if (hog.link != null && !doomed.contains(hog)) {
      journal.warn(
          "slow " + hog.key.user(),
          "MQTT client '"
              + Topics.shown(hog.key.user())
              + "' does not keep up with its messages: the oldest are dropped.");
    }
    while (bytes + cost > BYTES && hog.bytes > Session.BYTES_SURE) {
      Session.Outgoing gone = hog.dropOldest(hog.link == null);
      if (gone == null) {
        if (hog.link != null) {
          doomed.add(hog);
          while ((gone = hog.dropOldest(true)) != null) {
            count(hog, -gone.message().cost());
          }
          bytes -= hog.bytes; // in flight, too: it is on its way out
          hog.bytes = 0;
          hog.inFlight.clear();
          hog.again.clear();
        } else {
          bytes -= hog.bytes;
          hog.bytes = 0;
          hog.inFlight.clear();
        }
        return;
      }
      count(hog, -gone.message().cost());
    }
  }

  private void count(Session session, int cost) {
    session.bytes += cost;
    bytes += cost;
  }

  /** Sends what may be sent now: as much as the network takes and the client acknowledges. */
  private void pump(Session session) {
    Link link = session.link;
    if (link == null || link.ended) {
      return;
    }
    while (link.outlet.waiting() < HIGH) {
      Integer repeat = session.again.poll();
      if (repeat != null) {
        Session.Outgoing out = session.inFlight.get(repeat);
        if (out != null) {
          write(link, out, true, repeat); // [MQTT-3.3.1-1]
        }
        continue;
      }
      boolean window = session.inFlight.size() < Session.WINDOW;
      if (!session.kept.isEmpty()) {
        Map.Entry<String, Integer> first = session.kept.entrySet().iterator().next();
        Message message = retained.get(first.getKey());
        int qos = message == null ? 0 : Math.min(message.qos(), first.getValue());
        if (qos > 0 && !window) {
          return;
        }
        session.kept.remove(first.getKey());
        if (message != null) { // [MQTT-3.3.1-8]
          Session.Outgoing out = new Session.Outgoing(message, qos, true);
          if (qos > 0) {
            count(session, message.cost());
          }
          send(session, out);
        }
        continue;
      }
      Session.Outgoing next = session.queue.peek();
      if (next == null || (next.qos() > 0 && !window)) {
        return;
      }
      session.queue.poll();
      if (next.qos() == 0) {
        count(session, -next.message().cost());
      }
      send(session, next);
    }
  }

  private void send(Session session, Session.Outgoing out) {
    int id = 0;
    if (out.qos() > 0) {
      id = session.nextId();
      session.inFlight.put(id, out);
    }
    write(session.link, out, false, id);
  }

  private static void write(Link link, Session.Outgoing out, boolean dup, int id) {
    Message message = out.message();
    link.outlet.write(
        PacketWriter.publish(
            message.topic(), message.payload().length, out.qos(), dup, out.retain(), id));
    if (message.payload().length > 0) {
      link.outlet.write(message.payload());
    }
  }

  /** What a session may hold while its client is away. */
  private void trim(Session session) {
    session.again.clear();
    session.kept.values().removeIf(qos -> qos == 0);
    for (Iterator<Session.Outgoing> each = session.queue.iterator(); each.hasNext(); ) {
      Session.Outgoing out = each.next();
      if (out.qos() == 0) {
        each.remove();
        count(session, -out.message().cost());
      }
    }
    while (session.queue.size() > Session.QUEUE_OFFLINE || session.bytes > Session.BYTES_OFFLINE) {
      Session.Outgoing gone = session.dropOldest(true);
      if (gone == null) {
        return;
      }
      count(session, -gone.message().cost());
    }
  }

  /** Disconnects clients that do not read what they subscribed to. */
  private void endDoomed(long now) {
    while (!doomed.isEmpty()) {
      Session session = doomed.iterator().next();
      doomed.remove(session);
      if (session.link != null) {
        journal.warn(
            "slow " + session.key.user(),
            "MQTT client '"
                + Topics.shown(session.key.user())
                + "' was disconnected: it does not read the messages it subscribed to.");
        end(session.link, true, now);
      }
    }
  }

  // ---------------------------------------------------------------- time

  /** To be called several times a second. */
  void tick(long now) {
    for (Link link : List.copyOf(strangers)) {
      if (link.held != null && now - link.turn >= 0) {
        Packet.Connect connect = link.held;
        link.held = null;
        login(link, connect, now);
        received(link, new byte[0], now);
      } else if (link.held == null && now - link.openedAt > CONNECT_NANOS) {
        end(link, false, now);
      }
    }
    for (Session session : List.copyOf(sessions.values())) {
      if (session.link != null) {
        if (now - session.link.heardAt > session.link.keepAliveNanos) {
          end(session.link, true, now);
        }
      } else if (now - session.offlineSince > OFFLINE_NANOS) {
        forget(session);
      }
    }
    endDoomed(now);
  }

  // ---------------------------------------------------------------- the hub's side

  /** A user came, changed or went: its connections and sessions end. */
  void changed(String user, long now) {
    for (Session session : List.copyOf(sessions.values())) {
      if (session.key.user().equals(user)) {
        if (session.link != null) {
          end(session.link, false, now);
        }
        forget(session);
      }
    }
    if (!doorkeeper.knows(user)) {
      retained.forget(user);
    }
    endDoomed(now);
  }

  /** Ends all connections. */
  void endAll(long now) {
    for (Link link : List.copyOf(strangers)) {
      end(link, false, now);
    }
    for (Session session : List.copyOf(sessions.values())) {
      if (session.link != null) {
        end(session.link, false, now);
      }
    }
  }

  /** Subscribes somebody in the hub, who sees all topics; kept messages are asked for apart. */
  Watcher watch(List<String> filters, Consumer<Message> sink) {
    Watcher watcher = new Watcher(filters, sink);
    filters.forEach(filter -> tree.put(filter, watcher, 1));
    return watcher;
  }

  void unwatch(Watcher watcher) {
    watcher.filters.forEach(filter -> tree.remove(filter, watcher));
  }

  /** Publishes for the hub. */
  void publish(String topic, byte[] payload, boolean retain, long now) {
    distribute(new Message(topic, payload, 1), retain, "");
    endDoomed(now);
  }

  /** Topics with a kept message that match a filter. */
  Set<String> kept(List<String> filters) {
    Set<String> topics = new LinkedHashSet<>();
    filters.forEach(filter -> topics.addAll(retained.matching(filter)));
    return topics;
  }

  /** The kept message of a topic, or null. */
  Message kept(String topic) {
    return retained.get(topic);
  }

  /** The network took what was written. */
  void writable(Link link) {
    if (link.session != null) {
      pump(link.session);
    }
  }

  int connected() {
    return connected;
  }

  int strangers() {
    return strangers.size();
  }

  int sessions() {
    return sessions.size();
  }

  int subscriptions() {
    return tree.size();
  }

  /** Memory that waiting messages are counted with. */
  int bytes() {
    return bytes;
  }

  int partialBytes() {
    return partialBytes;
  }
}
