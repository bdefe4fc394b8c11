package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.privacy.api.Block;

/**
 * What the bus brings: hands values to those flows that want each one, and keeps the last eleven
 * minutes of series that flows of short intervals want, and of no others. Any thread; never waits.
 */
final class LiveValues {
  /** How far back a ring goes. */
  static final long RING_MILLIS = 660_000;

  /** A value so much older than the newest means that the clock was set back. */
  static final long STEP_MILLIS = 60_000;

  private static final int RING_VALUES = 4096;
  private static final int MAX_RINGS = 256;
  private static final int MAX_ROUTES = 8192;

  private final Supplier<DeviceDirectory> directory;
  private final Runnable news;
  private final Set<Tap> taps = new HashSet<>();
  private final Map<Series, Samples> rings = new HashMap<>();
  private final Map<DeviceId, Map<Quantity, Route>> routes = new HashMap<>();
  private DeviceDirectory seen;
  private long revision;
  private int routed;

  /** A flow that looks at live values. Called under the lock of this object. */
  interface Tap {
    boolean wants(Series series);

    /** Whether the last minutes are to be kept for it; otherwise it gets each value. */
    boolean keeps();

    /** One value; whether there is something to do now. */
    boolean value(Series series, long millis, Measurement value);
  }

  private record Route(Series series, Samples ring, List<Tap> taps) {}

  /**
   * Looks at nothing yet.
   *
   * @param news called when a tap has something to do
   */
  LiveValues(Supplier<DeviceDirectory> directory, Runnable news) {
    this.directory = directory;
    this.news = news;
  }

  synchronized void add(Tap tap) {
    taps.add(tap);
    routes.clear();
  }

  synchronized void remove(Tap tap) {
    taps.remove(tap);
    routes.clear();
    rings.keySet().removeIf(s -> taps.stream().noneMatch(t -> t.keeps() && t.wants(s)));
  }

  void accept(List<MeterRecord> batch) {
    boolean something = false;
    synchronized (this) {
      if (taps.isEmpty()) {
        return;
      }
      follow();
      for (MeterRecord record : batch) {
        if (record instanceof ReadingFrame frame) {
          something |= frame(frame);
        }
      }
    }
    if (something) {
      news.run();
    }
  }

  /** Another role or device: who wants what is found out afresh. */
  private void follow() {
    DeviceDirectory now = directory.get();
    long then = now == null ? -1 : now.revision();
    if (now != seen || then != revision || routed > MAX_ROUTES) {
      seen = now;
      revision = then;
      routed = 0;
      routes.clear();
    }
  }

  private boolean frame(ReadingFrame frame) {
    if (frame.revision() > 0) {
      return false; // a correction of the past is in the history
    }
    boolean something = false;
    long millis = frame.instant().toEpochMilli();
    Map<Quantity, Route> byQuantity = routes.computeIfAbsent(frame.device(), d -> new HashMap<>());
    for (Measurement value : frame.values()) {
      Route route = byQuantity.get(value.quantity());
      if (route == null) {
        route = route(new Series(frame.device(), value.quantity()));
        byQuantity.put(value.quantity(), route);
        routed++;
      }
      if (route.ring() != null) {
        if (millis < route.ring().newest() - STEP_MILLIS) {
          route.ring().clear(); // the clock was set back
        }
        route.ring().add(millis, value.mantissa(), value.exponent(), value.quality().flags());
        route.ring().dropBefore(millis - RING_MILLIS);
      }
      for (Tap tap : route.taps()) {
        something |= tap.value(route.series(), millis, value);
      }
    }
    return something;
  }

  private Route route(Series series) {
    List<Tap> each = new ArrayList<>();
    boolean keep = false;
    for (Tap tap : taps) {
      if (tap.wants(series)) {
        if (tap.keeps()) {
          keep = true;
        } else {
          each.add(tap);
        }
      }
    }
    Samples ring = rings.get(series);
    if (keep && ring == null && rings.size() < MAX_RINGS) {
      ring = new Samples(RING_VALUES);
      rings.put(series, ring);
    }
    return new Route(series, keep ? ring : null, each);
  }

  /** Kept values of {@code from} ≤ instant &lt; {@code to}, and the nearest on either side. */
  synchronized List<Block> kept(Tap tap, Instant from, Instant to) {
    List<Block> blocks = new ArrayList<>();
    for (Map.Entry<Series, Samples> ring : rings.entrySet()) {
      if (tap.wants(ring.getKey())) {
        Block block =
            ring.getValue().block(ring.getKey(), from.toEpochMilli(), to.toEpochMilli(), true);
        if (block.size() > 0) {
          blocks.add(block);
        }
      }
    }
    return blocks;
  }
}
