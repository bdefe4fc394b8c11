package org.commonshub.history.sqlite;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.commonshub.history.api.HistoryStore.Format;
import org.commonshub.history.api.HistoryStore.SeriesInfo;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.JsonCodec;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;

/**
 * Streams raw records out. CSV: {@code
 * device,instant,until,gap,clock_epoch,sequence,revision,meter_epoch,quality}, then one column per
 * quantity, titled {@code name (unit)}; {@code until} and {@code gap} are filled for gaps only;
 * {@code quality} lists values that are not plainly measured, {@code name=flag+flag name=…}.
 */
final class Exporter {
  private static final byte[] CRLF = {'\r', '\n'};

  private final Store store;

  Exporter(Store store) {
    this.store = store;
  }

  void export(List<DeviceId> wanted, Instant from, Instant to, Format format, OutputStream target)
      throws IOException, SQLException {
    List<DeviceId> devices = wanted.isEmpty() ? store.deviceIds() : wanted;
    BufferedOutputStream out = new BufferedOutputStream(target, 1 << 16);
    try {
      switch (format) {
        case JSON ->
            store.replay(
                devices,
                from,
                to,
                record -> write(out, JsonCodec.encodeRecord(record), new byte[] {'\n'}));
        case CSV -> csv(devices, from, to, out);
      }
      out.flush();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void write(OutputStream out, byte[] line, byte[] end) {
    try {
      out.write(line);
      out.write(end);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void csv(List<DeviceId> devices, Instant from, Instant to, OutputStream out)
      throws IOException, SQLException {
    List<Quantity> quantities =
        store.series().stream()
            .filter(s -> devices.contains(s.device()))
            .map(SeriesInfo::quantity)
            .distinct()
            .sorted(
                Comparator.comparingInt((Quantity q) -> q.key() == 0 ? Integer.MAX_VALUE : q.key())
                    .thenComparing(Quantity::toString))
            .toList();
    Map<Quantity, Integer> columns = new HashMap<>();
    StringBuilder line =
        new StringBuilder(
            "device,instant,until,gap,clock_epoch,sequence,revision,meter_epoch,quality");
    for (Quantity quantity : quantities) {
      columns.put(quantity, columns.size());
      line.append(',').append(quantity).append(" (").append(quantity.unit().symbol()).append(')');
    }
    write(out, line.toString().getBytes(StandardCharsets.UTF_8), CRLF);
    String[] cells = new String[quantities.size()];
    store.replay(
        devices,
        from,
        to,
        record -> write(out, row(record, columns, cells).getBytes(StandardCharsets.UTF_8), CRLF));
  }

  private static String row(MeterRecord record, Map<Quantity, Integer> columns, String[] cells) {
    StringBuilder line = new StringBuilder(160).append(record.device()).append(',');
    if (record instanceof Gap gap) {
      line.append(gap.from())
          .append(',')
          .append(gap.to())
          .append(',')
          .append(gap.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'));
      return line.append(",".repeat(5 + cells.length)).toString();
    }
    ReadingFrame frame = (ReadingFrame) record;
    java.util.Arrays.fill(cells, "");
    List<String> qualities = new ArrayList<>();
    for (Measurement m : frame.values()) {
      Integer column = columns.get(m.quantity());
      if (column != null) { // a quantity that came up only after the header was written is not here
        cells[column] = m.decimalValue().toPlainString();
      }
      if (m.quality().flags() != 0) {
        qualities.add(m.quantity() + "=" + String.join("+", m.quality().names()));
      }
    }
    line.append(frame.instant())
        .append(",,,")
        .append(frame.clockEpoch())
        .append(',')
        .append(frame.sequence())
        .append(',')
        .append(frame.revision())
        .append(',')
        .append(frame.meterEpoch())
        .append(',')
        .append(String.join(" ", qualities));
    for (String cell : cells) {
      line.append(',').append(cell);
    }
    return line.toString();
  }
}
