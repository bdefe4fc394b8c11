package org.commonshub.history.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The store of readings. Queries block on the disk: not for polling threads. They see everything
 * that was acknowledged, and may see what is about to be.
 */
@ProviderType
public interface HistoryStore {
  /** One stored series: where it begins and ends at full resolution or any roll-up. */
  record SeriesInfo(DeviceId device, Quantity quantity, Instant first, Instant last) {}

  /** Form of an export. */
  enum Format {
    /** RFC 4180, UTF-8, header line, ISO 8601 instants, one row per device and instant. */
    CSV,
    /** Frames in the JSON form of docs/data-structure.md, one per line. */
    JSON
  }

  /**
   * State of the store.
   *
   * @param bytes size on disk
   * @param records records kept since start
   * @param lagMillisP99 receipt to durable, 99th percentile of the last minutes
   * @param oldest oldest raw record
   * @param problem what is wrong now, in plain words, if anything
   * @param repairs what was repaired or quarantined at start, in plain words
   * @param retentionDays days each resolution is kept, 0 = for ever
   */
  record Status(
      long bytes,
      long records,
      long lagMillisP99,
      Optional<Instant> oldest,
      Optional<String> problem,
      List<String> repairs,
      Map<Resolution, Integer> retentionDays) {}

  /** All series, in no particular order. */
  List<SeriesInfo> series();

  /**
   * Points of one series with {@code from} ≤ start &lt; {@code to}, oldest first. Intervals without
   * values between the first and the last are there with count 0; raw series hold one point with
   * count 0 at the start of each recorded gap.
   *
   * @param limit most points wanted; when more would be returned, an {@link
   *     IllegalArgumentException} says how many and which resolution fits
   */
  List<Point> query(
      DeviceId device,
      Quantity quantity,
      Instant from,
      Instant to,
      Resolution resolution,
      int limit);

  /** Gaps recorded for a device that touch the interval, oldest first. */
  List<Gap> gaps(DeviceId device, Instant from, Instant to);

  /** Raw records of devices with {@code from} ≤ instant &lt; {@code to}, in order per device. */
  void replay(List<DeviceId> devices, Instant from, Instant to, Consumer<MeterRecord> consumer);

  /**
   * Writes raw records out, streaming, in bounded memory.
   *
   * @param devices which; empty for all
   */
  void export(List<DeviceId> devices, Instant from, Instant to, Format format, OutputStream out)
      throws IOException;

  /** Deletes everything of a device. */
  void erase(DeviceId device) throws IOException;

  /** State now. */
  Status status();
}
