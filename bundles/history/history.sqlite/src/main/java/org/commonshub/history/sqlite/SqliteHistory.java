package org.commonshub.history.sqlite;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * History in one SQLite file beside a journal. Batches come on the bus's thread of this sink;
 * queries run on their callers' threads.
 */
@Component(
    service = {HistoryStore.class, ReadingSink.class, BackupParticipant.class},
    configurationPid = "org.commonshub.history.sqlite",
    property = {
      ReadingSink.NAME + "=history.sqlite",
      ReadingSink.KIND + "=" + ReadingSink.STORAGE,
    })
@Designate(ocd = SqliteHistory.Config.class)
public final class SqliteHistory implements HistoryStore, ReadingSink, BackupParticipant {
  /** Settings. */
  @ObjectClassDefinition(
      name = "History",
      description = "How readings are stored, and how long they are kept.")
  public @interface Config {
    @AttributeDefinition(
        name = "Commit interval",
        description =
            "Least time between two commits, in milliseconds (0 to 4000). Longer is kinder to flash"
                + " memory; readings are acknowledged that much later.",
        min = "0",
        max = "4000")
    int commit_interval_ms() default 1000;

    @AttributeDefinition(
        name = "Memory",
        description =
            "Memory for readings that are journalled but not yet compressed, in MiB (1 to 64).",
        min = "1",
        max = "64")
    int memory_mib() default 6;

    @AttributeDefinition(
        name = "Keep every reading",
        description = "Days that readings are kept at full resolution; 0 = for ever.",
        min = "0",
        max = "36500")
    int keep_raw_days() default 365;

    @AttributeDefinition(
        name = "Keep minutes",
        description = "Days that 1-minute roll-ups are kept; 0 = for ever.",
        min = "0",
        max = "36500")
    int keep_minute_days() default 1095;

    @AttributeDefinition(
        name = "Keep quarter hours",
        description = "Days that 15-minute roll-ups are kept; 0 = for ever.",
        min = "0",
        max = "36500")
    int keep_quarter_hour_days() default 0;

    @AttributeDefinition(
        name = "Keep hours",
        description = "Days that 1-hour roll-ups are kept; 0 = for ever.",
        min = "0",
        max = "36500")
    int keep_hour_days() default 0;

    @AttributeDefinition(
        name = "Keep days",
        description = "Days that roll-ups of a day are kept; 0 = for ever.",
        min = "0",
        max = "36500")
    int keep_day_days() default 0;
  }

  private final Store store;

  /** Opens the store; a disk that cannot be used now is tried again with every batch. */
  @Activate
  public SqliteHistory(
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "home") HomeProfile home,
      Config config) {
    Path directory = paths.data().resolve("history.sqlite");
    NativeLibrary.prepare(directory.resolve("native"));
    store = new Store(directory, options(config, clock, home), clock);
  }

  private static Options options(Config config, HubClock clock, HomeProfile home) {
    Map<Resolution, Integer> days = new EnumMap<>(Resolution.class);
    days.put(Resolution.RAW, config.keep_raw_days());
    days.put(Resolution.MINUTE, config.keep_minute_days());
    days.put(Resolution.QUARTER_HOUR, config.keep_quarter_hour_days());
    days.put(Resolution.HOUR, config.keep_hour_days());
    days.put(Resolution.DAY, config.keep_day_days());
    int memory = Math.max(1, Math.min(64, config.memory_mib())) * Options.MIB;
    return new Options(
        home.zone(),
        Math.max(0, Math.min(4000, config.commit_interval_ms())),
        memory,
        4 * Options.MIB,
        days,
        () -> clock.quality() != HubClock.Quality.UNSYNCHRONISED);
  }

  /** Closes everything. What was acknowledged is durable already. */
  @Deactivate
  public void deactivate() {
    store.close();
  }

  @Override
  public void accept(List<MeterRecord> batch) throws IOException {
    store.accept(batch);
  }

  @Override
  public List<SeriesInfo> series() {
    return store.series();
  }

  @Override
  public List<Point> query(
      DeviceId device,
      Quantity quantity,
      Instant from,
      Instant to,
      Resolution resolution,
      int limit) {
    return unchecked(() -> store.query(device, quantity, from, to, resolution, limit));
  }

  @Override
  public List<Gap> gaps(DeviceId device, Instant from, Instant to) {
    return unchecked(() -> store.gaps(device, from, to));
  }

  @Override
  public void replay(
      List<DeviceId> devices, Instant from, Instant to, Consumer<MeterRecord> consumer) {
    unchecked(
        () -> {
          store.replay(devices, from, to, consumer);
          return null;
        });
  }

  @Override
  public void export(
      List<DeviceId> devices, Instant from, Instant to, Format format, OutputStream out)
      throws IOException {
    try {
      new Exporter(store).export(devices, from, to, format, out);
    } catch (SQLException e) {
      store.repairAfter(e);
      throw new IOException("History cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void erase(DeviceId device) throws IOException {
    store.erase(device);
  }

  @Override
  public String backupName() {
    return "history.sqlite";
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    store.backup(out);
  }

  @Override
  public void restoreBackup(InputStream in) throws IOException {
    store.restore(in);
  }

  @Override
  public Status status() {
    return store.status();
  }

  private interface Reading<T> {
    T read() throws IOException, SQLException;
  }

  private <T> T unchecked(Reading<T> reading) {
    try {
      return reading.read();
    } catch (SQLException e) {
      store.repairAfter(e);
      throw new UncheckedIOException(
          new IOException("History cannot be read: " + e.getMessage(), e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
