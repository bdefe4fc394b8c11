package org.commonshub.testing.tck;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Supplier;
import org.commonshub.apps.api.App;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.Card;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.ManifestCodec;
import org.commonshub.apps.desk.api.ManifestException;
import org.commonshub.testing.fakes.FakeHomeProfile;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * A hub for one app, in a test: every service that an app gets, bounded by the app's own manifest,
 * with a clock that moves only when told. At the beginning the person has said yes to everything
 * the manifest asks for. The test's thread is the app's: what completes later (answers, timers,
 * data) waits until {@link #run} or {@link #advance}. What the app throws reaches the test.
 */
public final class AppHarness {
  private final AppManifest manifest;
  private final FakeHubClock clock;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private final Set<String> hosts = new HashSet<>();
  private final HarnessEnergy energy;
  private final HarnessHttp http;
  private final HarnessActuators actuators;
  private final HarnessStore store;
  private final HarnessTimers timers;
  private final HarnessLog log;
  private final HarnessLicence licence;
  private FakeHomeProfile profile = new FakeHomeProfile();
  private Optional<AppHome.Place> place;
  private App app;

  private AppHarness(AppManifest manifest, Instant start) {
    this.manifest = manifest;
    clock = new FakeHubClock(start);
    manifest.hosts().forEach(request -> hosts.add(request.host()));
    place = manifest.place().map(why -> new AppHome.Place(419, 125));
    energy = new HarnessEnergy(this);
    http = new HarnessHttp(this);
    actuators = new HarnessActuators(this);
    store = new HarnessStore(manifest.resources().storageKb() * 1024);
    timers = new HarnessTimers(this);
    log = new HarnessLog(this);
    licence = new HarnessLicence(this);
  }

  /** For an app with that manifest, in Rome, at 2026-01-15T12:00:00Z. */
  public static AppHarness of(AppManifest manifest) {
    return new AppHarness(manifest, FakeHubClock.START);
  }

  /** The same, beginning at another instant. */
  public static AppHarness of(AppManifest manifest, Instant start) {
    return new AppHarness(manifest, start);
  }

  /**
   * The manifest of the app under test: {@code HUB-INF/app.json} of the class path.
   *
   * @throws IllegalStateException if there is none, or the hub would not take it
   */
  public static AppManifest manifestOnClassPath() {
    try (InputStream in =
        AppHarness.class.getClassLoader().getResourceAsStream(ManifestCodec.PATH)) {
      if (in == null) {
        throw new IllegalStateException("there is no " + ManifestCodec.PATH + " on the class path");
      }
      return ManifestCodec.read(in.readNBytes(ManifestCodec.MAX_BYTES + 1));
    } catch (IOException | ManifestException e) {
      throw new IllegalStateException(ManifestCodec.PATH + ": " + e.getMessage(), e);
    }
  }

  /** What the app says of itself. */
  public AppManifest manifest() {
    return manifest;
  }

  /** The hub's clock; move it by {@link #advance}. */
  public FakeHubClock clock() {
    return clock;
  }

  /** Another time zone of the home. */
  public AppHarness zone(String zone) {
    profile =
        new FakeHomeProfile(
            profile.name(),
            ZoneId.of(zone),
            profile.language(),
            profile.currency(),
            profile.importPriceMicros(),
            profile.exportPriceMicros());
    return this;
  }

  /** Other prices, in micro-units of the currency per kWh. */
  public AppHarness prices(String currency, long importMicros, long exportMicros) {
    profile =
        new FakeHomeProfile(
            profile.name(),
            profile.zone(),
            profile.language(),
            currency,
            importMicros,
            exportMicros);
    return this;
  }

  /** Where the home is, or that the person does not tell; the manifest has to ask for it. */
  public AppHarness place(Optional<AppHome.Place> value) {
    if (value.isPresent() && manifest.place().isEmpty()) {
      throw new IllegalArgumentException("the manifest does not ask where the home is");
    }
    place = value;
    return this;
  }

  /** The person says no to everything: data, hosts, actuators, place. */
  public AppHarness refuseAll() {
    manifest.data().forEach(request -> energy.close(request.purpose()));
    manifest.hosts().forEach(request -> refuseHost(request.host()));
    manifest.actuators().forEach(request -> actuators.refuse(request.key()));
    place = Optional.empty();
    return this;
  }

  /** The person says no to a host. */
  public AppHarness refuseHost(String host) {
    hosts.remove(host);
    return this;
  }

  boolean granted(String host) {
    return hosts.contains(host);
  }

  /** Data of the home: give it values with {@link HarnessEnergy#give}. */
  public HarnessEnergy energy() {
    return energy;
  }

  /** What every app knows of the home. */
  public AppHome home() {
    return new Home();
  }

  /** Hosts outside, which answer as told. */
  public HarnessHttp http() {
    return http;
  }

  /** Devices of the home. */
  public HarnessActuators actuators() {
    return actuators;
  }

  /** What the app keeps; stays over {@link #stop} and {@link #start}. */
  public HarnessStore store() {
    return store;
  }

  /** The app's timers. */
  public HarnessTimers timers() {
    return timers;
  }

  /** The app's log. */
  public HarnessLog log() {
    return log;
  }

  /** What was bought. */
  public HarnessLicence licence() {
    return licence;
  }

  /** Starts the app and runs what waits. */
  public App start(Supplier<? extends App> constructor) {
    if (app != null) {
      throw new IllegalStateException("an app runs already");
    }
    app = constructor.get();
    run();
    return app;
  }

  /**
   * Stops the app as the hub does at a restart: timers and flows end, actuators are handed back,
   * answers under way are forgotten; the store and the consents stay. Call the app's deactivate
   * method before.
   */
  public void stop() {
    app = null;
    waiting.clear();
    timers.end();
    energy.end();
    actuators.end();
  }

  /** Runs what waits for the app's thread, until nothing waits. */
  public void run() {
    for (int i = 0; !waiting.isEmpty(); i++) {
      if (i == 100_000) {
        throw new AssertionError("the app keeps its thread busy for ever");
      }
      waiting.remove().run();
    }
  }

  /** Lets time pass: timers run, data is released and leases end, each at its instant. */
  public void advance(Duration by) {
    run();
    long end = clock.monotonicNanos() + by.toNanos();
    while (true) {
      long next = Math.min(timers.next(), energy.next());
      long step = Math.min(next, end) - clock.monotonicNanos();
      if (step > 0) {
        clock.advance(Duration.ofNanos(step));
      }
      if (next > end) {
        return;
      }
      energy.release();
      timers.fire();
      run();
    }
  }

  /** What the app shows in English, checked as the console does. */
  public List<Card> cards() {
    return cards(Locale.ENGLISH);
  }

  /** What the app shows, checked as the console does. */
  public List<Card> cards(Locale locale) {
    List<Card> cards = List.copyOf(running().cards(locale));
    run();
    if (cards.size() > Card.MAX_CARDS) {
      throw new AssertionError("an app has at most " + Card.MAX_CARDS + " cards");
    }
    Set<String> forms = new HashSet<>();
    for (Card.Form form : elements(cards, Card.Form.class)) {
      Set<String> fields = new HashSet<>();
      if (!forms.add(form.id()) || !form.fields().stream().allMatch(f -> fields.add(f.id()))) {
        throw new AssertionError("ids of forms and fields are there once: " + form.id());
      }
    }
    return cards;
  }

  /** All elements of a kind, from top to bottom. */
  public static <T extends Card.Element> List<T> elements(List<Card> cards, Class<T> type) {
    List<T> found = new ArrayList<>();
    for (Card card : cards) {
      card.elements().stream().filter(type::isInstance).map(type::cast).forEach(found::add);
    }
    return found;
  }

  /** The value of the figure with that label in English. */
  public Optional<BigDecimal> figure(String label) {
    return elements(cards(), Card.Figure.class).stream()
        .filter(figure -> figure.label().equals(label))
        .map(Card.Figure::value)
        .findFirst();
  }

  /**
   * Sends a form in English, checked as the hub does: the form and all its fields are shown, and
   * each value is of its field's kind and within its bounds.
   *
   * @return why it was not taken; empty if it was
   */
  public Optional<String> submit(String form, Map<String, String> values) {
    Card.Form shown =
        elements(cards(), Card.Form.class).stream()
            .filter(f -> f.id().equals(form))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no card shows the form " + form));
    for (Card.Field field : shown.fields()) {
      if (!fits(field, values.get(field.id()))) {
        throw new IllegalArgumentException(
            "the hub does not let '" + values.get(field.id()) + "' into the field " + field.id());
      }
    }
    if (values.size() != shown.fields().size()) {
      throw new IllegalArgumentException("the form " + form + " has no more fields than it shows");
    }
    Optional<String> refusal = running().submit(form, values, Locale.ENGLISH);
    run();
    return refusal;
  }

  private static boolean fits(Card.Field field, String value) {
    if (value == null || value.length() > 200) {
      return false;
    }
    return switch (field.kind()) {
      case TEXT -> true;
      case SWITCH -> value.equals("true") || value.equals("false");
      case CHOICE -> field.choices().containsKey(value);
      case TIME -> value.matches("([01][0-9]|2[0-3]):[0-5][0-9]");
      case NUMBER ->
          value.matches("-?[0-9]{1,12}(\\.[0-9]{1,9})?")
              && field.min().map(m -> m.compareTo(new BigDecimal(value)) <= 0).orElse(true)
              && field.max().map(m -> m.compareTo(new BigDecimal(value)) >= 0).orElse(true);
    };
  }

  /** Why the app cannot do its work. */
  public Optional<String> problem() {
    Optional<String> problem = running().problem();
    run();
    return problem;
  }

  private App running() {
    if (app == null) {
      throw new IllegalStateException("no app runs; start one");
    }
    return app;
  }

  /** Has something done on the app's thread, later. */
  void later(Runnable task) {
    waiting.add(task);
  }

  private final class Home implements AppHome {
    @Override
    public Instant now() {
      return clock.now();
    }

    @Override
    public long monotonicNanos() {
      return clock.monotonicNanos();
    }

    @Override
    public ZoneId zone() {
      return profile.zone();
    }

    @Override
    public String currency() {
      return profile.currency();
    }

    @Override
    public long importPriceMicros() {
      return profile.importPriceMicros();
    }

    @Override
    public long exportPriceMicros() {
      return profile.exportPriceMicros();
    }

    @Override
    public Optional<Place> place() {
      return place;
    }
  }
}
