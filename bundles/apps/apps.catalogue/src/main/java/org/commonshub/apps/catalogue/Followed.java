package org.commonshub.apps.catalogue;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
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

/**
 * One followed catalogue. Documents are read again from the disk whenever they are needed, and
 * listings when memory was short.
 */
final class Followed {
  private final String name;
  private final Store store;
  private SoftReference<List<Listing>> listings = new SoftReference<>(null);
  private WeakReference<Complete> listed = new WeakReference<>(null);
  private State summary;
  private Optional<Instant> expires = Optional.empty();
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

  private List<Listing> take(State state) {
    Complete set = state.complete().orElse(null);
    List<Listing> all = listings.get();
    // The steps of a refresh keep one set of documents under one root.
    if (all == null
        || set == null
        || !listed.refersTo(set)
        || summary.root().version() != state.root().version()) {
      List<String> problems = new ArrayList<>();
      all =
          set == null
              ? List.of()
              : Offers.all(name, state.root(), set.targets(), set.providers(), problems);
      listingProblem =
          problems.isEmpty()
              ? Optional.empty()
              : Optional.of(problems.get(0) + more(problems.size() - 1));
    }
    listings = new SoftReference<>(all);
    listed = new WeakReference<>(set);
    expires = state.complete().map(s -> s.expires(state.root()));
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
    return all;
  }

  private static String more(int count) {
    return count == 0 ? "" : " (and " + count + " more)";
  }

  synchronized State state() throws IOException, MetadataException {
    return store.load();
  }

  synchronized List<Listing> listings() throws IOException, MetadataException {
    List<Listing> all = listings.get();
    return all == null ? take(store.load()) : all;
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
    } else if (expires.isEmpty()) {
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
  Evidence evidence(State state, Listing listing) throws MetadataException {
    Complete set = state.complete().orElseThrow(() -> new MetadataException("nothing is listed"));
    String provider = listing.manifest().provider().id();
    Targets own = set.providers().get(provider);
    if (own == null) {
      throw new MetadataException("nobody vouches for " + provider);
    }
    return new Evidence(
        name,
        state.fingerprint(),
        provider,
        listing.path(),
        state.root().envelope().raw(),
        set.targets().envelope().raw(),
        own.envelope().raw());
  }

  /**
   * What a file has to be: as it is listed now, or else as it was when it was fetched, if the keys
   * that said so still count.
   */
  synchronized Listing vouched(Evidence evidence) throws IOException, MetadataException {
    if (!evidence.fingerprint().equals(summary.fingerprint())) {
      throw new MetadataException("it came from another catalogue that had the name " + name);
    }
    for (Listing listing : listings()) {
      if (listing.path().equals(evidence.path())) {
        return listing;
      }
    }
    State state = store.load();
    Root then = Root.parse(evidence.root());
    if (!Keys.sha256(evidence.root()).equals(state.roots().get(then.version()))) {
      throw new MetadataException("its root was never one of the catalogue's");
    }
    Targets targets = Targets.parse(evidence.targets());
    Targets own = Targets.parse(evidence.own());
    Optional<Complete> set = state.complete();
    Root root = set.isPresent() ? state.root() : then;
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
