package org.commonshub.apps.host;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.commonshub.apps.desk.api.AppManifest.DataRequest;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/**
 * The gate's view, no wider than the manifest: purposes and terms that it does not declare are
 * refused, values are counted, and listeners run on the app's thread. Any thread.
 */
final class Energy implements EnergyData {
  /** Releases that wait for one listener. */
  static final int WAITING = 16;

  /** Flows of one app. */
  static final int FLOWS = 32;

  private final EnergyData view;
  private final Map<Purpose, DataRequest> declared;
  private final HubClock clock;
  private final Supplier<ZoneId> zone;
  private final Egress egress;
  private final AppThread thread;
  private final Day day;
  private final Log log;
  private final Runnable alive;
  private final Set<Listening> flows = new HashSet<>();
  private boolean closed;

  Energy(
      EnergyData view,
      List<DataRequest> declared,
      HubClock clock,
      Supplier<ZoneId> zone,
      Egress egress,
      AppThread thread,
      Day day,
      Log log,
      Runnable alive) {
    this.view = view;
    this.declared =
        declared.stream().collect(Collectors.toUnmodifiableMap(DataRequest::purpose, r -> r));
    this.clock = clock;
    this.zone = zone;
    this.egress = egress;
    this.thread = thread;
    this.day = day;
    this.log = log;
    this.alive = alive;
  }

  @Override
  public Recipient recipient() {
    alive.run();
    return view.recipient();
  }

  @Override
  public Grant ask(Terms asked, String text) throws TermsException {
    alive.run();
    Purpose purpose =
        asked
            .purposes()
            .filter(purposes -> purposes.size() == 1)
            .map(purposes -> purposes.iterator().next())
            .orElseThrow(() -> new TermsException("purposes: one at a time"));
    DataRequest request = declared.get(purpose);
    if (request == null) {
      throw new TermsException("purposes: the app's manifest does not ask for data for " + purpose);
    }
    if (!asked.within(request.terms())) {
      throw new TermsException("The app's manifest asks for less than this for " + purpose + ".");
    }
    Instant last = clock.now().atZone(zone.get()).plus(request.duration()).toInstant();
    if (asked.until().map(until -> until.isAfter(last)).orElse(false)) {
      throw new TermsException("until: the app's manifest asks for " + request.duration());
    }
    thread.enter();
    try {
      return view.ask(asked, text);
    } finally {
      thread.leave();
    }
  }

  @Override
  public List<Grant> grants() {
    alive.run();
    return view.grants().stream().filter(g -> declared.containsKey(g.purpose())).toList();
  }

  @Override
  public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
    check(purpose);
    Release release;
    thread.enter();
    try {
      release = view.read(purpose, from, to);
      if (release.size() > 0) {
        given(purpose);
      }
    } finally {
      thread.leave();
    }
    alive.run();
    day.values(release.size());
    return release;
  }

  @Override
  public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
    Objects.requireNonNull(listener, "listener");
    check(purpose);
    Listening flow = new Listening(purpose, listener);
    synchronized (flows) {
      if (closed || flows.size() >= FLOWS) {
        throw new IllegalStateException("An app has at most " + FLOWS + " subscriptions.");
      }
      flows.add(flow);
    }
    try {
      flow.begin(view.subscribe(purpose, flow::released));
    } catch (RefusedException | RuntimeException e) {
      flow.close();
      throw e;
    }
    return flow;
  }

  private void check(Purpose purpose) throws RefusedException {
    alive.run();
    if (!declared.containsKey(purpose)) {
      throw new RefusedException(
          RefusedException.Reason.NO_CONSENT,
          "The app's manifest does not ask for data for " + word(purpose) + ".");
    }
  }

  /** Remembers where the values may go, before the app has them. */
  private void given(Purpose purpose) throws RefusedException {
    Optional<Grant> grant =
        view.grants().stream()
            .filter(g -> g.purpose() == purpose && g.state() == Grant.State.OPEN)
            .findFirst();
    if (grant.isEmpty()) {
      throw new RefusedException(
          RefusedException.Reason.ENDED, "The consent ended while its data was being read.");
    }
    try {
      egress.received(purpose, grant.get().terms());
    } catch (IOException e) {
      throw new RefusedException(
          RefusedException.Reason.POLICY,
          "The hub's disk failed, so it could not note where this data may go; nothing is"
              + " released.");
    }
  }

  private static String word(Purpose purpose) {
    return purpose.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  void close() {
    Set<Listening> all;
    synchronized (flows) {
      closed = true;
      all = Set.copyOf(flows);
    }
    all.forEach(Listening::close);
  }

  /** A subscription: the gate's thread puts releases here, the app's takes them. */
  private final class Listening implements Flow {
    private final Purpose purpose;
    private final Consumer<Release> listener;
    private final ArrayDeque<Release> waiting = new ArrayDeque<>(2);
    private Flow flow;
    private boolean scheduled;
    private boolean over;

    Listening(Purpose purpose, Consumer<Release> listener) {
      this.purpose = purpose;
      this.listener = listener;
    }

    void begin(Flow begun) {
      synchronized (this) {
        flow = begun;
        if (!over) {
          return;
        }
      }
      begun.close();
    }

    void released(Release release) {
      if (release.size() > 0) {
        try {
          given(purpose);
        } catch (RefusedException e) {
          log.hub(e.getMessage());
          return;
        }
      }
      boolean dropped;
      boolean schedule;
      synchronized (this) {
        if (over) {
          return;
        }
        dropped = waiting.size() == WAITING;
        if (dropped) {
          waiting.remove();
        }
        waiting.add(release);
        schedule = !scheduled;
        scheduled = true;
      }
      if (dropped) {
        log.hub("It was too slow for its data for " + word(purpose) + ": the oldest were dropped.");
      }
      if (schedule) {
        thread.execute(this::deliver);
      }
    }

    private void deliver() {
      Release release;
      boolean more;
      synchronized (this) {
        release = over ? null : waiting.poll();
        more = waiting.size() > 0 && !over;
        scheduled = more;
      }
      if (more) {
        thread.execute(this::deliver);
      }
      if (release != null) {
        day.values(release.size());
        listener.accept(release);
      }
    }

    @Override
    public void close() {
      Flow begun;
      synchronized (this) {
        if (over) {
          return;
        }
        over = true;
        waiting.clear();
        begun = flow;
      }
      synchronized (flows) {
        flows.remove(this);
      }
      if (begun != null) {
        begun.close();
      }
    }
  }
}
