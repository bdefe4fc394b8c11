package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import org.commonshub.ledger.api.LedgerClient.Attempt;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.platform.api.HubClock;

/** Writes the log anew, without what is superseded or old; and takes over a restored one. */
abstract class Forgetting extends Memory {
  private static final long MIN_REWRITE = 1 << 20;

  private long rewrittenLength;
  private long rewriteAfter;

  Forgetting(String name, Log log, HubClock clock, Duration watch) throws IOException {
    super(name, log, clock, watch);
    rewrittenLength = log.length();
    rewriteAfter = clock.monotonicNanos();
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
    rewrittenLength = log.length();
  }

  static String subject(Record record) {
    if (record instanceof Record.Taken r) {
      return r.submission().key();
    }
    return record instanceof Record.Tried r
        ? r.key()
        : record instanceof Record.Staged r2 ? r2.key() : "";
  }

  void rewriteIfDue(long now) throws IOException {
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

  boolean oldest() {
    Instant limit = clock.now().minus(Limits.KEEP);
    return inOrder.values().stream().anyMatch(e -> e.terminal() && e.since.isBefore(limit));
  }

  /** Writes the log anew, without what is superseded or forgotten. */
  void rewrite() throws IOException {
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

  void each(Consumer<Source> sink) {
    List<Source> sources = new ArrayList<>();
    collect(sources, new ArrayList<>());
    sources.forEach(sink);
  }

  void collect(List<Source> sources, List<Consumer<Long>> moved) {
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

  static Record wasFinal(Entry entry) {
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

  /** Final ones that are older than 35 days, or older than the newest 10,000. */
  void forget() throws IOException {
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

  static void add(
      List<Source> sources, List<Consumer<Long>> moved, Source source, Consumer<Long> then) {
    sources.add(source);
    moved.add(then);
  }

  /** Something to be written anew, read from the log only when its turn comes. */
  interface Source {
    Record record() throws IOException;
  }
}
