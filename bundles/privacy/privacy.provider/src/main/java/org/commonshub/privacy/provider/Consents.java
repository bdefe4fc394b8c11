package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.commonshub.privacy.api.EnergyData.Grant;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.RefusedException.Reason;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands, and the one place where a release is let through. What restricts counts from the
 * moment it is said and is then made durable; what opens is durable before it counts. Any thread.
 */
final class Consents {
  private static final Logger LOG = LoggerFactory.getLogger(Consents.class);
  private static final Duration KEPT = Duration.ofDays(366);

  private final Path file;
  private final TrustedTime time;
  private final Bounds bounds;
  private final Function<Terms, Optional<String>> missing;
  private final Predicate<Recipient> ambiguous;
  private final Object writing = new Object();
  private final Map<String, Effective> effective = new ConcurrentHashMap<>();
  private Book book;
  private Map<Key, Given> live = Map.of();
  private Optional<String> broken = Optional.empty();
  private boolean unsaved;

  private record Key(Recipient recipient, Purpose purpose) {}

  private record Effective(int revision, Terms terms, String problem) {}

  /**
   * Reads what stood.
   *
   * @param missing which policy terms lack now
   * @param ambiguous whether nobody knows which of two bundles a recipient is
   */
  Consents(
      Path file,
      TrustedTime time,
      Bounds bounds,
      Function<Terms, Optional<String>> missing,
      Predicate<Recipient> ambiguous) {
    this.file = file;
    this.time = time;
    this.bounds = bounds;
    this.missing = missing;
    this.ambiguous = ambiguous;
    load();
  }

  /** Reads the file afresh. */
  final void load() {
    synchronized (writing) {
      try {
        Book read = Book.read(file);
        synchronized (this) {
          broken = Optional.empty();
          put(read);
        }
      } catch (IOException e) {
        String text =
            "What was consented to cannot be read, so nothing is released: "
                + Texts.reason(e)
                + ". Restore a backup, or remove the file and consent again.";
        LOG.warn("{}", text);
        synchronized (this) {
          put(Book.EMPTY);
          broken = Optional.of(text);
        }
      }
    }
  }

  private void put(Book now) {
    Map<Key, Given> index = new HashMap<>();
    for (Given given : now.consents()) {
      time.seen(given.given());
      given.end().ifPresent(e -> time.seen(e.instant()));
      if (given.end().isEmpty()) {
        index.put(new Key(given.recipient(), given.purpose()), given);
      }
    }
    book = now;
    live = index;
    effective.keySet().retainAll(index.values().stream().map(Given::id).toList());
  }

  synchronized Book book() {
    return book;
  }

  /** Why nothing at all is released, if so. */
  synchronized Optional<String> problem() {
    return broken.or(bounds.floor()::problem);
  }

  Instant now() {
    return time.now();
  }

  Bounds bounds() {
    return bounds;
  }

  /** Changes what stands, and takes effect before it is durable: for what restricts. */
  void restrict(UnaryOperator<Book> change) throws IOException {
    synchronized (writing) {
      check();
      Book next;
      synchronized (this) {
        next = tidy(change.apply(book));
        put(next);
        unsaved = true;
      }
      save(next);
    }
  }

  /** Changes what stands, durable before it takes effect. */
  void widen(UnaryOperator<Book> change) throws IOException {
    synchronized (writing) {
      check();
      Book next = tidy(change.apply(book()));
      save(next);
      synchronized (this) {
        put(next);
      }
    }
  }

  /** Tries again what could not be written. */
  void retry() throws IOException {
    synchronized (writing) {
      boolean again;
      synchronized (this) {
        again = unsaved && broken.isEmpty();
      }
      if (again) {
        save(book());
      }
    }
  }

  private void save(Book next) throws IOException {
    next.write(file);
    synchronized (this) {
      unsaved = false;
    }
  }

  private synchronized void check() throws IOException {
    if (broken.isPresent()) {
      throw new IOException(broken.get());
    }
  }

  /** Without what is over for a year. */
  private Book tidy(Book now) {
    Instant limit = time.now().minus(KEPT);
    List<Given> kept = new ArrayList<>(now.consents());
    kept.removeIf(
        g ->
            g.end()
                .map(Given.End::instant)
                .orElse(g.terms().until().orElseThrow())
                .isBefore(limit));
    List<Ask> asks = new ArrayList<>(now.asks());
    asks.removeIf(
        a -> a.refused().map(r -> r.isBefore(time.now().minus(Asking.REFUSED))).orElse(false));
    return now.consents(kept).asks(asks);
  }

