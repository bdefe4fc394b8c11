package org.commonshub.metering.ocpp;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceServer.WebSocket;
import org.commonshub.metering.api.DeviceServer.WebSocketListener;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.Measurements;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A charge point that is configured: what is known of its connectors, its connection while there is
 * one, and the devices that are its connectors. Its lock guards what is known; nobody is called
 * under it.
 */
final class Station {
  /** Seconds between heartbeats that charge points are asked for. */
  static final int HEARTBEAT = 60;

  /** Heartbeats that may be missed. */
  static final Duration QUIET = Duration.ofSeconds(3L * HEARTBEAT);

  /** How long the hub waits for an answer. */
  static final long PATIENCE_MILLIS = 10_000;

  private static final int CONNECTORS = 65;
  private static final long LIFE_NANOS = 30_000_000_000L;
  private static final Duration TOO_OLD = Duration.ofDays(31);
  private static final Duration TOO_NEW = Duration.ofSeconds(90);
  private static final Logger LOG = LoggerFactory.getLogger(Station.class);

  /** What a station needs of its driver. */
  interface Hub {
    /** A number for a transaction, never the same twice. */
    int nextTransaction();

    /** A connector that is no device yet told of itself. */
    void unknownConnector(int connector);

    /** A connection ended and no device is left. */
    void idle();
  }

  /** A frame on its way to the devices of a connector. */
  private record Delivery(int connector, Optional<Instant> at, List<Measurement> values) {}

  private final String identity;
  private final HubClock clock;
  private final Hub hub;
  private final List<OcppSession> sessions = new CopyOnWriteArrayList<>();

  private final Map<Integer, Connector> connectors = new HashMap<>();
  private final Map<Integer, Long> lastFrames = new HashMap<>();
  private final Map<String, Integer> transactions = new LinkedHashMap<>();
  private final Set<Integer> sampled = new HashSet<>();
  private final Set<Integer> announced = new HashSet<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private Map<String, String> facts = Map.of();
  private Dialect.Abilities abilities = new Dialect.Abilities();
  private EvState whole;
  private Link link;

  Station(String identity, HubClock clock, Hub hub) {
    this.identity = identity;
    this.clock = clock;
    this.hub = hub;
  }

  String identity() {
    return identity;
  }

  // ---------------------------------------------------------------- devices

  void add(OcppSession session) {
    sessions.add(session);
  }

  /** Tells a new device what is known already. */
  void welcome(OcppSession session) {
    List<Measurement> known = List.of();
    Link current;
    synchronized (this) {
      current = link;
      if (current != null) {
        known = connector(session.settings().connector()).life();
      }
    }
    if (!known.isEmpty()) {
      session.deliver(Optional.empty(), known);
    }
    if (current != null) {
      current.configure();
    }
  }

  /** Whether it was the last. */
  boolean remove(OcppSession session) {
    sessions.remove(session);
    return sessions.isEmpty();
  }

  boolean configured() {
    return !sessions.isEmpty();
  }

  /** Whether a password is that of a device; anything is if none has one. */
  boolean opens(byte[] password) {
    boolean opens = sessions.stream().allMatch(session -> session.settings().password().isEmpty());
    for (OcppSession session : sessions) {
      opens |= session.opens(password);
    }
    return opens;
  }

  void failed(DeviceException why) {
    sessions.forEach(session -> session.failed(why));
  }

  synchronized Map<String, String> facts() {
    return facts;
  }

  // ---------------------------------------------------------------- connection

  /** Takes a connection; it takes the place of an earlier one. */
  WebSocketListener connected(Version version, WebSocket socket) {
    Link made = new Link(version, socket);
    Link before;
    synchronized (this) {
      before = link;
      link = made;
      announced.clear();
    }
    if (before != null) {
      before.socket.close(1000, "the charge point connected anew");
    }
    return made;
  }

