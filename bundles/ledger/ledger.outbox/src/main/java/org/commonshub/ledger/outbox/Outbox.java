package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbox of one ledger, as others see it, and what its thread does next. {@link #step} is
 * called by one thread; everything else by any.
 */
final class Outbox extends Steps implements Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

  private final Consumer<Status> listener;
  private final Deque<Runnable> errands = new ArrayDeque<>();
  private Optional<String> disk = Optional.empty();
  private long diskUntil;
  private int diskFailures;
  private boolean looked;
  private boolean closed;
  private boolean woken;

  /**
   * Opens the outbox.
   *
   * @param directory its own
   * @param watch how long final ones are looked at
   * @param listener hears of changes, on the thread of {@link #step}
   */
  Outbox(String name, Path directory, HubClock clock, Duration watch, Consumer<Status> listener)
      throws IOException {
    this(name, new Log(directory.resolve("log")), clock, watch, listener);
  }

  Outbox(String name, Log log, HubClock clock, Duration watch, Consumer<Status> listener)
      throws IOException {
    super(name, log, clock, watch);
    this.listener = listener;
  }

  @Override
  public synchronized LedgerDescription description() {
    return description;
  }

  @Override
  public synchronized Status submit(Submission submission) throws IOException {
    Entry known = entries.get(submission.key());
    if (known != null) {
      if (!submission(known).equals(submission)) {
        throw taken(submission.key());
      }
      return known.status();
    }
    Optional<Status> past = past(submission.key(), Optional.of(submission));
    if (past.isPresent()) {
      return past.get();
    }
    Matcher numbered = NUMBERED.matcher(submission.key());
    if (submission.kind() == SubmissionKind.ROOT
        && numbered.matches()
        && highest.getOrDefault(numbered.group(1), -1L) >= Long.parseLong(numbered.group(2))) {
      throw new IllegalArgumentException(
          "Numbers of a stream of roots rise: "
              + submission.key()
              + " comes after "
              + highest.get(numbered.group(1))
              + ".");
    }
    if (closed) {
      throw new IOException("Ledger " + name + " is being stopped; try again.");
    }
    if (waiting >= Limits.WAITING) {
      throw new IOException(
          "Ledger "
              + name
              + " takes nothing more: "
              + Limits.WAITING
              + " wait already. See why it does not go on.");
    }
    Record.Taken record = new Record.Taken(submission, millis(clock.now()));
    long at;
    try {
      at = log.append(record);
    } catch (IOException e) {
      throw new IOException(diskText(e), e);
    }
    Entry entry = add(record, at);
    entry.fenced = fence;
    entry.due = clock.monotonicNanos();
    place(entry);
    news.add(entry.status());
    wake();
    return entry.status();
  }

  @Override
  public synchronized Optional<Status> status(String key) {
    Entry entry = entries.get(key);
    return entry == null ? past(key, Optional.empty()) : Optional.of(entry.status());
  }

  @Override
  public synchronized Optional<byte[]> prove(String key) throws IOException {
    Entry entry = entries.get(key);
    if (entry == null
        || !entry.hasProof
        || entry.stage != Stage.INCLUDED && entry.stage != Stage.FINAL) {
      return Optional.empty();
    }
    return log.read(entry.stagedAt) instanceof Record.Staged staged
        ? staged.proof()
        : Optional.empty();
  }

  @Override
  public synchronized List<Status> recent(int limit) {
    TreeMap<Long, Entry> recent = new TreeMap<>(Comparator.reverseOrder());
    for (boolean ended : new boolean[] {false, true}) {
      for (Entry entry : inOrder.descendingMap().values()) {
        if (recent.size() >= limit) {
          break;
        }
        if (entry.terminal() == ended) {
          recent.put(entry.sequence, entry);
        }
      }
    }
    return recent.values().stream().map(Entry::status).toList();
  }

  @Override
  public Optional<String> problem() {
    if (line.hangs()) {
      return Optional.of(
          "The client of ledger "
              + name
              + " has not answered the hub for more than a minute. Restart or replace it.");
    }
    synchronized (this) {
      if (stopped.isPresent()) {
        return stopped;
      }
      if (disk.isPresent()) {
        return disk;
      }
      if (!gone.isEmpty()) {
        return Optional.of(
            "Ledger "
                + name
                + " forgot "
                + gone.size()
                + " that it had called final. They are being sent again; ask who runs it.");
      }
      if (waiting >= Limits.WAITING) {
        return Optional.of(
            "Ledger " + name + " takes nothing more: " + Limits.WAITING + " wait already.");
      }
      if (reach.message() != null) {
        return Optional.of(reach.message());
      }
      if (pay.message() != null) {
        return Optional.of(pay.message());
      }
    }
    return line.client() == null
        ? Optional.of(
            "Nothing speaks to ledger "
                + name
                + " at the moment. Start or configure its client; what waits is kept.")
        : Optional.empty();
  }

  @Override
  public synchronized void resume() throws IOException {
    log.append(List.of(new Record.Stop(Optional.empty()), new Record.Last(Optional.empty())));
    stopped = Optional.empty();
    last = Optional.empty();
    LOG.info("Ledger {} goes on: a person said so.", name);
    wake();
  }

  @Override
  public CompletionStage<Optional<Boolean>> confirms(byte[] root, byte[] proof) {
    CompletableFuture<Optional<Boolean>> answer = new CompletableFuture<>();
    synchronized (this) {
      if (closed || errands.size() >= Limits.ERRANDS || proof.length > Limits.PROOF_BYTES) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
      errand(
          () -> {
            try {
              answer.complete(answer.isDone() ? null : line.call(to -> to.confirms(root, proof)));
            } catch (LedgerException | InterruptedException e) {
              LOG.debug("Ledger {} does not say whether it has a root", name, e);
              answer.complete(Optional.empty());
            }
          });
    }
    return answer.completeOnTimeout(Optional.empty(), 60, TimeUnit.SECONDS);
  }

  /** Puts another client in front, or none; ends a call that is waiting. Returns after it ended. */
  void client(LedgerClient next) {
    line.client(next);
    synchronized (this) {
      reach.hurry();
      pay.hurry();
      wake();
    }
  }

  /** Has something done by the thread of {@link #step}, before anything else. */
  synchronized void errand(Runnable errand) {
    errands.add(errand);
    wake();
  }

  /** What a listener that just came should know: what is open, and what changed in a day. */
  synchronized List<Status> told() {
    Instant since = clock.now().minus(Duration.ofDays(1));
    return inOrder.values().stream()
        .filter(entry -> !entry.terminal() || entry.since.isAfter(since))
        .map(Entry::status)
        .toList();
  }

  /** Whether nothing waits and no client is there. */
  boolean idle() {
    synchronized (this) {
      return line.client() == null && waiting == 0;
    }
  }

  /** Waits until {@link #step} may have something to do; false when closed. */
  synchronized boolean await(long nanos) throws InterruptedException {
    if (!closed && !woken && nanos > 0) {
      wait(Math.max(1, Math.min(1_000, nanos / 1_000_000)));
    }
    woken = false;
    return !closed;
  }

  private void wake() {
    woken = true;
    notifyAll();
  }

  /** Lets {@link #await} end. Ends a call that is waiting. */
  void close() {
    synchronized (this) {
      closed = true;
      wake();
    }
    client(null);
  }

  /** Closes the file; after the thread of {@link #step} ended. */
  synchronized void closeLog() throws IOException {
    closed = true;
    log.close();
  }

  /** The log as it is now. */
  synchronized InputStream snapshot() throws IOException {
    return log.snapshot();
  }

  synchronized long length() {
    return log.length();
  }

  /**
   * Does one piece of work.
   *
   * @return nanoseconds until there may be another, 0 if at once
   */
  long step() {
    try {
      Runnable errand;
      synchronized (this) {
        errand = errands.poll();
      }
      if (errand != null) {
        errand.run();
        return 0;
      }
      tell();
      long left = work();
      tell();
      return left;
    } catch (IOException e) {
      synchronized (this) {
        long now = clock.monotonicNanos();
        if (disk.isEmpty()) {
          LOG.warn("Ledger {} waits for the disk.", name, e);
        }
        disk = Optional.of(diskText(e));
        diskUntil = now + Limits.backOff(diskFailures++, Limits.LONGEST);
        return diskUntil - now;
      }
    }
  }

  private String diskText(IOException e) {
    return "The outbox of ledger "
        + name
        + " cannot be written or read: "
        + e.getMessage()
        + ". Look at the disk.";
  }

  private void tell() {
    while (true) {
      Status status;
      synchronized (this) {
        status = news.poll();
      }
      if (status == null) {
        return;
      }
      listener.accept(status);
    }
  }

  private long work() throws IOException {
    LedgerClient now = describe();
    Entry look;
    Entry prepare;
    synchronized (this) {
      long nanos = clock.monotonicNanos();
      if (disk.isPresent() && diskUntil - nanos > 0) {
        return diskUntil - nanos;
      }
      rewriteIfDue(nanos);
      if (now == null || closed) {
        return Limits.LONGEST;
      }
      if (reach.holds(nanos)) {
        return reach.until - nanos;
      }
      boolean sending = maySend(nanos) && pending < Limits.PENDING && open.size() < Limits.OPEN;
      look = due(looks, nanos);
      prepare = sending ? due(ready, nanos) : null;
      if (look == null && prepare == null) {
        long left = Limits.LONGEST;
        left = looks.isEmpty() ? left : Math.min(left, looks.first().due - nanos);
        left = !sending || ready.isEmpty() ? left : Math.min(left, ready.first().due - nanos);
        return Math.max(1, pay.holds(nanos) ? Math.min(left, pay.until - nanos) : left);
      }
      if (look != null && prepare != null) {
        // In turns, so that neither waits for the other.
        looked = !looked;
        if (looked) {
          prepare = null;
        } else {
          look = null;
        }
      }
    }
    Entry at = look == null ? prepare : look;
    try {
      if (look != null) {
        look(look);
      } else {
        prepare(prepare);
      }
    } catch (LedgerException e) {
      trouble(at, e);
    } catch (InterruptedException e) {
      return 0; // The client was swapped.
    }
    synchronized (this) {
      disk = Optional.empty();
      diskFailures = 0;
    }
    return 0;
  }

  private static Entry due(TreeSet<Entry> set, long now) {
    return set.isEmpty() || set.first().due - now > 0 ? null : set.first();
  }

  /** The client; one that just came says what it is. */
  private LedgerClient describe() throws IOException {
    LedgerClient now = line.arrived();
    if (now == null) {
      return line.client();
    }
    LedgerDescription said;
    try {
      said = now.describe();
      said =
          new LedgerDescription(
              name,
              text(said.technology()),
              text(said.network()),
              text(said.costUnit()),
              text(said.trust()));
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("The client of ledger {} does not describe itself.", name, e);
      return now;
    }
    synchronized (this) {
      if (!said.equals(description)) {
        log.append(new Record.Described(said));
        description = said;
      }
    }
    return now;
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  boolean maySend(long now) {
    return stopped.isEmpty() && !closed && !pay.holds(now);
  }
}
