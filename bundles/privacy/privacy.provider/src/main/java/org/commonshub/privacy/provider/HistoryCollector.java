package org.commonshub.privacy.provider;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Terms;

/** Longer or older intervals, and raw values with a delay, from the history. */
final class HistoryCollector implements Collector {
  /** History is durable five seconds after a value came in. */
  static final Duration GRACE = Duration.ofSeconds(10);

  /** Raw values are collected in pieces of it. */
  private static final Granularity RAW_PIECE = Granularity.TEN_SECONDS;

  /** Most intervals at once. */
  private static final int MOST = 96;

  private final Terms terms;
  private final Past past;
  private final ZoneId zone;
  private final Granularity step;
  private Instant next;

  HistoryCollector(Terms terms, Past past, ZoneId zone, Instant now, Instant oldest) {
    this.terms = terms;
    this.past = past;
    this.zone = zone;
    this.step = terms.mode() == Mode.RAW ? RAW_PIECE : terms.resolution();
    Instant first = step.start(now.minus(terms.delay()), zone);
    this.next = first.isBefore(oldest) ? step.next(oldest, zone) : first;
  }

  private Instant end(Instant now) {
    return step.start(now.minus(terms.delay()).minus(GRACE), zone);
  }

  @Override
  public boolean due(Instant now) {
    if (next.isAfter(now.plus(step.length()))) {
      next = step.next(now, zone); // the clock was set back
    }
    return end(now).isAfter(next);
  }

  @Override
  public boolean disk() {
    return true;
  }

  @Override
  public Batch collect(Instant now) throws Fault {
    Instant end = end(now);
    Instant bound = next.plus(step.length().multipliedBy(MOST));
    Instant to = bound.isBefore(end) ? step.start(bound, zone) : end;
    List<Batch> batches = past.batches(terms, next, to, zone, Past.MOST);
    return batches.isEmpty() ? new Batch(List.of(), next, to) : batches.get(0);
  }

  @Override
  public void advance(Batch batch) {
    next = batch.to();
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
