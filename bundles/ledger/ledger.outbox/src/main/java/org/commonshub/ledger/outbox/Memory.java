package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an outbox holds: submissions with their attempts, in memory and in the {@link Log}, and when
 * each of them is due. Guarded by itself.
 */
abstract class Memory {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  static final Pattern NUMBERED = Pattern.compile("(.+)/(0|[1-9][0-9]{0,17})");
  static final long FINAL_LOOK = 5 * 60 * Limits.SECOND;

  /** A key of what is forgotten. */
  record Hash(long high, long low) {}

  /** Those of one order that are not sent yet. */
  private static final class Order {
    final TreeMap<Long, Entry> unsent = new TreeMap<>();

    /** The one that may be prepared. */
    Entry ready;
  }

  final String name;
  final Log log;
  final HubClock clock;
  final Duration watch;

  final Map<String, Entry> entries = new HashMap<>();
  final TreeMap<Long, Entry> inOrder = new TreeMap<>();

  /** To be prepared: the first of each order. */
  final TreeSet<Entry> ready = new TreeSet<>(Entry.BY_DUE);

  /** To be looked at. */
  final TreeSet<Entry> looks = new TreeSet<>(Entry.BY_DUE);

  /** With attempts that are not final. */
  final Set<Entry> open = new LinkedHashSet<>();

  /** Were final and are not any more. */
  final Set<Entry> gone = new LinkedHashSet<>();

  final Map<Hash, Record.Forgotten> forgotten = new HashMap<>();

  /** Highest forgotten number of each stream. */
  final Map<String, Long> marks = new HashMap<>();

  /** Highest number of each stream. */
  final Map<String, Long> highest = new HashMap<>();

  private final Map<String, Order> orders = new HashMap<>();
  private long sequence;
  private long trySequence;

  /** How many are neither final nor rejected. */
  int waiting;

  /** How many were sent and are not in. */
  int pending;

  /** Effects are looked for before anything is prepared. */
  boolean fence;

  /** What was prepared last. */
  Optional<byte[]> last = Optional.empty();

  /** Why nothing is sent until a person says so. */
  Optional<String> stopped = Optional.empty();

  LedgerDescription description;

  Memory(String name, Log log, HubClock clock, Duration watch) throws IOException {
    this.name = name;
    this.log = log;
    this.clock = clock;
    this.watch = watch;
    this.description = new LedgerDescription(name, "", "", "", "");
    synchronized (this) {
      load();
    }
  }

  /** What is left of a key whose details are forgotten. */
  Optional<Status> past(String key, Optional<Submission> same) {
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

  static Status past(String key, Stage stage, Instant since) {
    return new Status(
        key,
        stage,
        since,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of("So long ago that its details are not kept here any more."));
  }

  static IllegalArgumentException taken(String key) {
    return new IllegalArgumentException("The key " + key + " was used for another effect.");
  }

  void load() throws IOException {
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
  }

  void remember(long at, Record record) {
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

  Entry add(Record.Taken record, long at) {
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

  Entry.Try attempt(Record.Tried record, long at) {
    byte[] small = record.bytes().length <= Limits.SMALL ? record.bytes() : null;
    return new Entry.Try(record.number(), trySequence++, at, small, record.anew());
  }

  Attempt attempt(Entry entry, Entry.Try each) throws IOException {
    if (each.bytes != null) {
      return new Attempt(entry.key, each.number, each.bytes.clone());
    }
    if (log.read(each.at) instanceof Record.Tried tried) {
      return new Attempt(entry.key, each.number, tried.bytes());
    }
    throw new IOException("the log holds something else where an attempt was");
  }

  void gone(Entry entry, boolean is) {
    if (is) {
      gone.add(entry);
    } else {
      gone.remove(entry);
    }
  }

  static boolean isTerminal(Stage stage) {
    return stage == Stage.FINAL || stage == Stage.REJECTED;
  }

  void staged(Entry entry, Record.Staged record, long at) {
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

  Submission submission(Entry entry) throws IOException {
    if (!entry.hasBody) {
      return new Submission(entry.key, entry.kind, entry.digest, new byte[0]);
    }
    if (log.read(entry.at) instanceof Record.Taken taken) {
      return taken.submission();
    }
    throw new IOException("the log holds something else where " + entry.key + " was");
  }

  List<Attempt> attempts(Entry entry) throws IOException {
    List<Attempt> attempts = new ArrayList<>();
    for (Entry.Try each : entry.tries) {
      attempts.add(attempt(entry, each));
    }
    return attempts;
  }

  /** What is not final, and what is void of the one that is to be prepared anew. */
  List<Attempt> openAttempts(Entry next) throws IOException {
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
  void unplace(Entry entry) {
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
  void place(Entry entry) {
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
  boolean watched(Entry entry) {
    return (entry.stage == Stage.FINAL || !entry.tries.isEmpty())
        && Duration.between(entry.since, clock.now()).compareTo(watch) < 0;
  }

  static byte[] effect(Submission submission) {
    return hash(
        submission.kind().name().getBytes(StandardCharsets.UTF_8),
        submission.digest(),
        submission.body());
  }

  static byte[] hash(byte[]... parts) {
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

  static Hash key(byte[] hash) {
    ByteBuffer buffer = ByteBuffer.wrap(hash);
    return new Hash(buffer.getLong(), buffer.getLong());
  }

  /** As the log keeps it. */
  static Instant millis(Instant instant) {
    return Instant.ofEpochMilli(instant.toEpochMilli());
  }
}
