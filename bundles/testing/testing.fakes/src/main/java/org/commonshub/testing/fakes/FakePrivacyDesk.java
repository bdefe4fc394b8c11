package org.commonshub.testing.fakes;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.commonshub.privacy.api.AccessRequest;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Preview;
import org.commonshub.privacy.api.PrivacyDesk;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.ReleaseCodec;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/**
 * A privacy desk in memory: terms meet as they do at the gate, values are averaged over intervals
 * and nothing else is done to them. Not for proving privacy; for testing who talks to the desk.
 */
public final class FakePrivacyDesk implements PrivacyDesk {
  private final Supplier<Instant> clock;
  private final Map<String, AccessRequest> requests = new LinkedHashMap<>();
  private final Map<String, AccessRequest> answered = new LinkedHashMap<>();
  private final Map<String, Consent> consents = new LinkedHashMap<>();
  private final List<Disclosure> log = new ArrayList<>();
  private final List<String> payments = new ArrayList<>();
  private List<Block> raw = List.of();
  private boolean paused;
  private boolean failing;
  private int numbers;

  /**
   * @param clock what it is now
   */
  public FakePrivacyDesk(Supplier<Instant> clock) {
    this.clock = clock;
  }

  /** The home's values of the last day. */
  public synchronized void raw(Block... blocks) {
    raw = List.of(blocks);
  }

  /** From now on the disk is full. */
  public synchronized void fail(boolean value) {
    failing = value;
  }

  /** Somebody asks. */
  public synchronized AccessRequest ask(Recipient recipient, String name, String text, Terms asked)
      throws TermsException {
    Terms whole = asked.meet(Terms.ANY.toBuilder().recipient(recipient).build());
    if (!whole.missing().isEmpty()) {
      throw new TermsException("missing: " + String.join(", ", whole.missing()));
    }
    Purpose purpose = whole.purposes().orElseThrow().iterator().next();
    requests
        .values()
        .removeIf(
            r ->
                r.recipient().equals(recipient)
                    && r.asked().purposes().orElseThrow().contains(purpose));
    AccessRequest request =
        new AccessRequest(
            "r" + ++numbers, recipient, name, text, whole, whole, clock.get(), Optional.empty());
    requests.put(request.id(), request);
    return request;
  }

  /** Something was released under a consent. */
  public synchronized void released(String consent, long values) throws IOException {
    Consent c = consent(consent);
    Instant now = clock.get();
    consents.put(
        c.id(),
        with(
            c,
            c.withdrawn(),
            c.state(),
            c.reason(),
            Optional.of(now),
            c.valuesReleased() + values));
    note(c.recipient(), c.id(), c.purpose(), what(c.terms()), values);
  }

  @Override
  public synchronized List<AccessRequest> requests() {
    return List.copyOf(requests.values());
  }

  /** Takes {@code app:NAME} and the terms as JSON behind a line break. */
  @Override
  public synchronized AccessRequest receive(byte[] document) throws TermsException {
    String text = new String(document, StandardCharsets.UTF_8);
    int line = text.indexOf('\n');
    if (line < 0) {
      throw new TermsException("document: is not signed by whom it names");
    }
    try {
      return ask(
          Recipient.parse(text.substring(0, line)),
          "Signed",
          "It came as a document.",
          TermsCodec.read(text.substring(line + 1).getBytes(StandardCharsets.UTF_8)));
    } catch (IllegalArgumentException e) {
      throw new TermsException(e.getMessage());
    }
  }

  @Override
  public synchronized Preview preview(String request, Terms choice) throws TermsException {
    AccessRequest asked = find(request);
    Terms terms = asked.widest().meet(choice);
    List<Block> released = raw.stream().map(block -> coarser(block, terms)).toList();
    Release payload =
        new Release(
            "preview",
            asked.recipient(),
            terms.purposes().orElseThrow().iterator().next(),
            clock.get(),
            released);
    boolean coarse = terms.resolution().compareTo(Granularity.HOUR) > 0;
    return new Preview(
        terms,
        raw,
        released,
        ReleaseCodec.json(payload),
        coarse
            ? List.of(Preview.Inference.ABSENCE, Preview.Inference.HOUSEHOLD)
            : List.of(
                Preview.Inference.ACTIVITIES,
                Preview.Inference.PRESENCE,
                Preview.Inference.DAILY_ROUTINE),
        terms.noise().map(n -> "One interval is hidden among all others."),
        paused ? Optional.of("Everything is paused.") : Optional.empty());
  }