  /** Ends the connection. */
  void disconnect(int code, String why) {
    Link ending;
    synchronized (this) {
      ending = link;
    }
    if (ending != null) {
      ending.socket.close(code, why);
    }
  }

  synchronized boolean connected() {
    return link != null;
  }

  /** The connection, for calls; or {@link DeviceException}. */
  synchronized Link link() throws DeviceException {
    if (link == null) {
      throw new DeviceException(
          Kind.UNREACHABLE,
          "Charge point '"
              + identity
              + "' is not connected to the hub. It connects by itself once it is powered and in the"
              + " network.");
    }
    return link;
  }

  /** A connection to the charge point. */
  final class Link implements WebSocketListener, Rpc.Handler {
    private final Version version;
    private final Dialect dialect;
    private final WebSocket socket;
    private final Rpc rpc;
    private boolean greeted; // Of the lane.
    private boolean known;
    private int configured;

    Link(Version version, WebSocket socket) {
      this.version = version;
      this.dialect = version == Version.V16 ? new Ocpp16() : new Ocpp201();
      this.socket = socket;
      this.rpc = new Rpc(identity, version, socket, this);
    }

    Version version() {
      return version;
    }

    Dialect dialect() {
      return dialect;
    }

    Rpc rpc() {
      return rpc;
    }

    @Override
    public void text(String message) {
      if (!configured()) {
        socket.close(1008, "this charge point is not known any more");
        return;
      }
      rpc.received(message);
    }

    @Override
    public Map<String, Object> handle(String action, JsonValue payload) throws OcppError {
      try {
        return dialect.answer(action, payload, Station.this);
      } finally {
        flush();
      }
    }

    @Override
    public void answered(String action) {
      if (!greeted) {
        greeted = true;
        greet(action.equals("BootNotification"));
      } else if (action.equals("BootNotification")) {
        greet(true);
      }
    }

    /** Asks what a charge point can do; one that did not just boot is asked for what it told. */
    private void greet(boolean booted) {
      if (!booted) {
        trigger("BootNotification", 0);
      }
      quietly(dialect.features(0))
          .whenComplete(
              (answer, failure) -> {
                Dialect.Abilities told = new Dialect.Abilities();
                if (failure == null) {
                  dialect.features(answer, told);
                }
                synchronized (Station.this) {
                  abilities = told;
                  known = true;
                  configured = 0;
                }
                configure();
                if (!booted) {
                  sessions.forEach(
                      session -> {
                        trigger("StatusNotification", session.settings().connector());
                        trigger("MeterValues", session.settings().connector());
                      });
                }
              });
    }

    private void trigger(String message, int connector) {
      quietly(dialect.trigger(message, connector));
    }

    /** Makes the charge point sample as often as its most curious device wants it. */
    private void configure() {
      int seconds =
          sessions.stream()
              .mapToInt(session -> session.settings().sampling())
              .filter(each -> each > 0)
              .min()
              .orElse(0);
      Dialect.Abilities told;
      synchronized (Station.this) {
        if (seconds == 0 || seconds == configured || !known) {
          return;
        }
        configured = seconds;
        told = abilities;
      }
      for (List<Dialect.Call> choices : dialect.sampling(seconds, told)) {
        choose(choices, 0);
      }
    }

    private void choose(List<Dialect.Call> choices, int index) {
      if (index < choices.size()) {
        quietly(choices.get(index))
            .whenComplete(
                (answer, failure) -> {
                  if (failure == null && !dialect.taken(answer)) {
                    choose(choices, index + 1);
                  }
                });
      }
    }

    private CompletableFuture<JsonValue> quietly(Dialect.Call call) {
      return rpc.call(call.action(), call.payload(), false, () -> true, PATIENCE_MILLIS)
          .whenComplete(
              (answer, failure) -> {
                if (failure != null) {
                  LOG.debug("{} of charge point '{}' was not answered", call.action(), identity);
                }
              });
    }

