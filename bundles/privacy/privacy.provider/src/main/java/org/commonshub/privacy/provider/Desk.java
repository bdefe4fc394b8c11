package org.commonshub.privacy.provider;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.commonshub.ledger.api.Journal;
import org.commonshub.platform.api.AuditLog;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.Preview;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsException;

/** The prosumer's side of the gate. */
final class Desk implements PrivacyDesk {
  private static final int MAX_LINES = 10_000;

  private final Gate gate;
  private final Previews previews;
  private final Supplier<AuditLog> audit;
  private final Supplier<Journal> journal;
  private final Object granting = new Object();

  Desk(Gate gate, Previews previews, Supplier<AuditLog> audit, Supplier<Journal> journal) {
    this.gate = gate;
    this.previews = previews;
    this.audit = audit;
    this.journal = journal;
  }

  @Override
  public List<AccessRequest> requests() {
    return gate.consents().book().asks().stream()
        .filter(a -> a.refused().isEmpty())
        .map(this::request)
        .toList();
  }

  private AccessRequest request(Ask ask) {
    Terms widest;
    try {
      widest = gate.consents().bounds().widest(ask.asked(), gate.now());
    } catch (TermsException e) {
      widest = ask.asked(); // the preview says that nothing is left
    }
    return new AccessRequest(
        ask.id(),
        ask.recipient(),
        ask.name(),
        ask.text(),
        ask.asked(),
        widest,
        ask.instant(),
        ask.signedBy());
  }

  @Override
  public AccessRequest receive(byte[] document) throws TermsException {
    SignedTerms signed = SignedTerms.read(document);
    Recipient recipient = signed.terms().recipient().orElseThrow();
    gate.asking()
        .ask(recipient, recipient.name(), signed.terms(), "", Optional.of(signed.signer()));
    return requests().stream()
        .filter(r -> r.recipient().equals(recipient) && r.asked().equals(signed.terms()))
        .findFirst()
        .orElseThrow(
            () -> new TermsException("this was answered already; see what was consented to"));
  }

  @Override
  public Preview preview(String request, Terms choice) throws TermsException {
    Ask ask = ask(request);
    return previews.of(ask, choose(ask, choice, gate.now()));
  }

  /** Asked ∩ chosen ∩ operator's floor ∩ law. */
  private Terms choose(Ask ask, Terms choice, Instant now) throws TermsException {
    Terms terms = Bounds.complete(gate.consents().bounds().widest(ask.asked(), now).meet(choice));
    if (!terms.until().orElseThrow().isAfter(now)) {
      throw new TermsException("until: is over already");
    }
    return terms;
  }

  /** What a request asks, or what a consent answers, as if it were asked again now. */
  private Ask ask(String id) throws TermsException {
    Book book = gate.consents().book();
    for (Ask ask : book.asks()) {
      if (ask.id().equals(id)) {
        return ask;
      }
    }
    Ask ask = given(id).map(Given::ask).orElseThrow(() -> new TermsException("request: is gone"));
    Instant now = gate.now();
    Instant until = ask.asked().until().orElseThrow();
    return new Ask(
        id,
        ask.name(),
        ask.text(),
        ask.asked().toBuilder().until(now.plus(Duration.between(ask.instant(), until))).build(),
        now,
        ask.signedBy(),
        Optional.empty());
  }

  private Optional<Given> given(String id) {
    return gate.consents().book().consent(id);
  }

  @Override
  public Consent grant(String request, Terms choice, String actor)
      throws TermsException, IOException {
    Given fresh;
    synchronized (granting) {
      Ask ask = ask(request);
      Instant now = gate.now();
      Terms terms = choose(ask, choice, now);
      Optional<Given> before =
          gate.consents().book().consents().stream()
              .filter(g -> g.end().isEmpty() && g.ask().by(ask.recipient(), ask.purpose()))
              .findFirst();
      fresh =
          new Given(
              Asking.id(),
              ask,
              terms,
              now,
              actor,
              before.map(Given::id).orElse(""),
              Optional.empty(),
              -1,
              before.map(b -> Payments.left(b, terms, now)).orElse(List.of()));
      Given added = fresh;
      gate.consents()
          .widen(
              book -> {
                List<Ask> asks = new ArrayList<>(book.asks());
                asks.removeIf(a -> a.by(ask.recipient(), ask.purpose()));
                List<Given> consents = new ArrayList<>(book.consents());
                consents.replaceAll(
                    g ->
                        before.isPresent() && g.id().equals(before.get().id())
                            ? g.end(new Given.End(now, actor, true, -1))
                            : g);
                consents.add(added);
                return book.asks(asks).consents(consents);
              });
    }
    gate.receipts().flush();
    audit(actor, "privacy.grant", fresh.recipient().toString());
    return consent(gate, given(fresh.id()).orElse(fresh));
  }

  @Override
  public void refuse(String request, String actor) throws IOException {
    Instant now = gate.now();
    Optional<Ask> ask =
        gate.consents().book().asks().stream().filter(a -> a.id().equals(request)).findFirst();
    if (ask.isPresent()) {
      gate.consents()
          .restrict(
              book -> {
                List<Ask> asks = new ArrayList<>(book.asks());
                asks.replaceAll(a -> a.id().equals(request) ? a.refused(now) : a);
                return book.asks(asks);
              });
      audit(actor, "privacy.refuse", ask.get().recipient().toString());
    }
  }

