package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerClient.Observation;
import org.commonshub.ledger.api.LedgerClient.Seen;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outbox of one ledger: what was taken, in memory and in its {@link Log}, and what to do next.
 * {@link #step} is called by one thread; everything else by any. No lock is held while a client is
 * called.
 */
final class Outbox implements Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final Pattern NUMBERED = Pattern.compile("(.+)/(0|[1-9][0-9]{0,17})");
  private static final long FIRST_LOOK = Limits.SECOND;
  private static final long PENDING_LOOK = 5 * 60 * Limits.SECOND;
  private static final long FINAL_LOOK = 5 * 60 * Limits.SECOND;
  private static final long HANGING = 60 * Limits.SECOND;
  private static final long MIN_REWRITE = 1 << 20;

  /** A key of what is forgotten. */
  private record Hash(long high, long low) {}

  /** Those of one order that are not sent yet. */
  private static final class Order {
    final TreeMap<Long, Entry> unsent = new TreeMap<>();

    /** The one that may be prepared. */
    Entry ready;
  }

  private interface Call<T> {
    T on(LedgerClient client) throws LedgerException, InterruptedException;
  }

  private final String name;
  private final Log log;
  private final HubClock clock;
  private final Duration watch;
  private final Consumer<Status> listener;

  private final Map<String, Entry> entries = new HashMap<>();
  private final TreeMap<Long, Entry> inOrder = new TreeMap<>();
  private final Map<String, Order> orders = new HashMap<>();
  private final TreeSet<Entry> ready = new TreeSet<>(Entry.BY_DUE);
  private final TreeSet<Entry> looks = new TreeSet<>(Entry.BY_DUE);
  private final Set<Entry> open = new LinkedHashSet<>();
  private final Map<Hash, Record.Forgotten> forgotten = new HashMap<>();
  private final Map<String, Long> marks = new HashMap<>();
  private final Map<String, Long> highest = new HashMap<>();
  private final Deque<Status> news = new ArrayDeque<>();
  private final Deque<Runnable> errands = new ArrayDeque<>();
  private final Outage reach;
  private final Outage pay;
  private long sequence;
  private long trySequence;
  private int waiting;
  private int pending;
  private boolean fence;
  private Optional<byte[]> last = Optional.empty();
  private Optional<String> stopped = Optional.empty();
  private Optional<String> disk = Optional.empty();
  private long diskUntil = Long.MIN_VALUE;
  private int diskFailures;
  private LedgerDescription description;
  private long rewrittenLength;
  private long rewriteAfter;
  private boolean looked;
  private boolean closed;
  private boolean woken;
  private final Set<Entry> gone = new LinkedHashSet<>();

  private final Object calls = new Object();
  private LedgerClient client;
  private boolean swapped;
  private Thread caller;
  private long callSince;

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
    this.name = name;
    this.log = log;
    this.clock = clock;
    this.watch = watch;
    this.listener = listener;
    this.reach = new Outage(LOG, name);
    this.pay = new Outage(LOG, name);
    this.description = new LedgerDescription(name, "", "", "", "");
    synchronized (this) {
      load();
    }
  }

  // ---------------------------------------------------------------- Ledger

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

  private static IllegalArgumentException taken(String key) {
    return new IllegalArgumentException("The key " + key + " was used for another effect.");
  }

  @Override
  public synchronized Optional<Status> status(String key) {
    Entry entry = entries.get(key);
    return entry == null ? past(key, Optional.empty()) : Optional.of(entry.status());
  }

  /** What is left of a key whose details are forgotten. */
  private Optional<Status> past(String key, Optional<Submission> same) {
    Record.Forgotten left = forgotten.get(key(hash(key.getBytes(StandardCharsets.UTF_8))));
    if (left != null) {
      if (same.isPresent() && !Arrays.equals(effect(same.get()), left.effect())) {
        throw taken(key);
      }
      return Optional.of(past(key, left.rejected() ? Stage.REJECTED : Stage.FINAL, left.at()));
    }
    Matcher numbered = NUMBERED.matcher(key);
    return numbered.matches()
            && marks.getOrDefault(numbered.group(1), -1L) >= Long.parseLong(numbered.group(2))
        ? Optional.of(past(key, Stage.FINAL, Instant.EPOCH))
        : Optional.empty();
  }

  private static Status past(String key, Stage stage, Instant since) {
    return new Status(
        key,
        stage,
        since,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of("So long ago that its details are not kept here any more."));
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
    synchronized (calls) {
      if (caller != null && clock.monotonicNanos() - callSince > HANGING) {
        return Optional.of(
            "The client of ledger "
                + name
                + " has not answered the hub for more than a minute. Restart or replace it.");
      }
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
    synchronized (calls) {
      return client == null
          ? Optional.of(
              "Nothing speaks to ledger "
                  + name
                  + " at the moment. Start or configure its client; what waits is kept.")
          : Optional.empty();
    }
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
              answer.complete(answer.isDone() ? null : call(to -> to.confirms(root, proof)));
            } catch (LedgerException | InterruptedException e) {
              LOG.debug("Ledger {} does not say whether it has a root", name, e);
              answer.complete(Optional.empty());
            }
          });
    }
    return answer.completeOnTimeout(Optional.empty(), 60, TimeUnit.SECONDS);
  }

  // ---------------------------------------------------------------- around it

  /** Puts another client in front, or none; ends a call that is waiting. Returns after it ended. */
  void client(LedgerClient next) {
    synchronized (calls) {
      client = next;
      swapped = true;
      if (caller != null) {
        caller.interrupt();
        long until = System.nanoTime() + 2 * Limits.SECOND;
        boolean interrupted = false;
        while (caller != null && until - System.nanoTime() > 0) {
          try {
            calls.wait(100);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
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
    synchronized (calls) {
      if (client != null) {
        return false;
      }
    }
    synchronized (this) {
      return waiting == 0;
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
   * Takes over what a restored copy knows and this one does not, and looks for effects before
   * anything is prepared from now on. On the thread of {@link #step}.
   */
  synchronized void absorb(Log copy) throws IOException {
    Outbox other = new Outbox(name, copy, clock, watch, status -> {});
    synchronized (other) {
      try {
        boolean empty = entries.isEmpty() && forgotten.isEmpty() && last.isEmpty();
        List<Record> records = new ArrayList<>();
        List<Source> theirs = new ArrayList<>();
        other.each(theirs::add);
        for (Source source : theirs) {
          Record record = source.record();
          boolean known =
              record instanceof Record.Taken r
                      && past(r.submission().key(), Optional.empty()).isPresent()
                  || entries.containsKey(subject(record));
          boolean ours =
              record instanceof Record.Last
                  || record instanceof Record.Described
                  || record instanceof Record.Stop;
          if (!known && (empty || !ours)) {
            records.add(record);
          }
          if (records.size() >= 256) {
            log.append(records);
            records.clear();
          }
        }
        records.add(new Record.Fence());
        log.append(records);
      } finally {
        copy.close();
      }
    }
    log.close();
    load();
    wake();
  }

  private static String subject(Record record) {
    if (record instanceof Record.Taken r) {
      return r.submission().key();
    }
    return record instanceof Record.Tried r
        ? r.key()
        : record instanceof Record.Staged r2 ? r2.key() : "";
  }

  // ---------------------------------------------------------------- memory and log

  private void load() throws IOException {
    entries.clear();
    inOrder.clear();
    orders.clear();
    ready.clear();
    looks.clear();
    open.clear();
    forgotten.clear();
    marks.clear();
    highest.clear();
    gone.clear();
    waiting = 0;
    pending = 0;
    boolean damaged = log.open(this::remember);
    if (damaged) {
      LOG.warn(
          "The outbox of ledger {} ended in the middle of a record or was damaged. What can be"
              + " read is kept; before anything is sent the ledger is asked what it has.",
          name);
      log.append(new Record.Fence());
      fence = true;
    }
    long now = clock.monotonicNanos();
    for (Entry entry : inOrder.values()) {
      entry.unprepared = entry.tries.isEmpty() && entry.stage == Stage.ACCEPTED;
      entry.fenced = fence;
      entry.due = now + (entry.terminal() ? FINAL_LOOK : 0);
      place(entry);
    }
    rewrittenLength = log.length();
    rewriteAfter = now;
  }

  private void remember(long at, Record record) {
    if (record instanceof Record.Taken r) {
      if (!entries.containsKey(r.submission().key())) {
        add(r, at);
      }
    } else if (record instanceof Record.Tried r) {
      Entry entry = entries.get(r.key());
      last = r.prepared() ? Optional.of(r.bytes()) : last;
      if (entry != null) {
        entry.tries.add(attempt(r, at));
      }
    } else if (record instanceof Record.Staged r) {
      Entry entry = entries.get(r.key());
      if (entry != null) {
        gone(
            entry,
            entry.stage == Stage.FINAL && r.stage() == Stage.ACCEPTED
                || gone.contains(entry) && !isTerminal(r.stage()));
        staged(entry, r, at);
      }
    } else if (record instanceof Record.Mark r) {
      marks.merge(r.stream(), r.number(), Math::max);
      highest.merge(r.stream(), r.number(), Math::max);
    } else if (record instanceof Record.Forgotten r) {
      forgotten.put(key(r.key()), r);
    } else if (record instanceof Record.Last r) {
      last = r.bytes();
    } else if (record instanceof Record.Stop r) {
      stopped = r.problem();
    } else if (record instanceof Record.Fence) {
      fence = true;
    } else if (record instanceof Record.Described r) {
      description = r.description();
    }
  }

  private Entry add(Record.Taken record, long at) {
    Entry entry = new Entry(record, sequence++, at);
    entries.put(entry.key, entry);
    inOrder.put(entry.sequence, entry);
    waiting++;
    Matcher numbered = NUMBERED.matcher(entry.key);
    if (entry.kind == SubmissionKind.ROOT && numbered.matches()) {
      highest.merge(numbered.group(1), Long.parseLong(numbered.group(2)), Math::max);
    }
    return entry;
  }

  private Entry.Try attempt(Record.Tried record, long at) {
    byte[] small = record.bytes().length <= Limits.SMALL ? record.bytes() : null;
    return new Entry.Try(record.number(), trySequence++, at, small, record.anew());
  }

  private void gone(Entry entry, boolean is) {
    if (is) {
      gone.add(entry);
    } else {
      gone.remove(entry);
    }
  }

  private static boolean isTerminal(Stage stage) {
    return stage == Stage.FINAL || stage == Stage.REJECTED;
  }

  private void staged(Entry entry, Record.Staged record, long at) {
    boolean was = entry.terminal();
    entry.stage = record.stage();
    entry.since = record.at();
    entry.reference = record.reference();
    entry.position = record.position();
    entry.cost = record.cost();
    entry.problem = record.problem();
    entry.stagedAt = at;
    entry.hasProof = record.proof().isPresent();
    waiting += was == entry.terminal() ? 0 : was ? 1 : -1;
  }

  private Submission submission(Entry entry) throws IOException {
    if (!entry.hasBody) {
      return new Submission(entry.key, entry.kind, entry.digest, new byte[0]);
    }
    if (log.read(entry.at) instanceof Record.Taken taken) {
      return taken.submission();
    }
    throw new IOException("the log holds something else where " + entry.key + " was");
  }

  private Attempt attempt(Entry entry, Entry.Try each) throws IOException {
    if (each.bytes != null) {
      return new Attempt(entry.key, each.number, each.bytes.clone());
    }
    if (log.read(each.at) instanceof Record.Tried tried) {
      return new Attempt(entry.key, each.number, tried.bytes());
    }
    throw new IOException("the log holds something else where an attempt was");
  }

  private List<Attempt> attempts(Entry entry) throws IOException {
    List<Attempt> attempts = new ArrayList<>();
    for (Entry.Try each : entry.tries) {
      attempts.add(attempt(entry, each));
    }
    return attempts;
  }

  /** What is not final, and what is void of the one that is to be prepared anew. */
  private List<Attempt> openAttempts(Entry next) throws IOException {
    record Of(Entry entry, Entry.Try attempt) {}
    List<Of> all = new ArrayList<>();
    for (Entry entry : open) {
      if (!entry.unprepared || entry == next) {
        entry.alive().forEach(each -> all.add(new Of(entry, each)));
      }
    }
    all.sort(Comparator.comparingLong(of -> of.attempt().sequence));
    List<Attempt> attempts = new ArrayList<>();
    for (Of each : all) {
      attempts.add(attempt(each.entry(), each.attempt()));
    }
    return attempts;
  }

  /** Takes an entry out of what is scheduled, before it changes. */
  private void unplace(Entry entry) {
    looks.remove(entry);
    Order order = orders.get(entry.order);
    if (order != null) {
      order.unsent.remove(entry.sequence);
      if (order.ready == entry) {
        ready.remove(entry);
        order.ready = null;
      }
    }
    if (entry.open) {
      entry.open = false;
      open.remove(entry);
    }
    if (entry.pending) {
      entry.pending = false;
      pending--;
    }
  }

  /** Schedules an entry. */
  private void place(Entry entry) {
    Order order = orders.computeIfAbsent(entry.order, o -> new Order());
    if (entry.terminal()) {
      if (watched(entry)) {
        looks.add(entry);
      } else {
        entry.tries = new ArrayList<>(0);
      }
    } else {
      if (!entry.sent) {
        order.unsent.put(entry.sequence, entry);
      }
      if (!entry.unprepared) {
        looks.add(entry);
      }
      if (!entry.tries.isEmpty()) {
        entry.open = true;
        open.add(entry);
        if (entry.stage == Stage.ACCEPTED && !entry.unprepared) {
          entry.pending = true;
          pending++;
        }
      }
    }
    Entry head = order.unsent.isEmpty() ? null : order.unsent.firstEntry().getValue();
    head = head != null && head.unprepared ? head : null;
    if (order.ready != head) {
      if (order.ready != null) {
        ready.remove(order.ready);
      }
      order.ready = head;
      if (head != null) {
        ready.add(head);
      }
    }
    if (order.unsent.isEmpty()) {
      orders.remove(entry.order);
    }
  }

  /** Whether something that ended may still change. */
  private boolean watched(Entry entry) {
    return (entry.stage == Stage.FINAL || !entry.tries.isEmpty())
        && Duration.between(entry.since, clock.now()).compareTo(watch) < 0;
  }

  // ---------------------------------------------------------------- the thread's work

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

  private boolean maySend(long now) {
    return stopped.isEmpty() && !closed && !pay.holds(now);
  }

  /** The client; one that just came says what it is. */
  private LedgerClient describe() throws IOException {
    LedgerClient now;
    synchronized (calls) {
      now = client;
      if (!swapped || now == null) {
        return now;
      }
      swapped = false;
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

  private static String text(String said) {
    String text = said == null ? "" : said.strip();
    return text.length() > Limits.TEXT ? text.substring(0, Limits.TEXT) : text;
  }

  /** Calls the client without a lock; only here it may be interrupted. */
  private <T> T call(Call<T> call) throws LedgerException, InterruptedException {
    LedgerClient to;
    synchronized (calls) {
      if (client == null || swapped) {
        throw new InterruptedException();
      }
      to = client;
      caller = Thread.currentThread();
      callSince = clock.monotonicNanos();
    }
    try {
      return call.on(to);
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      if (isSwapped()) {
        throw new InterruptedException();
      }
      LOG.debug("The client of ledger {} failed", name, e);
      throw new LedgerException(
          Kind.UNREACHABLE,
          "The client of ledger " + name + " failed by a fault of its own (" + e + ").",
          e);
    } catch (LedgerException | InterruptedException e) {
      if (isSwapped()) {
        throw new InterruptedException();
      }
      if (e instanceof LedgerException known) {
        throw known;
      }
      throw new LedgerException(
          Kind.UNREACHABLE, "The client of ledger " + name + " gave up without a reason.", e);
    } finally {
      synchronized (calls) {
        caller = null;
        Thread.interrupted(); // Was meant for the call, and the call is over.
        calls.notifyAll();
      }
    }
  }

  private boolean isSwapped() {
    synchronized (calls) {
      return swapped;
    }
  }

  private void prepare(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> others;
    Optional<byte[]> newest;
    synchronized (this) {
      submission = submission(entry);
      others = openAttempts(entry);
      newest = last;
    }
    if (entry.fenced) {
      Observation effect = observe(submission, List.of());
      if (effect.seen() != Seen.NOTHING && effect.seen() != Seen.VOID) {
        apply(entry, effect);
        return;
      }
      synchronized (this) {
        entry.fenced = false;
      }
    }
    byte[] bytes = call(to -> to.prepare(submission, others, newest));
    Attempt attempt = store(entry, bytes);
    send(entry, attempt);
  }

  /** An attempt's bytes are on the disk when this returns. */
  private synchronized Attempt store(Entry entry, byte[] bytes)
      throws IOException, LedgerException {
    if (bytes == null || bytes.length == 0 || bytes.length > Limits.ATTEMPT_BYTES) {
      throw new LedgerException(
          Kind.UNREACHABLE,
          "The client of ledger " + name + " made an attempt of a size that is not allowed.");
    }
    int number = entry.tries.isEmpty() ? 0 : entry.tries.get(entry.tries.size() - 1).number + 1;
    Record.Tried record = new Record.Tried(entry.key, number, bytes.clone(), entry.unprepared);
    long at = log.append(record);
    unplace(entry);
    entry.tries.add(attempt(record, at));
    entry.unprepared = false;
    entry.sent = false;
    entry.due = clock.monotonicNanos();
    last = record.prepared() ? Optional.of(record.bytes()) : last;
    place(entry);
    return new Attempt(entry.key, number, bytes.clone());
  }

  private void send(Entry entry, Attempt attempt) throws LedgerException, InterruptedException {
    call(
        to -> {
          to.send(attempt);
          return null;
        });
    synchronized (this) {
      reach.over();
      pay.over();
      unplace(entry);
      entry.sent = true;
      if (!gone.contains(entry)) {
        entry.problem = Optional.empty();
      }
      entry.due =
          clock.monotonicNanos() + Math.max(FIRST_LOOK, Limits.backOff(entry.waits, PENDING_LOOK));
      place(entry);
    }
  }

  private Observation observe(Submission submission, List<Attempt> attempts)
      throws LedgerException, InterruptedException {
    Observation seen;
    try {
      seen = call(to -> to.observe(submission, attempts));
    } catch (LedgerException e) {
      if (e.kind() != Kind.REFUSED) {
        throw e;
      }
      seen =
          new Observation(
              Seen.FAILED,
              0,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.ofNullable(e.getMessage()));
    }
    if (seen == null || seen.seen() == null) {
      throw new LedgerException(
          Kind.NOT_BELIEVED, "The client of ledger " + name + " answered nothing.");
    }
    synchronized (this) {
      reach.over();
    }
    return seen;
  }

  private void look(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> attempts;
    boolean wasFinal;
    boolean fenced;
    boolean refused;
    synchronized (this) {
      if (entry.terminal() && !watched(entry)) {
        unplace(entry);
        place(entry);
        return;
      }
      submission = submission(entry);
      attempts = attempts(entry);
      wasFinal = entry.stage == Stage.FINAL;
      fenced = entry.fenced;
      refused = entry.refused.isPresent();
    }
    Observation seen = observe(submission, attempts);
    boolean nothing = seen.seen() == Seen.NOTHING;
    if (!attempts.isEmpty()
        && (seen.seen() == Seen.VOID
            || seen.seen() == Seen.FAILED
            || nothing && (fenced || refused || wasFinal))) {
      // Its attempts are not in: perhaps the effect is, by one that is not known here.
      Observation effect = observe(submission, List.of());
      if (effect.seen() != Seen.NOTHING && effect.seen() != Seen.VOID) {
        seen = effect;
      } else if (refused && !wasFinal) {
        seen = Observation.of(Seen.FAILED, seen.attempt());
      }
    }
    apply(entry, seen);
  }

  private void apply(Entry entry, Observation seen)
      throws IOException, LedgerException, InterruptedException {
    switch (seen.seen()) {
      case INCLUDED -> stage(entry, Stage.INCLUDED, seen, seen.problem());
      case FINAL -> stage(entry, Stage.FINAL, seen, Optional.empty());
      case FAILED ->
          stage(
              entry,
              Stage.REJECTED,
              seen,
              Optional.of(
                  seen.problem()
                      .or(() -> entry.refused)
                      .orElse("The ledger refused it for ever and gave no reason.")));
      case PENDING -> waits(entry, seen, true);
      case STUCK -> {
        waits(entry, seen, true);
        replace(entry);
      }
      case NOTHING -> {
        waits(entry, seen, false);
        resend(entry);
      }
      case VOID -> waits(entry, seen, false);
    }
  }

  /** Reached a stage, or still there. */
  private synchronized void stage(
      Entry entry, Stage stage, Observation seen, Optional<String> problem) throws IOException {
    Optional<String> reference = seen.reference().map(Outbox::text);
    Optional<byte[]> proof = seen.proof().filter(p -> p.length <= Limits.PROOF_BYTES);
    boolean news =
        entry.stage != stage
            || !entry.position.equals(seen.position())
            || proof.isPresent() && !entry.hasProof;
    if (!news) {
      later(entry, true);
      return;
    }
    if (entry.stage == Stage.REJECTED) {
      LOG.warn("Ledger {} took {} after having refused it.", name, entry.key);
    }
    record(
        entry,
        new Record.Staged(
            entry.key,
            stage,
            entry.stage == stage ? entry.since : millis(clock.now()),
            reference.or(() -> entry.reference),
            seen.position(),
            seen.cost(),
            proof,
            problem.map(Outbox::text)));
    unplace(entry);
    entry.sent = true;
    entry.unprepared = false;
    entry.fenced = false;
    gone(entry, gone.contains(entry) && !isTerminal(stage));
    entry.waits = 0;
    place(entry);
    later(entry, true);
  }

  private void record(Entry entry, Record.Staged staged) throws IOException {
    boolean changed = entry.stage != staged.stage();
    long at = log.append(staged);
    unplace(entry);
    staged(entry, staged, at);
    place(entry);
    if (changed) {
      news.add(entry.status());
    }
  }

  /** Not in: falls back to ACCEPTED if it was. */
  private synchronized void waits(Entry entry, Observation seen, boolean known) throws IOException {
    if (entry.stage == Stage.REJECTED) {
      later(entry, true);
      return;
    }
    if (entry.stage != Stage.ACCEPTED) {
      boolean wasFinal = entry.stage == Stage.FINAL;
      Optional<String> problem =
          wasFinal
              ? Optional.of("The ledger had called it final and forgot it. It is being sent again.")
              : Optional.empty();
      if (wasFinal) {
        LOG.warn(
            "Ledger {} called {} final and forgot it (at {}): it is being sent again. Ask who"
                + " runs this ledger, or let more time pass before calling something final.",
            name,
            entry.key,
            entry.position.map(String::valueOf).orElse("an unknown place"));
      }
      record(
          entry,
          new Record.Staged(
              entry.key,
              Stage.ACCEPTED,
              millis(clock.now()),
              entry.reference,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              problem));
      gone(entry, wasFinal || gone.contains(entry));
      entry.waits = 0;
    }
    unplace(entry);
    entry.reference = seen.reference().map(Outbox::text).or(() -> entry.reference);
    if (!gone.contains(entry)) {
      entry.problem = seen.problem().map(Outbox::text);
    }
    entry.sent = known;
    entry.unprepared =
        seen.seen() == Seen.VOID || entry.tries.isEmpty() && seen.seen() == Seen.NOTHING;
    if (entry.tries.size() >= Limits.TRIES && entry.unprepared) {
      entry.unprepared = false;
      entry.problem =
          Optional.of("Tried " + Limits.TRIES + " times: it is only looked at from now on.");
    }
    place(entry);
    later(entry, !entry.unprepared);
  }

  /** Looks again after a while, or prepares at once. */
  private void later(Entry entry, boolean wait) {
    unplace(entry);
    long now = clock.monotonicNanos();
    if (!wait) {
      entry.due = now;
      entry.waits++;
    } else if (entry.terminal()) {
      entry.due = now + FINAL_LOOK * (1L << Math.min(entry.waits++, 8));
    } else {
      long longest = entry.stage == Stage.INCLUDED ? Limits.LONGEST : PENDING_LOOK;
      entry.due = now + Limits.backOff(entry.waits++, longest);
    }
    place(entry);
  }

  private void resend(Entry entry) throws IOException, LedgerException, InterruptedException {
    Attempt newest;
    synchronized (this) {
      if (entry.terminal()
          || entry.unprepared
          || entry.tries.isEmpty()
          || !maySend(clock.monotonicNanos())) {
        return;
      }
      newest = attempt(entry, entry.tries.get(entry.tries.size() - 1));
    }
    send(entry, newest);
  }

  private void replace(Entry entry) throws IOException, LedgerException, InterruptedException {
    Submission submission;
    List<Attempt> stuck;
    synchronized (this) {
      if (entry.terminal()
          || entry.tries.isEmpty()
          || entry.tries.size() >= Limits.TRIES
          || !maySend(clock.monotonicNanos())) {
        return;
      }
      submission = submission(entry);
      stuck = attempts(entry);
    }
    byte[] bytes = call(to -> to.replace(submission, stuck));
    send(entry, store(entry, bytes));
  }

  private void trouble(Entry entry, LedgerException e) throws IOException {
    synchronized (this) {
      long now = clock.monotonicNanos();
      String why = text(e.getMessage());
      switch (e.kind()) {
        case UNFUNDED, TOO_EXPENSIVE, PAUSED -> pay.failed(e.kind(), why, now);
        case AHEAD -> {
          String problem = why + " Nothing is sent until a person says to go on.";
          log.append(new Record.Stop(Optional.of(problem)));
          stopped = Optional.of(problem);
          LOG.warn("Ledger {} stops: {}", name, problem);
        }
        case REFUSED -> {
          refuse(entry, why);
          return;
        }
        default -> reach.failed(e.kind(), why, now);
      }
      if (!entry.terminal() && !gone.contains(entry)) {
        entry.problem = Optional.of(why);
      }
      later(entry, true);
    }
  }

  private void refuse(Entry entry, String why) throws IOException {
    entry.refused = Optional.of(why);
    if (entry.tries.isEmpty() && !entry.terminal()) {
      stage(entry, Stage.REJECTED, Observation.of(Seen.FAILED, 0), Optional.of(why));
    } else {
      // Something of it may be in: looked at before it is believed.
      unplace(entry);
      entry.due = clock.monotonicNanos();
      entry.unprepared = false;
      place(entry);
      later(entry, true);
    }
  }

  // ---------------------------------------------------------------- forgetting

  private void rewriteIfDue(long now) throws IOException {
    boolean grown = log.length() > Math.max(MIN_REWRITE, 2 * rewrittenLength);
    boolean tooMany = entries.size() - waiting > Limits.KEPT + Limits.KEPT / 10;
    boolean daily = now - rewriteAfter > 24 * 3_600 * Limits.SECOND;
    if (grown || tooMany || daily) {
      rewriteAfter = now;
      if (grown || tooMany || oldest()) {
        rewrite();
      }
    }
  }

  private boolean oldest() {
    Instant limit = clock.now().minus(Limits.KEEP);
    return inOrder.values().stream().anyMatch(e -> e.terminal() && e.since.isBefore(limit));
  }

  /** Something to be written anew, read from the log only when its turn comes. */
  interface Source {
    Record record() throws IOException;
  }

  /** Writes the log anew, without what is superseded or forgotten. */
  private void rewrite() throws IOException {
    forget();
    List<Source> sources = new ArrayList<>();
    List<Consumer<Long>> moved = new ArrayList<>();
    collect(sources, moved);
    long[] places = log.rewrite(sources.size(), i -> sources.get(i).record());
    for (int i = 0; i < places.length; i++) {
      moved.get(i).accept(places[i]);
    }
    rewrittenLength = log.length();
  }

  private void each(Consumer<Source> sink) {
    List<Source> sources = new ArrayList<>();
    collect(sources, new ArrayList<>());
    sources.forEach(sink);
  }

  private void collect(List<Source> sources, List<Consumer<Long>> moved) {
    Consumer<Long> stays = at -> {};
    add(sources, moved, () -> new Record.Described(description), stays);
    if (fence) {
      add(sources, moved, Record.Fence::new, stays);
    }
    marks.forEach(
        (stream, number) -> add(sources, moved, () -> new Record.Mark(stream, number), stays));
    forgotten.values().forEach(left -> add(sources, moved, () -> left, stays));
    for (Entry entry : inOrder.values()) {
      add(
          sources,
          moved,
          () -> new Record.Taken(submission(entry), entry.taken),
          at -> entry.at = at);
    }
    record Of(Entry entry, Entry.Try attempt) {}
    List<Of> all = new ArrayList<>();
    for (Entry entry : inOrder.values()) {
      entry.tries.forEach(each -> all.add(new Of(entry, each)));
    }
    all.sort(Comparator.comparingLong(of -> of.attempt().sequence));
    for (Of each : all) {
      add(
          sources,
          moved,
          () -> {
            Attempt attempt = attempt(each.entry(), each.attempt());
            return new Record.Tried(
                attempt.key(), attempt.number(), attempt.bytes(), each.attempt().anew);
          },
          at -> each.attempt().at = at);
    }
    for (Entry entry : inOrder.values()) {
      if (entry.stagedAt >= 0) {
        if (gone.contains(entry)) {
          // So that it is known after a restart that it had been final.
          add(sources, moved, () -> wasFinal(entry), stays);
        }
        add(sources, moved, () -> log.read(entry.stagedAt), at -> entry.stagedAt = at);
      }
    }
    add(sources, moved, () -> new Record.Last(last), stays);
    add(sources, moved, () -> new Record.Stop(stopped), stays);
  }

  private static Record wasFinal(Entry entry) {
    return new Record.Staged(
        entry.key,
        Stage.FINAL,
        entry.since,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static void add(
      List<Source> sources, List<Consumer<Long>> moved, Source source, Consumer<Long> then) {
    sources.add(source);
    moved.add(then);
  }

  /** Final ones that are older than 35 days, or older than the newest 10,000. */
  private void forget() throws IOException {
    Instant limit = clock.now().minus(Limits.KEEP);
    int tooMany = entries.size() - waiting - Limits.KEPT;
    for (Entry entry : List.copyOf(inOrder.values())) {
      if (entry.terminal() && !watched(entry) && (tooMany > 0 || entry.since.isBefore(limit))) {
        tooMany--;
        Matcher numbered = NUMBERED.matcher(entry.key);
        if (entry.kind == SubmissionKind.ROOT && entry.stage == Stage.FINAL && numbered.matches()) {
          marks.merge(numbered.group(1), Long.parseLong(numbered.group(2)), Math::max);
        } else {
          byte[] key = hash(entry.key.getBytes(StandardCharsets.UTF_8));
          forgotten.put(
              key(key),
              new Record.Forgotten(
                  key, effect(submission(entry)), entry.since, entry.stage == Stage.REJECTED));
        }
        unplace(entry);
        entries.remove(entry.key);
        inOrder.remove(entry.sequence);
      }
    }
  }

  private static byte[] effect(Submission submission) {
    return hash(
        submission.kind().name().getBytes(StandardCharsets.UTF_8),
        submission.digest(),
        submission.body());
  }

  private static byte[] hash(byte[]... parts) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        sha.update(part);
      }
      return Arrays.copyOf(sha.digest(), Record.HASH);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }

  private static Hash key(byte[] hash) {
    ByteBuffer buffer = ByteBuffer.wrap(hash);
    return new Hash(buffer.getLong(), buffer.getLong());
  }

  /** As the log keeps it. */
  private static Instant millis(Instant instant) {
    return Instant.ofEpochMilli(instant.toEpochMilli());
  }

  @Override
  public String toString() {
    return name;
  }
}