    @Override
    public void closed(int code, String reason) {
      rpc.close();
      boolean mine;
      synchronized (Station.this) {
        mine = link == this;
        if (mine) {
          link = null;
          abilities = new Dialect.Abilities();
        }
      }
      if (mine) {
        failed(
            new DeviceException(
                Kind.DISCONNECTED,
                "Charge point '"
                    + identity
                    + "' lost its connection to the hub. It connects again by itself once it is"
                    + " powered and in the network."));
      }
      if (!configured()) {
        hub.idle();
      }
    }
  }

  /** What it told that it can do. */
  synchronized Dialect.Abilities abilities() {
    return abilities;
  }

  // ---------------------------------------------------------------- what it tells

  String time() {
    return Profile.time(clock.now());
  }

  boolean admits(String tag) {
    return sessions.stream().anyMatch(session -> session.settings().admits(tag));
  }

  boolean admits(int connector, String tag) {
    List<OcppSession> of = of(connector);
    return of.isEmpty() ? admits(tag) : of.get(0).settings().admits(tag);
  }

  private List<OcppSession> of(int connector) {
    return sessions.stream().filter(s -> s.settings().connector() == connector).toList();
  }

  void booted(Map<String, String> told) {
    Map<String, String> known = new LinkedHashMap<>(told);
    known.values().removeIf(String::isBlank);
    synchronized (this) {
      facts = Map.copyOf(known);
    }
  }

  /** Takes the state of a connector; of 0, that of the whole. */
  void state(int connector, EvState state) {
    synchronized (this) {
      if (connector == 0) {
        whole = state == EvState.E || state == EvState.F ? state : null;
        if (of(0).isEmpty()) {
          if (whole != null) {
            sessions.forEach(
                s -> news(s.settings().connector(), Optional.empty(), state(s, whole)));
          }
          return;
        }
      }
      if (connector < 0 || connector >= CONNECTORS) {
        return;
      }
      news(connector, Optional.empty(), connector(connector).state(state));
    }
    if (connector > 0 && of(connector).isEmpty()) {
      announce(connector);
    }
  }

  private List<Measurement> state(OcppSession session, EvState state) {
    return connector(session.settings().connector()).state(state);
  }

  private void announce(int connector) {
    synchronized (this) {
      if (!announced.add(connector)) {
        return;
      }
    }
    hub.unknownConnector(connector);
  }

  synchronized Optional<EvState> stateOf(int connector) {
    return connector(connector).state();
  }

  private Connector connector(int number) {
    Connector known = connectors.get(number);
    if (known == null) {
      known = new Connector();
      if (number >= 0 && connectors.size() < CONNECTORS) {
        connectors.put(number, known);
      }
    }
    return known;
  }

  /** Takes samples of one instant. */
  synchronized void samples(int connector, Optional<Instant> at, List<Sample> samples) {
    int of = connector;
    if (connector == 0 && sessions.size() == 1) {
      // Where there is one connector, some charge points only tell of the whole.
      int only = sessions.get(0).settings().connector();
      of = sampled.contains(only) ? 0 : only;
    } else if (sampled.size() < CONNECTORS) {
      sampled.add(connector);
    }
    news(of, trusted(at), connector(of).samples(samples));
  }

  /** What a vehicle asks for (ISO 15118). */
  synchronized void needs(
      int connector,
      Optional<BigDecimal> wattHours,
      Optional<BigDecimal> charge,
      Optional<Instant> departure) {
    Measurements values = new Measurements();
    wattHours.ifPresent(value -> values.add(Quantity.EV_ENERGY_REQUESTED, value, ""));
    charge.ifPresent(value -> values.add(Quantity.EV_SOC, value, ""));
    departure
        .map(at -> Duration.between(clock.now(), at).toSeconds())
        .filter(seconds -> seconds >= 0)
        .ifPresent(seconds -> values.add(Quantity.EV_DEPARTURE, BigDecimal.valueOf(seconds), ""));
    news(connector, Optional.empty(), values.list());
  }