  @Override
  public synchronized Consent grant(String request, Terms choice, String actor)
      throws TermsException, IOException {
    check();
    AccessRequest asked = find(request);
    Terms terms = asked.widest().meet(choice);
    Consent consent =
        new Consent(
            consents.containsKey(request) ? request : "c" + ++numbers,
            asked.recipient(),
            asked.name(),
            terms.purposes().orElseThrow().iterator().next(),
            terms,
            clock.get(),
            actor,
            Optional.empty(),
            paused ? EnergyData.Grant.State.PAUSED : EnergyData.Grant.State.OPEN,
            "",
            numbers,
            Optional.empty(),
            0);
    requests.remove(request);
    answered.put(consent.id(), asked);
    consents.put(consent.id(), consent);
    return consent;
  }

  @Override
  public synchronized void refuse(String request, String actor) throws IOException {
    check();
    requests.remove(request);
  }

  @Override
  public synchronized List<Consent> consents() {
    return consents.values().stream()
        .sorted(java.util.Comparator.comparing(c -> c.withdrawn().isPresent()))
        .toList();
  }

  @Override
  public synchronized void withdraw(String consent, String actor) throws IOException {
    check();
    Consent c = consent(consent);
    consents.put(
        c.id(),
        with(
            c,
            Optional.of(clock.get()),
            EnergyData.Grant.State.CLOSED,
            "It was withdrawn.",
            c.lastReleased(),
            c.valuesReleased()));
  }

  @Override
  public synchronized boolean paused() {
    return paused;
  }

  @Override
  public synchronized void pause(boolean value, String actor) throws IOException {
    check();
    paused = value;
    consents.replaceAll(
        (id, c) ->
            c.withdrawn().isPresent()
                ? c
                : with(
                    c,
                    c.withdrawn(),
                    value ? EnergyData.Grant.State.PAUSED : EnergyData.Grant.State.OPEN,
                    value ? "Everything is paused." : "",
                    c.lastReleased(),
                    c.valuesReleased()));
  }

  @Override
  public synchronized List<Disclosure> log(Search search, long before, int limit)
      throws IOException {
    check();
    List<Disclosure> found = new ArrayList<>();
    for (int i = log.size() - 1; i >= 0 && found.size() < limit; i--) {
      Disclosure line = log.get(i);
      if (line.number() < before
          && search.recipient().map(line.recipient()::equals).orElse(true)
          && search.consent().map(line.consent()::equals).orElse(true)
          && search.from().map(from -> !line.instant().isBefore(from)).orElse(true)
          && search.to().map(line.instant()::isBefore).orElse(true)
          && search.text().map(text -> line.toString().contains(text)).orElse(true)) {
        found.add(line);
      }
    }
    return found;
  }

