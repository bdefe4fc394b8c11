package org.commonshub.privacy.rights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;

/** Quarters of an hour in memory. */
final class MemoryHistory implements HistoryStore {
  final Map<SeriesInfo, List<Point>> points = new LinkedHashMap<>();

  void add(DeviceId device, Quantity quantity, Instant start, double delta, int quality) {
    Point point = new Point(start, 0, 0, 0, 0, 0, delta, 900, quality);
    points
        .computeIfAbsent(
            new SeriesInfo(device, quantity, Instant.EPOCH, Instant.MAX), k -> new ArrayList<>())
        .add(point);
  }

  void gap(DeviceId device, Quantity quantity, Instant start) {
    Point point = new Point(start, 0, 0, 0, 0, 0, 0, 0, 0);
    points
        .computeIfAbsent(
            new SeriesInfo(device, quantity, Instant.EPOCH, Instant.MAX), k -> new ArrayList<>())
        .add(point);
  }

  @Override
  public List<SeriesInfo> series() {
    return List.copyOf(points.keySet());
  }

  @Override
  public List<Point> query(
      DeviceId device,
      Quantity quantity,
      Instant from,
      Instant to,
      Resolution resolution,
      int limit) {
    List<Point> found =
        points.entrySet().stream()
            .filter(e -> e.getKey().device().equals(device))
            .filter(e -> e.getKey().quantity().equals(quantity))
            .flatMap(e -> e.getValue().stream())
            .filter(p -> !p.start().isBefore(from) && p.start().isBefore(to))
            .toList();
    if (found.size() > limit) {
      throw new IllegalArgumentException("more than " + limit + " points");
    }
    return found;
  }

  @Override
  public List<Gap> gaps(DeviceId device, Instant from, Instant to) {
    return List.of();
  }

  @Override
  public void replay(
      List<DeviceId> devices, Instant from, Instant to, Consumer<MeterRecord> consumer) {}

  @Override
  public void export(
      List<DeviceId> devices, Instant from, Instant to, Format format, OutputStream out)
      throws IOException {
    out.write((format + " of " + points.size()).getBytes(StandardCharsets.UTF_8));
    out.close();
  }

  @Override
  public void erase(DeviceId device) {
    points.keySet().removeIf(s -> s.device().equals(device));
  }

  @Override
  public Status status() {
    return new Status(0, 0, 0, Optional.empty(), Optional.empty(), List.of(), Map.of());
  }
}
