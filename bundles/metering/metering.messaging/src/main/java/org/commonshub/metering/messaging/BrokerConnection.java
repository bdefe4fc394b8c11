package org.commonshub.metering.messaging;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MqttConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker, for all devices on it. Everything but {@link #subscriptions} and {@link #byTopic}
 * belongs to one thread of its own, which also is the only one that talks to Paho: so nothing
 * subscribes inside a callback of Paho (its issues 985 and 999) and nothing publishes twice at once
 * (348). Reconnects by itself, with a new client each time, and ends Paho's threads (654).
 */
final class BrokerConnection implements MqttConnection {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerConnection.class);
  private static final int MAX_FILTERS = 32;
  private static final int MAX_PENDING = 64;
  private static final int LINGER_SECONDS = 30;
  private static final int REFUSED_SECONDS = 60;
  private static final int SEEN = 1_024;
  private static final int CACHED = 1_024;

  /**
   * How long it waits.
   *
   * @param firstMillis before the second attempt; doubled each time
   * @param lastMillis between attempts at most
   * @param attemptMillis for an attempt as a whole: network, encryption, greeting
   * @param publishMillis for an acknowledgement
   */
  record Times(long firstMillis, long lastMillis, long attemptMillis, long publishMillis) {
    static final Times USUAL = new Times(1_000, 60_000, 25_000, 10_000);
  }

  /** Finds the settings of the broker, and opens secrets. */
  interface Access {
    BrokerSettings settings();

    /** Empty if the reference names no stored secret. */
    Optional<String> secret(String valueOrReference);
  }

  private enum State {
    IDLE,
    CONNECTING,
    UP,
    WAITING,
    CLOSED
  }

  private final class Subscription implements AutoCloseable {
    final List<String> filters;
    final Mailbox mailbox;

    /** Topics whose kept message it was given on this connection. */
    private final Set<String> seen = new HashSet<>();

    Subscription(List<String> filters, Mailbox mailbox) {
      this.filters = filters;
      this.mailbox = mailbox;
    }

    /** Paho's callback thread. */
    void received(Message message) {
      if (message.retained()) {
        synchronized (seen) {
          // Another device's subscription makes the broker send it once more.
          if (!seen.add(message.topic())) {
            return;
          }
          if (seen.size() > SEEN) {
            seen.clear();
          }
        }
      }
      mailbox.message(message);
    }

    void forget() {
      synchronized (seen) {
        seen.clear();
      }
    }

    @Override
    public void close() {
      mailbox.close();
      run(() -> remove(this));
    }
  }

  private final class Publication {
    final Message message;
    final CompletableFuture<Void> done = new CompletableFuture<>();
    Future<?> deadline;
    boolean over;

    Publication(Message message) {
      this.message = message;
    }

    void end(DeviceException why) {
      if (over) {
        return;
      }
      over = true;
      admitted.decrementAndGet();
      waiting.remove(this);
      if (deadline != null) {
        deadline.cancel(false);
      }
      if (why == null) {
        done.complete(null);
      } else {
        done.completeExceptionally(why);
      }
    }
  }

  private final Endpoint endpoint;
  private final Access access;
  private final Executor delivery;
  private final Times times;
  private final ThreadGroup threads;
  private final ScheduledThreadPoolExecutor control;
  private final String randomId;
  private final AtomicInteger admitted = new AtomicInteger();

  /** Read by Paho's callback thread, too: replaced, never changed. */
  private volatile List<Subscription> subscriptions = List.of();

  /** Who takes a topic; forgotten when subscriptions change. Paho's callback thread. */
  private final Map<String, List<Subscription>> byTopic = new HashMap<>();

  private List<Subscription> byTopicOf = List.of();

  private final Deque<Publication> waiting = new ArrayDeque<>();
  private State state = State.IDLE;
  private Link link;
  private Future<?> timer;
  private Future<?> linger;
  private long backOffMillis;
  private int inFlight;
  private DeviceException outage;
  private boolean told;
  private long awayNanos;
  private int attempts;

  private final Link.Events events =
      new Link.Events() {
        @Override
        public void up(Link which) {
          run(() -> connected(which));
        }

        @Override
        public void down(Link which, DeviceException why) {
          run(() -> broken(which, why));
        }

        @Override
        public void message(Link which, Message message) {
          dispatch(message);
        }
      };

  BrokerConnection(Endpoint endpoint, Access access, Executor delivery, Times times) {
    this.endpoint = endpoint;
    this.access = access;
    this.delivery = delivery;
    this.times = times;
    this.backOffMillis = times.firstMillis();
    this.threads = new ThreadGroup("metering-mqtt " + endpoint.host() + ":" + endpoint.port());
    this.control =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread thread = new Thread(threads, task, threads.getName());
              thread.setDaemon(true);
              return thread;
            });
    control.setRemoveOnCancelPolicy(true);
    control.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.randomId = String.format(Locale.ROOT, "hub-%016x", ThreadLocalRandom.current().nextLong());
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public AutoCloseable subscribe(List<String> filters, Listener listener) {
    if (filters.isEmpty() || filters.size() > MAX_FILTERS) {
      throw new IllegalArgumentException(
          "a subscription has 1 to " + MAX_FILTERS + " topic filters, not " + filters.size());
    }
    for (String filter : filters) {
      TopicFilter.refusal(filter)
          .ifPresent(
              why -> {
                throw new IllegalArgumentException(
                    "'" + filter + "' is no topic filter: " + why + ".");
              });
    }
    Subscription subscription =
        new Subscription(
            List.copyOf(new java.util.LinkedHashSet<>(filters)),
            new Mailbox(listener, delivery, endpoint.toString()));
    if (!run(() -> add(subscription))) {
      subscription.mailbox.broken(Failures.closed(endpoint));
    }
    return subscription;
  }

  @Override
  public CompletionStage<Void> publish(Message message) {
    Optional<String> refusal =
        message.payload().length > MAX_PAYLOAD
            ? Optional.of("a message has at most " + MAX_PAYLOAD + " bytes")
            : TopicFilter.topicRefusal(message.topic());
    if (refusal.isPresent()) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS,
              "Cannot publish to '"
                  + message.topic()
                  + "': "
                  + refusal.get()
                  + ". Check the topic in the settings of the device."));
    }
    if (admitted.incrementAndGet() > MAX_PENDING) {
      admitted.decrementAndGet();
      return CompletableFuture.failedFuture(Failures.busy(endpoint, MAX_PENDING));
    }
    Publication publication = new Publication(message);
    if (!run(() -> add(publication))) {
      admitted.decrementAndGet();
      publication.done.completeExceptionally(Failures.closed(endpoint));
    }
    return publication.done;
  }

  /** Messages dropped because subscribers were slow. */
  long dropped() {
    return subscriptions.stream().mapToLong(s -> s.mailbox.dropped()).sum();
  }

  /** The settings changed: connects anew with them. */
  void reset() {
    run(
        () -> {
          if (state == State.CLOSED || state == State.IDLE) {
            return;
          }
          LOG.info("MQTT broker {}: its settings changed, connecting anew", endpoint);
          drop();
          outage = null;
          told = false;
          backOffMillis = times.firstMillis();
          connect();
        });
  }

  /** Ends it; its threads are gone soon after. */
  void close() {
    run(
        () -> {
          state = State.CLOSED;
          for (Subscription subscription : subscriptions) {
            subscription.mailbox.close();
          }
          subscriptions = List.of();
          drop();
          for (Publication publication : List.copyOf(waiting)) {
            publication.end(Failures.closed(endpoint));
          }
          control.shutdown();
        });
  }

  /** Waits until its threads are gone. */
  boolean awaitThreads(long millis) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    control.awaitTermination(millis, TimeUnit.MILLISECONDS);
    Thread[] left = new Thread[threads.activeCount() + 16];
    int count = threads.enumerate(left);
    for (int i = 0; i < count; i++) {
      long rest = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      left[i].join(Math.max(1, rest));
    }
    return threads.activeCount() == 0;
  }

  private boolean run(Runnable task) {
    try {
      control.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              LOG.error("MQTT broker {}: a fault of the hub, connecting anew", endpoint, e);
              recover(e);
            }
          });
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void recover(RuntimeException fault) {
    if (state != State.CLOSED && state != State.IDLE) {
      state = State.CONNECTING;
      broken(link, Failures.settings(endpoint, fault));
    }
  }

  // ---------------------------------------------------------------- its own thread from here on

  private boolean wanted() {
    return !subscriptions.isEmpty() || admitted.get() > 0;
  }

  private void add(Subscription subscription) {
    if (state == State.CLOSED) {
      return;
    }
    List<Subscription> more = new ArrayList<>(subscriptions);
    more.add(subscription);
    subscriptions = List.copyOf(more);
    switch (state) {
      case UP -> ask(subscription);
      case IDLE -> connect();
      default -> {
        if (told) {
          subscription.mailbox.broken(outage);
        }
      }
    }
  }

  private void remove(Subscription subscription) {
    List<Subscription> fewer = new ArrayList<>(subscriptions);
    if (!fewer.remove(subscription)) {
      return;
    }
    subscriptions = List.copyOf(fewer);
    if (state == State.UP) {
      Set<String> unused = new HashSet<>(subscription.filters);
      fewer.forEach(other -> unused.removeAll(other.filters));
      if (!unused.isEmpty()) {
        link.unsubscribe(List.copyOf(unused));
      }
    }
    rest();
  }

  /** Lets go of the broker when nobody needs it. */
  private void rest() {
    if (wanted() || state == State.IDLE || state == State.CLOSED) {
      return;
    }
    if (linger == null || linger.isDone()) {
      drop();
      outage = null;
      told = false;
      backOffMillis = times.firstMillis();
    }
  }

  private void add(Publication publication) {
    waiting.add(publication);
    if (state == State.CLOSED) {
      publication.end(Failures.closed(endpoint));
      return;
    }
    if (state == State.WAITING) {
      publication.end(outage);
      return;
    }
    publication.deadline =
        later(
            times.publishMillis(),
            () -> {
              publication.end(Failures.noAcknowledgement(endpoint, times.publishMillis()));
              rest();
            });
    if (state == State.IDLE) {
      connect();
    } else if (state == State.UP) {
      send();
    }
  }

  private void send() {
    while (state == State.UP && inFlight < Link.IN_FLIGHT && !waiting.isEmpty()) {
      Publication next = waiting.poll();
      Link mine = link;
      inFlight++;
      mine.publish(next.message)
          .whenComplete((ok, failure) -> run(() -> sent(mine, next, failure)));
    }
  }

  private void sent(Link mine, Publication publication, Throwable failure) {
    if (mine == link) {
      inFlight--;
    }
    publication.end(
        failure == null ? null : Failures.explain(endpoint, failure, true, Optional.empty()));
    if (linger != null) {
      linger.cancel(false);
    }
    linger = later(LINGER_SECONDS * 1_000L, () -> run(this::rest));
    send();
  }

  private void connect() {
    attempts++;
    state = State.CONNECTING;
    try {
      BrokerSettings settings = access.settings();
      String password =
          settings.password().isEmpty()
              ? ""
              : access.secret(settings.password()).orElseThrow(() -> Failures.noSecrets(endpoint));
      link =
          new Link(
              endpoint,
              settings,
              settings.clientId().isEmpty() ? randomId : settings.clientId(),
              control,
              events);
      Link mine = link;
      timer =
          later(
              times.attemptMillis(),
              () ->
                  broken(
                      mine,
                      Failures.noAnswer(
                          endpoint, endpoint.scheme().equals("mqtts"), times.attemptMillis())));
      link.connect(settings.user(), password);
    } catch (DeviceException e) {
      broken(link, e);
    }
  }

  private void connected(Link which) {
    if (which != link || state != State.CONNECTING) {
      return;
    }
    cancelTimer();
    state = State.UP;
    backOffMillis = times.firstMillis();
    if (outage != null) {
      LOG.info(
          "MQTT broker {} is back after {} s and {} attempts",
          endpoint,
          TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - awayNanos),
          attempts);
    }
    outage = null;
    told = false;
    attempts = 0;
    inFlight = 0;
    for (Subscription subscription : subscriptions) {
      subscription.forget();
      ask(subscription);
    }
    send();
    rest();
  }

  private void ask(Subscription subscription) {
    Link mine = link;
    mine.subscribe(subscription.filters)
        .whenComplete(
            (refused, failure) ->
                run(
                    () -> {
                      if (mine == link && subscriptions.contains(subscription)) {
                        answered(subscription, refused, failure);
                      }
                    }));
  }

  private void answered(Subscription subscription, List<String> refused, Throwable failure) {
    if (failure != null) {
      return; // The connection is going down; that is told by itself.
    }
    if (refused.isEmpty()) {
      subscription.mailbox.connected();
      return;
    }
    DeviceException why = Failures.subscription(endpoint, String.join(", ", refused));
    LOG.warn(why.getMessage());
    subscription.mailbox.broken(why);
    Link mine = link;
    later(
        REFUSED_SECONDS * 1_000L,
        () -> {
          if (mine == link && state == State.UP && subscriptions.contains(subscription)) {
            ask(subscription);
          }
        });
  }

  private void broken(Link which, DeviceException why) {
    if (which != link || state == State.CLOSED || state == State.IDLE || state == State.WAITING) {
      return;
    }
    drop();
    state = State.WAITING;
    boolean first = outage == null;
    // From "nobody there" to "not with this password" is news worth telling.
    boolean news = first || unreachable(outage) != unreachable(why);
    outage = why;
    if (first) {
      awayNanos = System.nanoTime();
      LOG.warn(
          "MQTT broker {} is away: {} Trying again in {} to {} s.",
          endpoint,
          why.getMessage(),
          times.firstMillis() / 1_000,
          times.lastMillis() / 1_000);
    } else {
      LOG.debug("MQTT broker {} is still away: {}", endpoint, why.getMessage());
    }
    if (news) {
      told = true;
      for (Subscription subscription : subscriptions) {
        subscription.mailbox.broken(why);
      }
    }
    for (Publication publication : List.copyOf(waiting)) {
      publication.end(why);
    }
    if (!wanted()) {
      rest();
      return;
    }
    long wait = (long) (backOffMillis * ThreadLocalRandom.current().nextDouble(0.75, 1.25));
    backOffMillis = Math.min(2 * backOffMillis, times.lastMillis());
    timer =
        later(
            wait,
            () -> {
              if (state == State.WAITING) {
                connect();
              }
            });
  }

  private static boolean unreachable(DeviceException why) {
    return switch (why.kind()) {
      case UNREACHABLE, TIMEOUT, DISCONNECTED -> true;
      default -> false;
    };
  }

  /** Ends the link and every timer; idle afterwards, unless closed. */
  private void drop() {
    cancelTimer();
    if (linger != null) {
      linger.cancel(false);
      linger = null;
    }
    Link old = link;
    link = null;
    if (state != State.CLOSED) {
      state = State.IDLE;
    }
    if (old != null) {
      old.dispose();
    }
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
  }

  private Future<?> later(long millis, Runnable task) {
    return control.schedule(() -> guarded(task), millis, TimeUnit.MILLISECONDS);
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      LOG.error("MQTT broker {}: a fault of the hub, connecting anew", endpoint, e);
      recover(e);
    }
  }

  // ---------------------------------------------------------------- Paho's callback thread

  private void dispatch(Message message) {
    List<Subscription> takers;
    synchronized (byTopic) {
      List<Subscription> all = subscriptions;
      if (byTopicOf != all || byTopic.size() >= CACHED) {
        byTopic.clear();
        byTopicOf = all;
      }
      takers =
          byTopic.computeIfAbsent(
              message.topic(),
              topic ->
                  all.stream()
                      .filter(s -> s.filters.stream().anyMatch(f -> TopicFilter.matches(f, topic)))
                      .toList());
    }
    for (Subscription subscription : takers) {
      subscription.received(message);
    }
  }
}