  /** Where a recipient stands with a purpose. */
  Standing standing(Recipient recipient, Purpose purpose) {
    Given given;
    Book now;
    Optional<String> problem;
    synchronized (this) {
      given = live.get(new Key(recipient, purpose));
      now = book;
      problem = problem();
    }
    if (problem.isPresent()) {
      return closed(purpose, Reason.POLICY, problem.get(), given);
    }
    if (ambiguous.test(recipient)) {
      return closed(
          purpose,
          Reason.NO_CONSENT,
          "Two bundles are named " + recipient.name() + ": neither gets anything.",
          given);
    }
    return given == null ? none(now, recipient, purpose) : of(given, now.paused());
  }

  private Standing of(Given given, boolean paused) {
    Purpose purpose = given.purpose();
    Instant now = time.now();
    if (!now.isBefore(given.terms().until().orElseThrow())) {
      return closed(purpose, Reason.ENDED, "The consent is at its end.", given);
    }
    if (given.terms().from().map(now::isBefore).orElse(false)) {
      return closed(
          purpose,
          Reason.OUT_OF_BOUNDS,
          "The consent begins at " + given.terms().from().orElseThrow() + ".",
          given);
    }
    Effective terms = effective(given);
    if (terms.terms() == null) {
      return closed(
          purpose, Reason.POLICY, "The operator's floor leaves nothing: " + terms.problem(), given);
    }
    if (paused) {
      return new Standing(
          purpose,
          Grant.State.PAUSED,
          Reason.PAUSED,
          "The person who lives here paused everything.",
          given,
          terms.terms());
    }
    if (!given.paid(now)) {
      return closed(purpose, Reason.UNPAID, "The price of this period is not paid.", given);
    }
    Optional<String> policy = missing.apply(terms.terms());
    return policy.isPresent()
        ? closed(purpose, Reason.POLICY, policy.get(), given)
        : new Standing(purpose, Grant.State.OPEN, null, "", given, terms.terms());
  }

  private Effective effective(Given given) {
    int revision = bounds.floor().revision();
    Effective known = effective.get(given.id());
    if (known != null && known.revision() == revision) {
      return known;
    }
    Effective fresh;
    try {
      fresh =
          new Effective(
              revision,
              given.terms().meet(bounds.floor().terms(given.recipient(), given.purpose())),
              "");
    } catch (TermsException e) {
      fresh = new Effective(revision, null, e.getMessage());
    }
    effective.put(given.id(), fresh);
    return fresh;
  }

  private Standing none(Book now, Recipient recipient, Purpose purpose) {
    Optional<Ask> ask = now.asks().stream().filter(a -> a.by(recipient, purpose)).findFirst();
    if (ask.isPresent() && ask.get().refused().isEmpty()) {
      return new Standing(
          purpose,
          Grant.State.ASKED,
          Reason.NO_CONSENT,
          "The person who lives here has not answered yet.",
          null,
          ask.get().asked());
    }
    String text =
        ask.isPresent()
            ? "The person who lives here said no."
            : now.consents().stream().anyMatch(g -> g.ask().by(recipient, purpose))
                ? "The consent was withdrawn."
                : "Nobody consented to this.";
    return new Standing(purpose, Grant.State.CLOSED, Reason.NO_CONSENT, text, null, Terms.ANY);
  }

  private static Standing closed(Purpose purpose, Reason reason, String text, Given given) {
    return new Standing(
        purpose,
        Grant.State.CLOSED,
        reason,
        text,
        given,
        given == null ? Terms.ANY : given.terms());
  }

  /** Where a consent stands that is not replaced or withdrawn. */
  Standing standing(Given given) {
    return standing(given.recipient(), given.purpose());
  }

  /**
   * Lets a release through, if it may go now: nothing that restricts gets between the look and
   * {@code release}, which is quick.
   *
   * @param rests what the release was made under
   */
  synchronized void admit(Standing rests, Runnable release) throws RefusedException {
    Standing now = standing(rests.given()).orRefuse();
    if (!now.given().id().equals(rests.given().id())
        || now.terms() != rests.terms() && !now.terms().equals(rests.terms())) {
      throw new RefusedException(Reason.ENDED, "The consent has changed meanwhile.");
    }
    release.run();
  }
}