  @Override
  public List<Consent> consents() {
    List<Consent> all = new ArrayList<>();
    for (Given given : gate.consents().book().consents()) {
      all.add(consent(gate, given));
    }
    all.sort(
        Comparator.<Consent, Boolean>comparing(c -> c.state() != State.OPEN)
            .thenComparing(c -> c.withdrawn().isPresent())
            .thenComparing(Consent::given, Comparator.reverseOrder()));
    return all;
  }

  /** A consent as people see it. */
  static Consent consent(Gate gate, Given given) {
    State state = State.CLOSED;
    String reason;
    if (given.end().isPresent()) {
      reason =
          (given.end().get().replaced() ? "Replaced by another on " : "Withdrawn on ")
              + given.end().get().instant();
    } else {
      Standing standing = gate.consents().standing(given);
      Optional<String> failure = gate.flows().failure(given.id());
      state = standing.open() && failure.isPresent() ? State.CLOSED : standing.state();
      reason = standing.open() ? failure.orElse("") : standing.text();
    }
    Counters.Count count = gate.disclosures().counters().of(given.id());
    return new Consent(
        given.id(),
        given.recipient(),
        given.ask().name(),
        given.purpose(),
        given.terms(),
        given.given(),
        given.actor(),
        given.end().map(Given.End::instant),
        state,
        reason,
        given.receipt(),
        Optional.ofNullable(count).map(Counters.Count::last),
        count == null ? 0 : count.values());
  }

  @Override
  public void withdraw(String consent, String actor) throws IOException {
    Given given = given(consent).orElseThrow(() -> unknown(consent));
    if (given.end().isPresent()) {
      return;
    }
    Given.End end = new Given.End(gate.now(), actor, false, -1);
    gate.consents()
        .restrict(
            book ->
                book.consent(consent)
                    .filter(g -> g.end().isEmpty())
                    .map(g -> book.with(g.end(end)))
                    .orElse(book));
    audit(actor, "privacy.withdraw", given.recipient().toString());
    gate.flows().onDisk(gate.receipts()::flush);
  }

  private static IllegalArgumentException unknown(String consent) {
    return new IllegalArgumentException(
        "there is no consent " + Texts.plain(consent, 40) + " any more");
  }

  @Override
  public boolean paused() {
    return gate.consents().book().paused();
  }

  @Override
  public void pause(boolean paused, String actor) throws IOException {
    if (paused) {
      gate.consents().restrict(book -> book.paused(true));
    } else {
      gate.consents().widen(book -> book.paused(false));
    }
    audit(actor, paused ? "privacy.pause" : "privacy.resume", "everything");
  }

  @Override
  public List<String> problems() {
    return gate.consents().problem().map(List::of).orElse(List.of());
  }

  @Override
  public void markPaid(String consent, String reference, String actor) throws IOException {
    Given given = given(consent).orElseThrow(() -> unknown(consent));
    Given.Payment payment = Payments.of(given, reference, actor, gate.now());
    gate.consents()
        .widen(
            book ->
                book.consent(consent).map(g -> book.with(Payments.plus(g, payment))).orElse(book));
    gate.receipts().flush();
    audit(actor, "privacy.paid", given.recipient().toString());
  }

  @Override
  public List<Disclosure> log(Search search, long before, int limit) throws IOException {
    try {
      return gate.disclosures()
          .search(LogFilter.of(search), before, Math.min(MAX_LINES, Math.max(0, limit)));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void exportLog(OutputStream out) throws IOException {
    gate.disclosures().unfold(true);
    LogCsv.write(gate.disclosures().log(), out);
  }

  @Override
  public String receipt(String consent) throws IOException {
    return gate.receipts().json(given(consent).orElseThrow(() -> unknown(consent)));
  }

  @Override
  public void forget(Recipient recipient, String actor) throws IOException {
    List<Given> his =
        gate.consents().book().consents().stream()
            .filter(g -> g.recipient().equals(recipient))
            .toList();
    for (Given given : his) {
      withdraw(given.id(), actor);
    }
    gate.flows().close(recipient);
    gate.receipts().flush();
    List<Long> entries = new ArrayList<>();
    for (Given given : gate.consents().book().consents()) {
      if (given.recipient().equals(recipient)) {
        entries.add(given.receipt());
        given.end().ifPresent(e -> entries.add(e.receipt()));
        given.payments().forEach(p -> entries.add(p.receipt()));
      }
    }
    entries.removeIf(e -> e < 0);
    Journal log = journal.get();
    if (log != null && !entries.isEmpty()) {
      log.erase(entries);
    }
    gate.consents()
        .restrict(
            book -> {
              List<Ask> asks = new ArrayList<>(book.asks());
              asks.removeIf(a -> a.recipient().equals(recipient));
              List<Given> consents = new ArrayList<>(book.consents());
              consents.removeIf(g -> g.recipient().equals(recipient));
              return book.asks(asks).consents(consents);
            });
    gate.disclosures().forget(recipient);
    audit(actor, "privacy.forget", recipient.kind().name().toLowerCase(Locale.ROOT));
  }

  @Override
  public EnergyData viewOf(Recipient recipient) {
    return new View(gate, recipient);
  }

  private void audit(String actor, String action, String subject) {
    AuditLog log = audit.get();
    if (log != null) {
      log.record(actor, action, subject, "ok");
    }
  }
}
