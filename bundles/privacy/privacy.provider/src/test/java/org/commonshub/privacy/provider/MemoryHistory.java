package org.commonshub.privacy.provider;

import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/** A history in memory, with plain means. */
final class MemoryHistory implements HistoryStore {
  final List<ReadingFrame> frames = new CopyOnWriteArrayList<>();

  @Override
  public List<SeriesInfo> series() {
    Map<Series, SeriesInfo> series = new LinkedHashMap<>();
    for (ReadingFrame frame : frames) {
      for (Measurement value : frame.values()) {
        series.merge(
            new Series(frame.device(), value.quantity()),
            new SeriesInfo(frame.device(), value.quantity(), frame.instant(), frame.instant()),
            (a, b) -> new SeriesInfo(a.device(), a.quantity(), a.first(), b.last()));
      }
    }
    return new ArrayList<>(series.values());
  }

  @Override
  public List<Point> query(
      DeviceId device,
      Quantity quantity,
      Instant from,
      Instant to,
      Resolution resolution,
      int limit) {
    Duration length =
        resolution == Resolution.MINUTE ? Duration.ofMinutes(1) : Duration.ofMinutes(15);
    Map<Long, List<Double>> values = new TreeMap<>();
    Double before = null;
    for (ReadingFrame frame : frames) {
      Optional<Measurement> value = frame.value(quantity);
      if (!frame.device().equals(device) || value.isEmpty()) {
        continue;
      }
      double now = value.get().doubleValue();
      double step = quantity.nature() != Nature.REGISTER ? now : before == null ? 0 : now - before;
      before = now;
      if (!frame.instant().isBefore(from) && frame.instant().isBefore(to)) {
        values
            .computeIfAbsent(
                Math.floorDiv(frame.instant().toEpochMilli(), length.toMillis()),
                k -> new ArrayList<>())
            .add(step);
      }
    }
    if (values.size() > limit) {
      throw new IllegalArgumentException("more than " + limit);
    }
    List<Point> points = new ArrayList<>();
    values.forEach(
        (k, v) -> {
          double mean = v.stream().mapToDouble(d -> d).average().orElseThrow();
          double sum = v.stream().mapToDouble(d -> d).sum();
          points.add(
              new Point(
                  Instant.ofEpochMilli(k * length.toMillis()),
                  mean,
                  mean,
                  mean,
                  v.get(0),
                  v.get(v.size() - 1),
                  sum,
                  v.size(),
                  0));
        });
    return points;
  }

  @Override
  public List<Gap> gaps(DeviceId device, Instant from, Instant to) {
    return List.of();
  }

  @Override
  public void replay(
      List<DeviceId> devices, Instant from, Instant to, Consumer<MeterRecord> consumer) {
    for (ReadingFrame frame : frames) {
      if (devices.contains(frame.device())
          && !frame.instant().isBefore(from)
          && frame.instant().isBefore(to)) {
        consumer.accept(frame);
      }
    }
  }

  @Override
  public void export(
      List<DeviceId> devices, Instant from, Instant to, Format format, OutputStream out) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void erase(DeviceId device) {
    frames.removeIf(f -> f.device().equals(device));
  }

  @Override
  public Status status() {
    return new Status(
        0,
        0,
        0,
        Optional.of(Instant.EPOCH.atOffset(ZoneOffset.UTC).toInstant()),
        Optional.empty(),
        List.of(),
        Map.of());
  }
}
