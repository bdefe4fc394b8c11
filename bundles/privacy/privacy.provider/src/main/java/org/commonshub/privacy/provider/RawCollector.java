package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.Measurement;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Terms;

/** Each value as it comes, at most one a second of each series. */
final class RawCollector implements Collector, LiveValues.Tap {
  private static final int WAITING = 64;

  private final Terms terms;
  private final LiveValues live;
  private final Supplier<DeviceDirectory> directory;
  private final Map<Series, Waiting> series = new HashMap<>();
  private boolean due;

  private static final class Waiting {
    private final Samples samples = new Samples(WAITING);
    private long second = -1;
  }

  RawCollector(Terms terms, LiveValues live, Supplier<DeviceDirectory> directory) {
    this.terms = terms;
    this.live = live;
    this.directory = directory;
    live.add(this);
  }

  @Override
  public boolean wants(Series one) {
    return Selection.matches(terms, one, directory.get());
  }

  @Override
  public boolean keeps() {
    return false;
  }

  @Override
  public synchronized boolean value(Series one, long millis, Measurement value) {
    Waiting waiting = series.computeIfAbsent(one, s -> new Waiting());
    long second = Math.floorDiv(millis, 1000);
    boolean setBack = millis < 1000 * waiting.second - LiveValues.STEP_MILLIS;
    if (second <= waiting.second && !setBack) {
      return false;
    }
    if (setBack) {
      waiting.samples.clear();
    }
    waiting.second = second;
    waiting.samples.add(millis, value.mantissa(), value.exponent(), value.quality().flags());
    due = true;
    return true;
  }

  @Override
  public synchronized boolean due(Instant now) {
    return due;
  }

  @Override
  public boolean disk() {
    return false;
  }

  @Override
  public synchronized Batch collect(Instant now) {
    due = false;
    // A device's clock may be ahead by a little; what is further ahead never comes out.
    Instant to = now.plusMillis(1);
    List<Block> blocks = new ArrayList<>(series.size());
    Instant from = now;
    for (Map.Entry<Series, Waiting> entry : series.entrySet()) {
      Samples samples = entry.getValue().samples;
      if (samples.size() > 0) {
        Block block = samples.block(entry.getKey(), Long.MIN_VALUE, to.toEpochMilli(), false);
        samples.clear();
        if (block.size() > 0) {
          blocks.add(block);
          Instant first = Instant.ofEpochMilli(block.starts()[0]);
          from = first.isBefore(from) ? first : from;
        }
      }
    }
    return new Batch(blocks, from, to);
  }

  @Override
  public void advance(Batch batch) {
    // What was taken is gone: the newest counts.
  }

  @Override
  public void close() {
    live.remove(this);
  }
}
