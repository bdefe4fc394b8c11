package org.commonshub.metering.mqtt;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.WriteLease;
import org.commonshub.metering.mapping.api.JsonValue;
import org.commonshub.metering.mapping.api.MalformedJsonException;

/**
 * One device on a broker. A kept message may be old: it counts as identity and availability, and as
 * a value only the first time and only as an estimate. Messages are taken one at a time; closing
 * waits for none.
 */
final class MqttSession implements PushSession, Actuating {
  private static final int MAX_FILTERS = 128;
  private static final int FILTERS_AT_ONCE = 32;
  private static final int MAX_TOPICS = 256;
  private static final int MAX_FACTS = 16;
  private static final String SWITCH = "switch";

  /** Called when the session begins and ends to listen. */
  interface Observer {
    void started(MqttSession session);

    void closed(MqttSession session);
  }

  private static final class Pending {
    final Profile.Order order;
    final CompletableFuture<Void> confirmed = new CompletableFuture<>();

    Pending(Profile.Order order) {
      this.order = order;
    }
  }

  private final MqttConnection broker;
  private final MqttSettings settings;
  private final Profile profile;
  private final Observer observer;
  private final Duration patience;
  private final Map<String, String> facts = new ConcurrentHashMap<>();
  private final List<AutoCloseable> subscriptions = new ArrayList<>();
  private final Set<String> filters = new HashSet<>();
  private final Set<String> heard = new HashSet<>();
  private volatile Receiver receiver;
  private volatile boolean closed;
  private volatile Pending pending;
  private volatile Optional<Profile.Switch> relay;
  private boolean absent;

  /**
   * @param patience how long a device may take to confirm
   */
  MqttSession(
      MqttConnection broker,
      MqttSettings settings,
      Profile profile,
      Observer observer,
      Duration patience) {
    this.broker = broker;
    this.settings = settings;
    this.profile = profile;
    this.observer = observer;
    this.patience = patience;
    this.relay = profile.relay();
  }

  MqttSettings settings() {
    return settings;
  }

  MqttConnection broker() {
    return broker;
  }

  @Override
  public void start(Receiver to) {
    receiver = to;
    listen(profile.filters());
    observer.started(this);
    if (closed) {
      close();
    }
  }

  private void listen(List<String> wanted) {
    List<String> fresh = new ArrayList<>();
    synchronized (subscriptions) {
      for (String filter : wanted) {
        if (filters.size() < MAX_FILTERS && filters.add(filter)) {
          fresh.add(filter);
        }
      }
    }
    for (int from = 0; from < fresh.size(); from += FILTERS_AT_ONCE) {
      List<String> some =
          List.copyOf(fresh.subList(from, Math.min(fresh.size(), from + FILTERS_AT_ONCE)));
      // What says that the broker is gone, says it once.
      boolean first = from == 0 && fresh.size() == filters.size();
      AutoCloseable subscription = broker.subscribe(some, new Listener(first));
      boolean late;
      synchronized (subscriptions) {
        late = closed;
        if (!late) {
          subscriptions.add(subscription);
        }
      }
      if (late) {
        end(subscription);
      }
    }
  }

  private final class Listener implements MqttConnection.Listener {
    private final boolean first;

    Listener(boolean first) {
      this.first = first;
    }

    @Override
    public void received(Message message) {
      take(message);
    }

    @Override
    public void broken(DeviceException why) {
      if (first && !closed) {
        receiver.failed(why);
      }
    }
  }

  private void take(Message message) {
    Taken taken = new Taken(message);
    try {
      synchronized (profile) {
        if (closed) {
          return;
        }
        answered(message);
        profile.take(message, taken);
        relay = profile.relay();
      }
    } catch (MalformedJsonException e) {
      if (!message.retained()) {
        failed(
            Kind.INVALID_ANSWER,
            "'"
                + shown(message.topic())
                + "' at "
                + broker.endpoint()
                + " is "
                + e.getMessage()
                + ". Check the device, and that no other one publishes there.");
      }
    }
    if (!taken.wanted.isEmpty()) {
      listen(taken.wanted);
    }
  }

  /** What one message says, handed on. */
  private final class Taken implements Profile.Sink {
    private final Message message;
    private final List<String> wanted = new ArrayList<>();

    Taken(Message message) {
      this.message = message;
    }

    @Override
    public void values(Optional<Instant> at, List<Measurement> values) {
      if (values.isEmpty() || closed) {
        return;
      }
      boolean first = heard.size() < MAX_TOPICS && heard.add(message.topic());
      if (!message.retained() || at.isPresent()) {
        absent = false;
        receiver.values(at, values);
      } else if (first) {
        receiver.values(at, values.stream().map(value -> value.with(Quality.ESTIMATED)).toList());
      }
    }