  @Override
  public synchronized void exportLog(OutputStream out) throws IOException {
    check();
    out.write("number,recipient,values\r\n".getBytes(StandardCharsets.UTF_8));
    for (Disclosure line : log) {
      out.write(
          (line.number() + "," + line.recipient() + "," + line.values() + "\r\n")
              .getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public synchronized String receipt(String consent) throws IOException {
    return "{\"consent\":\"" + consent(consent).id() + "\"}";
  }

  @Override
  public synchronized void forget(Recipient recipient, String actor) throws IOException {
    check();
    requests.values().removeIf(r -> r.recipient().equals(recipient));
    consents.values().removeIf(c -> c.recipient().equals(recipient));
    log.removeIf(line -> line.recipient().equals(recipient));
  }

  @Override
  public synchronized void markPaid(String consent, String reference, String actor)
      throws IOException {
    check();
    if (consent(consent).terms().price().isEmpty()) {
      throw new IllegalArgumentException("nothing here has a price");
    }
    payments.add(consent + " " + reference);
  }

  /** Consents and references of what was paid. */
  public synchronized List<String> payments() {
    return List.copyOf(payments);
  }

  @Override
  public synchronized List<String> problems() {
    return failing ? List.of("The disk is full; free some space and try again.") : List.of();
  }

  @Override
  public EnergyData viewOf(Recipient recipient) {
    return new View(recipient);
  }

  /** What one recipient sees: its own consents and nothing else. */
  private final class View implements EnergyData {
    private final Recipient recipient;

    View(Recipient recipient) {
      this.recipient = recipient;
    }

    @Override
    public Recipient recipient() {
      return recipient;
    }

    @Override
    public Grant ask(Terms asked, String text) throws TermsException {
      AccessRequest request = FakePrivacyDesk.this.ask(recipient, recipient.name(), text, asked);
      return new Grant(
          request.asked().purposes().orElseThrow().iterator().next(),
          Grant.State.ASKED,
          request.widest(),
          "A person who lives here has not answered yet.");
    }

    @Override
    public List<Grant> grants() {
      synchronized (FakePrivacyDesk.this) {
        List<Grant> grants = new ArrayList<>();
        consents().stream()
            .filter(c -> c.recipient().equals(recipient))
            .forEach(c -> grants.add(new Grant(c.purpose(), c.state(), c.terms(), c.reason())));
        requests().stream()
            .filter(r -> r.recipient().equals(recipient))
            .forEach(
                r ->
                    grants.add(
                        new Grant(
                            r.asked().purposes().orElseThrow().iterator().next(),
                            Grant.State.ASKED,
                            r.widest(),
                            "")));
        return grants;
      }
    }

    @Override
    public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
      synchronized (FakePrivacyDesk.this) {
        if (from.plusSeconds(366 * 86_400L).isBefore(to)) {
          throw new RefusedException(
              RefusedException.Reason.OUT_OF_BOUNDS, "That is more than a year at once.");
        }
        Consent consent =
            consents().stream()
                .filter(c -> c.recipient().equals(recipient) && c.purpose() == purpose)
                .findFirst()
                .orElseThrow(
                    () ->
                        new RefusedException(
                            RefusedException.Reason.NO_CONSENT,
                            "Nobody said yes to " + purpose.name().toLowerCase(Locale.ROOT) + "."));
        if (consent.state() != Grant.State.OPEN) {
          throw new RefusedException(
              paused ? RefusedException.Reason.PAUSED : RefusedException.Reason.ENDED,
              consent.reason());
        }
        List<Block> blocks = raw.stream().map(b -> coarser(b, consent.terms())).toList();
        Release release = new Release(consent.id(), recipient, purpose, clock.get(), blocks);
        note(recipient, consent.id(), purpose, what(consent.terms()), release.size());
        return release;
      }
    }

    @Override
    public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
      read(purpose, clock.get(), clock.get());
      return () -> {};
    }
  }

  private static Block coarser(Block block, Terms terms) {
    if (terms.mode() == Mode.RAW || block.size() == 0) {
      return block;
    }
    Map<Long, long[]> sums = new LinkedHashMap<>();
    for (int i = 0; i < block.size(); i++) {
      Instant at = Instant.ofEpochMilli(block.starts()[i]);
      long start = terms.resolution().start(at, ZoneOffset.UTC).toEpochMilli();
      long[] sum = sums.computeIfAbsent(start, s -> new long[2]);
      sum[0] += block.mantissas()[i];
      sum[1]++;
    }
    long[] starts = sums.keySet().stream().mapToLong(s -> s).toArray();
    long[] means = sums.values().stream().mapToLong(s -> Math.floorDiv(s[0], s[1])).toArray();
    return new Block(
        block.subject(),
        block.quantity(),
        Block.Statistic.MEAN,
        terms.resolution().seconds(),
        block.exponent(),
        starts,
        means,
        new int[starts.length]);
  }

  private static Consent with(
      Consent c,
      Optional<Instant> withdrawn,
      EnergyData.Grant.State state,
      String reason,
      Optional<Instant> last,
      long values) {
    return new Consent(
        c.id(),
        c.recipient(),
        c.name(),
        c.purpose(),
        c.terms(),
        c.given(),
        c.actor(),
        withdrawn,
        state,
        reason,
        c.receipt(),
        last,
        values);
  }

  private static String what(Terms terms) {
    return String.join(", ", terms.quantities().orElseThrow())
        + ", "
        + terms.resolution().seconds()
        + " s";
  }

  private void note(Recipient to, String consent, Purpose purpose, String what, long values) {
    Instant now = clock.get();
    log.add(new Disclosure(log.size(), now, to, consent, purpose, what, values, now, now));
  }

  private AccessRequest find(String id) {
    AccessRequest request = requests.getOrDefault(id, answered.get(id));
    if (request == null) {
      throw new IllegalArgumentException("there is no request " + id);
    }
    return request;
  }

  private Consent consent(String id) {
    Consent consent = consents.get(id);
    if (consent == null) {
      throw new IllegalArgumentException("there is no consent " + id);
    }
    return consent;
  }

  private void check() throws IOException {
    if (failing) {
      throw new IOException("The disk is full; free some space and try again.");
    }
  }
}
