package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.commonshub.apps.catalogue.Metadata.Root;
import org.commonshub.apps.catalogue.Metadata.Target;
import org.commonshub.apps.catalogue.Metadata.Targets;
import org.commonshub.apps.catalogue.State.Complete;
import org.commonshub.apps.desk.api.Catalogues.Source;
import org.commonshub.apps.desk.api.Listing;

/** One followed catalogue. What is large is read again from the disk when memory was needed. */
final class Followed {
  private record Loaded(State state, List<Listing> listings) {}

  private final String name;
  private final Store store;
  private SoftReference<Loaded> loaded = new SoftReference<>(null);
  private State summary;
  private Optional<Instant> expires = Optional.empty();
  private boolean whole;
  private boolean gone;
  private Optional<String> listingProblem = Optional.empty();
  private Optional<String> problem = Optional.empty();
  private Optional<Source> told = Optional.empty();
  private Optional<CompletableFuture<Source>> running = Optional.empty();

  Followed(String name, Path folder) {
    this.name = name;
    this.store = new Store(folder);
  }

  String name() {
    return name;
  }

  /** Reads what is kept. */
  synchronized void open() throws IOException, MetadataException {
    take(store.load());
  }

  /** Keeps a state. */
  synchronized void keep(State state) throws IOException {
    if (gone) {
      throw new IOException("it is not followed any more");
    }
    store.keep(state);
    take(state);
  }

  private Loaded take(State state) {
    List<String> problems = new ArrayList<>();
    List<Listing> listings =
        state
            .complete()
            .map(set -> Offers.all(name, state.root(), set.targets(), set.providers(), problems))
            .orElse(List.of());
    listingProblem =
        problems.isEmpty()
            ? Optional.empty()
            : Optional.of(problems.get(0) + more(problems.size() - 1));
    expires = state.complete().map(set -> set.expires(state.root()));
    whole = state.complete().isPresent();
    summary =
        new State(
            state.url(),
            state.fingerprint(),
            state.root(),
            state.roots(),
            state.floors(),
            state.time(),
            state.updated(),
            Optional.empty());
    Loaded all = new Loaded(state, listings);
    loaded = new SoftReference<>(all);
    return all;
  }

  private static String more(int count) {
    return count == 0 ? "" : " (and " + count + " more)";
  }

  private Loaded all() throws IOException, MetadataException {
    Loaded all = loaded.get();
    return all == null ? take(store.load()) : all;
  }

  synchronized State state() throws IOException, MetadataException {
    return all().state;
  }

  synchronized List<Listing> listings() throws IOException, MetadataException {
    return all().listings;
  }

  synchronized void delete() throws IOException {
    gone = true;
    store.delete();
  }

  synchronized void problem(Optional<String> what) {
    problem = what;
  }

  /** The refresh under way, or a new one. */
  synchronized CompletableFuture<Source> refreshing(Runnable start) {
    if (running.isEmpty()) {
      running = Optional.of(new CompletableFuture<>());
      start.run();
    }
    return running.get();
  }

  /** Ends the refresh under way. */
  void refreshed(Source source) {
    Optional<CompletableFuture<Source>> ended;
    synchronized (this) {
      ended = running;
      running = Optional.empty();
    }
    ended.ifPresent(future -> future.complete(source));
  }

  /** The latest instant that somebody vouched for. */
  synchronized Instant now(Optional<Instant> trusted) {
    Instant own = summary.time().orElse(Instant.EPOCH);
    return trusted.filter(own::isBefore).orElse(own);
  }

  synchronized Source source(Optional<Instant> trusted) {
    Instant now = now(trusted);
    Source.State state = Source.State.FRESH;
    Duration limit = Duration.ofDays(summary.root().frozenDays());
    if (summary.time().isPresent() && now.isAfter(summary.time().get().plus(limit))) {
      state = Source.State.FROZEN;
    } else if (!whole) {
      state = Source.State.NEW;
    } else if (!now.isBefore(expires.get())) {
      state = Source.State.EXPIRED;
    }
    return new Source(
        name,
        summary.url(),
        summary.root().operator(),
        summary.fingerprint(),
        state,
        summary.updated(),
        expires,
        problem.isPresent() ? problem : listingProblem);
  }

  /** Whether that has not been told yet. */
  synchronized boolean news(Source source) {
    boolean news = told.isEmpty() || !told.get().equals(source);
    told = Optional.of(source);
    return news;
  }

  /** What vouches for a listing now, to be kept beside the file. */
  synchronized Evidence evidence(Listing listing) throws IOException, MetadataException {
    State state = all().state;
    Complete set = state.complete().orElseThrow(() -> new MetadataException("nothing is listed"));
    String provider = listing.manifest().provider().id();
    return new Evidence(
        name,
        state.fingerprint(),
        provider,
        listing.path(),
        state.root().envelope().raw(),
        set.targets().envelope().raw(),
        set.providers().get(provider).envelope().raw());
  }

  /**
   * What a file has to be: as it is listed now, or else as it was when it was fetched, if the keys
   * that said so still count.
   */
  synchronized Listing vouched(Evidence evidence) throws IOException, MetadataException {
    Loaded all = all();
    if (!evidence.fingerprint().equals(all.state.fingerprint())) {
      throw new MetadataException("it came from another catalogue that had the name " + name);
    }
    for (Listing listing : all.listings) {
      if (listing.path().equals(evidence.path())) {
        return listing;
      }
    }
    Root then = Root.parse(evidence.root());
    if (!Keys.sha256(evidence.root()).equals(all.state.roots().get(then.version()))) {
      throw new MetadataException("its root was never one of the catalogue's");
    }
    Targets targets = Targets.parse(evidence.targets());
    Targets own = Targets.parse(evidence.own());
    Optional<Complete> set = all.state.complete();
    Root root = set.isPresent() ? all.state.root() : then;
    Targets delegating = set.map(Complete::targets).orElse(targets);
    root.role("targets").verify(targets.envelope());
    Role provider = delegating.delegations().get(evidence.provider());
    if (provider == null) {
      throw new MetadataException(
          "the catalogue " + name + " does not vouch for " + evidence.provider() + " any more");
    }
    provider.verify(own.envelope());
    Listing listing = Offers.one(name, root, targets, evidence.provider(), own, evidence.path());
    Target listed = delegating.targets().get(evidence.path());
    if (listed == null) {
      return listing;
    }
    Optional<String> withdrawn = Offers.withdrawn(listed);
    return withdrawn.isEmpty()
        ? listing
        : new Listing(
            listing.source(),
            listing.operator(),
            listing.manifest(),
            listing.path(),
            listing.length(),
            listing.sha256(),
            listing.feePermille(),
            withdrawn,
            listing.providerKeys(),
            listing.operatorKeys());
  }
}
