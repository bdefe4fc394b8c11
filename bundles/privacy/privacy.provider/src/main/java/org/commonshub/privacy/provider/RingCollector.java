package org.commonshub.privacy.provider;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.Measurement;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Terms;

/** Short intervals, from the values of the last minutes. */
final class RingCollector implements Collector, LiveValues.Tap {
  /** So long after its end an interval is waited for. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private final Terms terms;
  private final LiveValues live;
  private final Supplier<DeviceDirectory> directory;
  private final ZoneId zone;
  private Instant next;

  RingCollector(
      Terms terms, LiveValues live, Supplier<DeviceDirectory> directory, ZoneId zone, Instant now) {
    this.terms = terms;
    this.live = live;
    this.directory = directory;
    this.zone = zone;
    this.next = terms.resolution().next(now, zone);
    live.add(this);
  }

  /** Whether terms ask for intervals that are short and young enough. */
  static boolean fits(Terms terms) {
    return terms.resolution().compareTo(Granularity.FIVE_MINUTES) <= 0
        && terms.delay().compareTo(Duration.ofMinutes(5)) <= 0;
  }

  @Override
  public boolean wants(Series series) {
    return Selection.matches(terms, series, directory.get());
  }

  @Override
  public boolean keeps() {
    return true;
  }

  @Override
  public boolean value(Series series, long millis, Measurement value) {
    return false;
  }

  private Instant end(Instant now) {
    return terms.resolution().start(now.minus(terms.delay()).minus(GRACE), zone);
  }

  @Override
  public boolean due(Instant now) {
    if (next.isAfter(now.plus(terms.resolution().length()))) {
      next = terms.resolution().next(now, zone); // the clock was set back
    }
    return end(now).isAfter(next);
  }

  @Override
  public boolean disk() {
    return false;
  }

  @Override
  public Batch collect(Instant now) {
    Instant end = end(now);
    Instant oldest = end.minusMillis(LiveValues.RING_MILLIS);
    while (next.isBefore(oldest)) {
      next = terms.resolution().next(next.isBefore(oldest.minusSeconds(900)) ? oldest : next, zone);
    }
    return new Batch(live.kept(this, next, end), next, end);
  }

  @Override
  public void advance(Batch batch) {
    next = batch.to();
  }

  @Override
  public void close() {
    live.remove(this);
  }
}