    @Override
    public void online(boolean online) {
      if (!online && !absent) {
        failed(
            Kind.UNREACHABLE,
            "'"
                + shown(settings.device())
                + "' at "
                + broker.endpoint()
                + " is offline, says the broker. Check that it is powered and in the network.");
      }
      absent = !online;
    }

    @Override
    public void fact(String fact, JsonValue value) {
      String text = value.label(128);
      if (!text.isEmpty() && (facts.size() < MAX_FACTS || facts.containsKey(fact))) {
        facts.put(fact, text);
      }
    }

    @Override
    public void listen(List<String> topics) {
      wanted.addAll(topics);
    }
  }

  private static String shown(String text) {
    return text.length() > 96 ? text.substring(0, 96) + "…" : text;
  }

  private void failed(Kind kind, String sentence) {
    if (!closed) {
      receiver.failed(new DeviceException(kind, sentence));
    }
  }

  @Override
  public Duration quiet() {
    return settings.quiet().orElse(profile.quiet());
  }

  @Override
  public Map<String, String> identity() {
    return Map.copyOf(facts);
  }

  // ---------------------------------------------------------------- the switch

  @Override
  public List<Actuator> actuators() {
    return relay
        .map(
            known ->
                new Actuator(
                    SWITCH,
                    "Switch",
                    "Switches what is connected on or off.",
                    "",
                    BigDecimal.ZERO,
                    BigDecimal.ONE,
                    BigDecimal.ONE,
                    Map.of(BigDecimal.ZERO, "Off", BigDecimal.ONE, "On"),
                    settings.restOn()
                        ? "On: the device switches back on by itself."
                        : "Off: the device switches back off by itself.",
                    known.watchdog()))
        .map(List::of)
        .orElse(List.of());
  }

  @Override
  public CompletionStage<Void> write(WriteLease lease, String actuator, BigDecimal value) {
    return tell(lease, actuator, value.signum() != 0);
  }

  @Override
  public CompletionStage<Void> release(WriteLease lease, String actuator) {
    return tell(lease, actuator, settings.restOn());
  }

  private CompletionStage<Void> tell(WriteLease lease, String actuator, boolean on) {
    if (!actuator.equals(SWITCH) || relay.isEmpty()) {
      return refused(Kind.SETTINGS, "This device has no actuator '" + shown(actuator) + "'.");
    }
    Pending mine;
    synchronized (profile) {
      mine = new Pending(profile.order(on, on == settings.restOn()));
      pending = mine;
    }
    CompletionStage<Void> published = CompletableFuture.completedFuture(null);
    for (Message message : mine.order.messages()) {
      published =
          published.thenCompose(
              nothing ->
                  lease.held()
                      ? broker.publish(message)
                      : refused(
                          Kind.FORBIDDEN, "The lease ended before the switch was told anything."));
    }
    return published
        .thenCompose(
            nothing -> mine.confirmed.orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS))
        .handle(
            (nothing, failure) -> {
              if (pending == mine) {
                pending = null;
              }
              return outcome(failure);
            })
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Void> outcome(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof TimeoutException) {
      return refused(
          Kind.TIMEOUT,
          "'"
              + shown(settings.device())
              + "' did not confirm within "
              + patience.toSeconds()
              + " s that it switched. Check that it listens to its commands.");
    }
    return cause == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(cause);
  }

  private void answered(Message message) {
    Pending waiting = pending;
    if (waiting == null || !waiting.order.replies().equals(message.topic())) {
      return;
    }
    try {
      JsonValue answer = JsonValue.parse(message.payload());
      if (waiting.order.confirms().test(answer)) {
        waiting.confirmed.complete(null);
      } else if (waiting.order.refuses().test(answer)) {
        waiting.confirmed.completeExceptionally(
            new DeviceException(
                Kind.REFUSED, "'" + shown(settings.device()) + "' refuses to switch."));
      }
    } catch (MalformedJsonException e) {
      // No answer to this.
    }
  }

  private static <T> CompletionStage<T> refused(Kind kind, String sentence) {
    return CompletableFuture.failedFuture(new DeviceException(kind, sentence));
  }

  // ---------------------------------------------------------------- end

  @Override
  public void close() {
    List<AutoCloseable> ending;
    synchronized (subscriptions) {
      closed = true;
      ending = List.copyOf(subscriptions);
      subscriptions.clear();
    }
    Pending waiting = pending;
    if (waiting != null) {
      waiting.confirmed.completeExceptionally(
          new DeviceException(
              Kind.DISCONNECTED, "The device was stopped while it was told something."));
    }
    ending.forEach(MqttSession::end);
    observer.closed(this);
  }

  static void end(AutoCloseable subscription) {
    try {
      subscription.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