  /** A transaction begins (1.6); the same message again has the same number. */
  synchronized int started(int connector, String tag, int register, Optional<Instant> at) {
    Connector known = connector(connector);
    Connector.Start start = new Connector.Start(at, tag, register);
    Optional<Connector.Transaction> before = known.transaction();
    if (before.isPresent() && known.startedBy(start)) {
      return Integer.parseInt(before.get().id());
    }
    int number = hub.nextTransaction();
    BigDecimal begun = BigDecimal.valueOf(register);
    known.started(Integer.toString(number), Optional.of(begun), start);
    remember(Integer.toString(number), connector);
    news(connector, trusted(at), known.register(begun));
    return number;
  }

  /** A transaction begins (2.0.1). */
  synchronized void begun(int connector, String transaction) {
    Connector known = connector(connector);
    if (known.transaction().filter(t -> t.id().equals(transaction)).isEmpty()) {
      known.started(transaction, Optional.empty(), null);
    }
    remember(transaction, connector);
  }

  /** A transaction that is under way. */
  synchronized void adopt(int connector, String transaction) {
    if (connector > 0) {
      connector(connector).adopt(transaction);
      remember(transaction, connector);
    }
  }

  private void remember(String transaction, int connector) {
    transactions.put(transaction, connector);
    if (transactions.size() > 2 * CONNECTORS) {
      transactions.remove(transactions.keySet().iterator().next());
    }
  }

  /** The connector of a transaction; of an unknown one the only one there is, or none: −1. */
  synchronized int connectorOf(String transaction) {
    Integer known = transactions.get(transaction);
    if (known != null) {
      return known;
    }
    return sessions.size() == 1 ? sessions.get(0).settings().connector() : -1;
  }

  synchronized Optional<Connector.Transaction> transactionOf(int connector) {
    return connector(connector).transaction();
  }

  /** A transaction ended. */
  synchronized void stopped(
      int connector, String transaction, Optional<BigDecimal> register, Optional<Instant> at) {
    Connector known = connector(connector);
    register.ifPresent(value -> news(connector, trusted(at), known.register(value)));
    if (known.transaction().filter(t -> t.id().equals(transaction)).isPresent()) {
      known.stopped();
    }
    transactions.remove(transaction);
    if (known.state().filter(s -> s == EvState.C).isPresent()) {
      news(connector, Optional.empty(), known.state(EvState.B));
    }
  }

  /**
   * A charge point's clock is set by the hub, so its stamps are believed: of now, or of a time it
   * was not connected. One that is far off is not, and the hub's clock stamps its values.
   */
  private Optional<Instant> trusted(Optional<Instant> at) {
    Instant now = clock.now();
    return at.filter(t -> t.isAfter(now.minus(TOO_OLD)) && t.isBefore(now.plus(TOO_NEW)));
  }

  private void news(int connector, Optional<Instant> at, List<Measurement> values) {
    if (!values.isEmpty()) {
      deliveries.add(new Delivery(connector, at, values));
    }
  }

  /** Hands out what came with a message, and a sign of life where nothing did for a while. */
  private void flush() {
    List<Delivery> now;
    synchronized (this) {
      long nanos = clock.monotonicNanos();
      for (OcppSession session : sessions) {
        int connector = session.settings().connector();
        Long last = lastFrames.get(connector);
        boolean fresh = deliveries.stream().anyMatch(d -> d.connector == connector);
        if (!fresh && (last == null || nanos - last > LIFE_NANOS)) {
          news(connector, Optional.empty(), connector(connector).life());
        }
      }
      now = List.copyOf(deliveries);
      deliveries.clear();
      now.forEach(delivery -> lastFrames.put(delivery.connector, nanos));
      lastFrames.keySet().removeIf(c -> c < 0 || c >= CONNECTORS);
    }
    for (Delivery delivery : now) {
      for (OcppSession session : of(delivery.connector)) {
        session.deliver(delivery.at, delivery.values);
      }
    }
  }
}
