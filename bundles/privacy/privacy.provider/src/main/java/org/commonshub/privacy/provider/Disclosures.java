package org.commonshub.privacy.provider;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;

/**
 * Writes down what is released and refused. What flows every second is folded into one line a
 * minute; until that is written, its count stands in a file of its own that survives kill -9. The
 * same refusal is written down once a minute. Any thread.
 */
final class Disclosures {
  private static final int MAX_REFUSALS = 1024;

  private final DisclosureLog log;
  private final HubClock clock;
  private final Folds folds;
  private final Counters counters;
  private final Map<Refusal, Long> refusals = new HashMap<>();

  private record Refusal(Recipient recipient, Purpose purpose, RefusedException.Reason reason) {}

  Disclosures(DisclosureLog log, Folds folds, Counters counters, HubClock clock)
      throws IOException {
    this.log = log;
    this.folds = folds;
    this.counters = counters;
    this.clock = clock;
    folds.take(d -> true, log::append);
    log.since(counters.next(), counters::add);
  }

  Counters counters() {
    return counters;
  }

  /** A hand-over of a subscription; with the system when it returns. */
  void released(Standing standing, Release release) {
    Disclosure line = line(standing, release);
    boolean folded =
        standing.terms().mode() == Mode.RAW
            || standing.terms().resolution().compareTo(Granularity.MINUTE) < 0;
    write(line, folded);
  }

  /** A read. */
  void read(Standing standing, Release release) {
    write(line(standing, release), false);
  }

  /** Something else that left under a consent. */
  void write(Disclosure line, boolean folded) {
    try {
      if (folded) {
        folds.add(line, this::append);
      } else {
        append(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says no, once a minute for the same. */
  void refused(Recipient recipient, Standing standing) {
    long minute = clock.now().getEpochSecond() / 60;
    synchronized (refusals) {
      if (refusals.size() > MAX_REFUSALS) {
        refusals.clear();
      }
      Long last =
          refusals.put(new Refusal(recipient, standing.purpose(), standing.refusal()), minute);
      if (last != null && last == minute) {
        return;
      }
    }
    Instant now = clock.now();
    try {
      log.append(
          new Disclosure(
              0,
              now,
              recipient,
              standing.given() == null ? "" : standing.given().id(),
              standing.purpose(),
              Texts.plain("Refused: " + standing.text(), 300),
              0,
              now,
              now));
    } catch (IOException e) {
      // Nothing left; the next release will find the same disk.
    }
  }

  /** Writes down what is folded and a minute old; all of it if {@code now}. */
  void unfold(boolean now) throws IOException {
    Instant limit = clock.now().minusSeconds(60);
    folds.take(d -> now || !d.instant().isAfter(limit), this::append);
  }

  /** Appends and counts as one, so that no line is counted twice or never. */
  private void append(Disclosure line) throws IOException {
    synchronized (counters) {
      counters.add(log.append(line));
    }
  }

  /** Makes durable what was written. */
  void force() {
    try {
      log.force();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Housekeeping, once in a while. */
  void keep() throws IOException {
    unfold(false);
    log.force();
    counters.save();
  }

  List<Disclosure> search(Predicate<Disclosure> wanted, long before, int limit) throws IOException {
    unfold(true);
    return log.search(wanted, before, limit);
  }

  DisclosureLog log() {
    return log;
  }

  /** Reads the log's files afresh, after a backup brought them. */
  void reopen() throws IOException {
    log.reopen();
    synchronized (counters) {
      log.since(counters.next(), counters::add);
    }
  }

  void forget(Recipient recipient) throws IOException {
    unfold(true);
    log.remove(d -> d.recipient().equals(recipient));
  }

  void close() throws IOException {
    unfold(true);
    counters.save();
    log.close();
    folds.close();
  }

  private Disclosure line(Standing standing, Release release) {
    long from = Long.MAX_VALUE;
    long to = Long.MIN_VALUE;
    for (Block block : release.blocks()) {
      if (block.size() > 0) {
        from = Math.min(from, block.starts()[0]);
        to =
            Math.max(
                to,
                block.starts()[block.size() - 1] + Math.max(1, block.intervalSeconds() * 1000L));
      }
    }
    boolean none = to < from;
    return new Disclosure(
        0,
        clock.now(),
        release.recipient(),
        release.consent(),
        release.purpose(),
        what(standing.terms(), release.blocks()),
        release.size(),
        none ? clock.now() : Instant.ofEpochMilli(from),
        none ? clock.now() : Instant.ofEpochMilli(to));
  }

  /** {@code power.active, 15 min}. */
  static String what(Terms terms, List<Block> blocks) {
    Set<String> quantities =
        blocks.stream().map(Block::quantity).collect(Collectors.toCollection(TreeSet::new));
    List<String> words = new ArrayList<>(quantities);
    if (words.size() > 8) {
      words = new ArrayList<>(words.subList(0, 8));
      words.add("…");
    }
    words.add(terms.mode() == Mode.RAW ? "raw" : Texts.span(terms.resolution().length()));
    return String.join(", ", words);
  }
}
