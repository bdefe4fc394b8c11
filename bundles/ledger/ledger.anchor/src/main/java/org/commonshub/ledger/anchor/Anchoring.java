package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.commonshub.identity.api.Cbor;
import org.commonshub.ledger.anchor.AggregateWire.Placed;
import org.commonshub.ledger.anchor.AnchorLog.Row;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the journal's root when it is due, writes it down, and sees to it that every ledger gets
 * the newest one: each covers all before it, so after an outage nothing has to be made up for.
 * {@link #tick} runs on the anchor's thread; the rest on any.
 */
final class Anchoring implements Anchor, AutoCloseable {
  static final Duration QUARTER = Duration.ofMinutes(15);

  private static final Logger LOG = LoggerFactory.getLogger(Anchoring.class);
  private static final int MAX_RECENT = 1000;

  /** A day of roots may wait for a ledger; after that only the newest follows when it is back. */
  private static final int MAX_WAITING = 96;

  /** So that the registers of the quarter that just ended are in the journal. */
  private static final Duration DELAY = Duration.ofMinutes(1);

  private final HubClock clock;
  private final Journal journal;
  private final long every;
  private final Map<String, Ledger> ledgers;
  private final Troubles troubles;
  private final Object lock = new Object();
  private final AnchorLog log;
  private final Proofs proofs;
  private final Aggregation aggregation;
  private long takenAt;

  /** Makes an aggregation, if there is to be one. */
  interface AggregationMaker {
    /**
     * Makes it.
     *
     * @param thread runs one thing after another, none beside {@link #tick}
     */
    Aggregation make(Proofs proofs, Executor thread) throws IOException;
  }

  /**
   * Opens what is on the disk.
   *
   * @param every quarters of an hour from one root to the next
   * @param ledgers by name; changes under way
   * @param thread the anchor's
   * @param maker null to anchor alone
   */
  Anchoring(
      Path directory,
      HubClock clock,
      Journal journal,
      long every,
      Map<String, Ledger> ledgers,
      Troubles troubles,
      Executor thread,
      AggregationMaker maker)
      throws IOException {
    this.clock = clock;
    this.journal = journal;
    this.every = every;
    this.ledgers = ledgers;
    this.troubles = troubles;
    this.log = new AnchorLog(directory.resolve("anchors"));
    this.proofs = new Proofs(directory.resolve("aggregated"));
    this.aggregation = maker == null ? null : maker.make(proofs, guarded(thread));
    this.takenAt = clock.monotonicNanos();
  }

  /** Number of the quarter of an hour since 1970. */
  static long quarter(Instant instant) {
    return Math.floorDiv(instant.getEpochSecond(), QUARTER.toSeconds());
  }

  /** Does what is due. */
  void tick() {
    synchronized (lock) {
      try {
        if (aggregation != null) {
          aggregation.tick();
        }
        take();
        place();
        troubles.over("anchor");
      } catch (IOException e) {
        troubles.say(
            "anchor",
            "The journal's root cannot be anchored ("
                + e.getMessage()
                + "): look at the Trust page and the disk. It is tried again by itself.");
      }
    }
  }

  private void take() throws IOException {
    Optional<Row> last = log.newest();
    long quarter = quarter(clock.now().minus(DELAY));
    boolean longAgo = clock.monotonicNanos() - takenAt >= QUARTER.multipliedBy(every).toNanos();
    boolean due = last.isEmpty() || quarter / every > last.get().number() / every;
    if (!due && !longAgo || journal.size() == 0) {
      return;
    }
    Checkpoint checkpoint = journal.checkpoint();
    takenAt = clock.monotonicNanos();
    if (last.isPresent()
        && last.get().epoch() == checkpoint.epoch()
        && last.get().size() == checkpoint.size()
        && Arrays.equals(last.get().root(), checkpoint.root())) {
      return;
    }
    // Numbers rise, also when the clock was set back.
    long number = last.isEmpty() ? quarter : Math.max(quarter, last.get().number() + 1);
    append(number, checkpoint);
    Row row = log.newest().orElseThrow();
    if (aggregation != null) {
      aggregation.offer(row);
    }
  }

  private void append(long number, Checkpoint checkpoint) throws IOException {
    proofs.forgetAbove(checkpoint.size());
    log.append(
        new Row(
            number,
            checkpoint.epoch(),
            checkpoint.size(),
            checkpoint.root(),
            checkpoint.instant().toEpochMilli()));
  }

  /** Puts the newest root on every ledger that lacks it, unless the aggregator has it. */
  private void place() throws IOException {
    Optional<Row> newest = log.newest();
    if (newest.isEmpty() || aggregation != null && aggregation.holds(newest.get().number())) {
      troubles.over("ledger");
      return;
    }
    Row row = newest.get();
    if (ledgers.isEmpty() && aggregation != null) {
      troubles.say(
          "ledger",
          "The aggregator does not have the last root, and this hub has no ledger of its own:"
              + " nobody else keeps the root until the aggregator does. Add a ledger, or choose"
              + " another aggregator.");
      return;
    }
    troubles.over(
        "ledger"); // None at all is the owner's choice: the Trust page says what it means.
    IOException failed = null;
    for (Map.Entry<String, Ledger> each : ledgers.entrySet()) {
      try {
        place(row, each.getKey(), each.getValue());
      } catch (IllegalArgumentException e) {
        // This number was used for another root before a backup was restored: go on with the next.
        log.append(new Row(row.number() + 1, row.epoch(), row.size(), row.root(), row.millis()));
        return;
      } catch (IOException e) {
        failed = new IOException(each.getKey() + ": " + e.getMessage(), e);
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private void place(Row row, String name, Ledger ledger) throws IOException {
    Optional<Status> status = ledger.status(row.key());
    if (status.isEmpty() && waiting(ledger) < MAX_WAITING) {
      ledger.submit(row.key(), SubmissionKind.ROOT, row.root());
    }
    if (status.isPresent() && status.get().stage() == Stage.REJECTED) {
      troubles.say(
          "rejected " + name,
          name
              + " refused the last root for ever ("
              + status.get().problem().orElse("without a reason")
              + "): the next one is tried.");
    } else if (status.isPresent()) {
      troubles.over("rejected " + name);
    }
  }

  /** Roots that a ledger has not sent yet. */
  private static long waiting(Ledger ledger) {
    return ledger.recent(2 * MAX_WAITING).stream()
        .filter(s -> s.stage() == Stage.ACCEPTED && s.key().startsWith("anchor/"))
        .count();
  }

  @Override
  public List<Anchored> recent(int limit) {
    List<Anchored> found = new ArrayList<>();
    synchronized (lock) {
      try {
        for (long i = log.count() - 1; i >= 0 && i >= log.count() - MAX_RECENT; i--) {
          if (found.size() >= limit) {
            break;
          }
          found.addAll(of(log.row(i)));
        }
      } catch (IOException e) {
        LOG.debug("Not all anchors can be read", e);
      }
    }
    return List.copyOf(found.subList(0, Math.max(0, Math.min(limit, found.size()))));
  }

  private List<Anchored> of(Row row) throws IOException {
    List<Anchored> found = new ArrayList<>();
    for (Map.Entry<String, Ledger> each : ledgers.entrySet()) {
      each.getValue().status(row.key()).ifPresent(s -> found.add(alone(each.getKey(), row, s)));
    }
    proofs.read(row.number()).ifPresent(proven -> found.add(aggregated(proven)));
    if (aggregation != null && aggregation.waitsFor(row.number())) {
      found.add(aggregation.waiting(row));
    }
    return found;
  }

  @Override
  public List<Anchored> covering(long index) {
    List<Anchored> found = new ArrayList<>();
    synchronized (lock) {
      try {
        for (Map.Entry<String, Ledger> each : ledgers.entrySet()) {
          first(each.getKey(), each.getValue(), index).ifPresent(found::add);
        }
        proofs.covering(index).ifPresent(proven -> found.add(aggregated(proven)));
      } catch (IOException e) {
        LOG.debug("Not all anchors can be read", e);
      }
    }
    return List.copyOf(found);
  }

  /**
   * The oldest row over an entry that a ledger has; by halving, since it has the later ones too.
   */
  private Optional<Anchored> first(String name, Ledger ledger, long index) throws IOException {
    long low = log.firstAbove(index);
    long high = log.count();
    Optional<Anchored> best = Optional.empty();
    for (long probe = low; low < high; probe = (low + high) >>> 1) {
      Row row = log.row(probe);
      Optional<Status> status = ledger.status(row.key()).filter(s -> s.stage() != Stage.REJECTED);
      if (status.isPresent()) {
        best = Optional.of(alone(name, row, status.get()));
        high = probe;
      } else {
        low = probe + 1;
      }
    }
    return best;
  }

  private static Anchored alone(String ledger, Row row, Status status) {
    return new Anchored(
        ledger,
        row.size(),
        row.root(),
        Instant.ofEpochMilli(row.millis()),
        Optional.empty(),
        status);
  }

  private Anchored aggregated(Proofs.Proven proven) {
    Placed placed = proven.placed();
    String name =
        ledgers.entrySet().stream()
            .filter(each -> placed.isOn(each.getValue().description()))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElse(name(placed.technology(), placed.network()));
    return new Anchored(
        name,
        proven.row().size(),
        proven.row().root(),
        Instant.ofEpochMilli(proven.row().millis()),
        Optional.of(proven.aggregator()),
        new Status(
            placed.key(),
            placed.stage(),
            Instant.ofEpochMilli(proven.millis()),
            placed.reference(),
            placed.position(),
            Optional.empty(),
            Optional.empty()));
  }

  private static String name(String technology, String network) {
    return technology + ", " + network;
  }

  @Override
  public Optional<byte[]> proof(Anchored anchored) {
    try {
      if (anchored.aggregator().isPresent()) {
        return aggregatedProof(anchored);
      }
      Ledger ledger = ledgers.get(anchored.ledger());
      if (ledger == null) {
        return Optional.empty();
      }
      LedgerDescription description = ledger.description();
      return ledger
          .prove(anchored.status().key())
          .map(
              proof ->
                  encode(
                      name(description.technology(), description.network()),
                      anchored.status().key(),
                      anchored.root(),
                      List.of(),
                      proof));
    } catch (IOException e) {
      LOG.debug("No proof", e);
      return Optional.empty();
    }
  }

  private Optional<byte[]> aggregatedProof(Anchored anchored) throws IOException {
    Optional<Proofs.Proven> proven;
    synchronized (lock) {
      proven = proofs.covering(anchored.size() - 1);
    }
    return proven
        .filter(p -> Arrays.equals(p.row().root(), anchored.root()))
        .map(
            p ->
                encode(
                    name(p.placed().technology(), p.placed().network()),
                    p.placed().key(),
                    p.head().root(),
                    List.of(p.proof().index(), p.head().size(), p.proof().path()),
                    p.placed().proof().orElseThrow()));
  }

  private static byte[] encode(
      String ledger, String key, byte[] root, List<Object> path, byte[] proof) {
    return Cbor.encode(Map.of(1L, ledger, 2L, key, 3L, root, 4L, path, 5L, proof));
  }

  @Override
  public Optional<String> problem() {
    StringBuilder text = new StringBuilder(troubles.text().orElse(""));
    ledgers.forEach(
        (name, ledger) ->
            ledger
                .problem()
                .ifPresent(
                    p -> text.append(text.length() == 0 ? "" : " ").append(name + ": " + p)));
    return text.length() == 0 ? Optional.empty() : Optional.of(text.toString());
  }

  /** Writes rows and aggregators' proofs into a backup; others go on meanwhile. */
  void backup(AnchorBackup.Writer out) throws IOException {
    long rows;
    List<Long> numbers;
    synchronized (lock) {
      rows = log.count();
      numbers = proofs.numbers();
    }
    for (long at = 0; at < rows; at += AnchorBackup.ROWS) {
      byte[] block;
      synchronized (lock) {
        if (log.count() < rows) {
          throw new IOException("The journal was replaced meanwhile; try again.");
        }
        block = log.bytes(at, (int) Math.min(AnchorBackup.ROWS, rows - at));
      }
      out.rows(block);
    }
    for (long number : numbers) {
      Optional<byte[]> proof;
      synchronized (lock) {
        proof = proofs.bytes(number);
      }
      if (proof.isPresent()) {
        out.proof(proof.get());
      }
    }
  }

  /** Takes over rows of a backup; what belongs to the journal that they replace goes. */
  void restoreRows(Path rows) throws IOException {
    synchronized (lock) {
      if (log.replace(rows)) {
        proofs.clear();
      }
    }
  }

  void restoreProof(byte[] proof) throws IOException {
    synchronized (lock) {
      proofs.restore(proof);
    }
  }

  private Executor guarded(Executor thread) {
    return work ->
        thread.execute(
            () -> {
              synchronized (lock) {
                work.run();
              }
            });
  }

  @Override
  public void close() throws IOException {
    synchronized (lock) {
      log.close();
    }
  }
}
