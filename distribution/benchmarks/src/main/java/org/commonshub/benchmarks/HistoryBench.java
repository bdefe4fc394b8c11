package org.commonshub.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.annotation.Annotation;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.commonshub.history.api.Resolution;
import org.commonshub.history.sqlite.SqliteHistory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.testing.fakes.FakeHomeProfile;
import org.commonshub.testing.fakes.FakeHubClock;

/**
 * History: two days of 1-s data of 20 signals in, their size on disk, a chart of one year out, and
 * how long a reading takes to be acknowledged; against one row per reading in SQLite, and InfluxDB.
 */
public final class HistoryBench implements Bench {
  private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
  private static final int SECONDS = 2 * 86_400;
  private static final int BATCH = 4096;
  private static final int CHARTED = 5;
  private static final ZoneId ZONE = ZoneId.of("Europe/Rome");

  /** Signals by device: a grid meter, an inverter, a battery, a charger. */
  private static final Quantity[][] SIGNALS = {
    {
      Quantity.ACTIVE_POWER,
      Quantity.ACTIVE_POWER_L1,
      Quantity.ACTIVE_POWER_L2,
      Quantity.ACTIVE_POWER_L3,
      Quantity.VOLTAGE_L1,
      Quantity.VOLTAGE_L2,
      Quantity.VOLTAGE_L3,
      Quantity.ENERGY_IMPORT,
      Quantity.ENERGY_EXPORT,
    },
    {
      Quantity.ACTIVE_POWER, Quantity.VOLTAGE, Quantity.ENERGY_EXPORT, Quantity.DEVICE_STATE,
    },
    {
      Quantity.ACTIVE_POWER, Quantity.BATTERY_SOC, Quantity.ENERGY_IMPORT, Quantity.BATTERY_STATE,
    },
    {
      Quantity.ACTIVE_POWER, Quantity.ENERGY_IMPORT, Quantity.EV_STATE,
    },
  };

  private static final DeviceId[] DEVICES = new DeviceId[SIGNALS.length];

  static {
    for (int i = 0; i < DEVICES.length; i++) {
      DEVICES[i] = DeviceId.parse("6f1e2d3c-0000-4000-8000-00000000000" + i);
    }
  }

  @Override
  public String name() {
    return "history";
  }

  @Override
  public String summary() {
    return "ingest, bytes per reading, a chart of one year and acknowledgement lag of the history,"
        + " against one row per reading in SQLite and InfluxDB";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Map<String, Number> figures = new LinkedHashMap<>();
    Map<String, Number> baseline = new LinkedHashMap<>();
    Path work = Files.createTempDirectory("history-bench");
    try {
      ours(work.resolve("hub"), figures, progress);
      year(work.resolve("year"), figures, progress);
      lag(work.resolve("lag"), figures, progress);
      naive(work, baseline, progress);
      influx(work.resolve("influx"), baseline, progress);
    } finally {
      delete(work);
    }
    return new Result(figures, baseline);
  }

  // ------------------------------------------------------------------------------ the data

  /** Two days of a home, the same at every run. */
  private static final class Home {
    private final Random random = new Random(20_260_301);
    private final long[] millis = new long[DEVICES.length];
    private double imported = 12_345_678;
    private double exported = 9_876_543;
    private double produced = 23_456_789;
    private double charged = 3_456_789;
    private double driven = 1_234_567;
    private double charge = 55;
    private int second;

    boolean hasNext() {
      return second < SECONDS;
    }

    private long noise() {
      return random.nextInt(4096);
    }

    List<MeterRecord> next() {
      double day = (second % 86_400) / 86_400.0;
      double sun = Math.max(0, Math.sin((day - 0.25) * 2 * Math.PI));
      // Powers in tenths of a watt with 12 bits of noise.
      long pv = -(long) (sun * 50_000) - (sun > 0 ? noise() : 0);
      long battery = (long) (-pv * 0.3) + noise() - 2048;
      boolean plugged = day > 0.7 && day < 0.85;
      long ev = plugged ? 72_000 + noise() : 0;
      long[] phases = {3000 + noise(), 2000 + noise() + ev / 3, 4000 + noise() + pv / 3};
      long grid = phases[0] + phases[1] + phases[2] + battery;
      if (grid > 0) {
        imported += grid / 36_000.0;
      } else {
        exported -= grid / 36_000.0;
      }
      produced -= pv / 36_000.0;
      charged += Math.max(0, battery) / 36_000.0;
      driven += ev / 36_000.0;
      charge = Math.max(5, Math.min(100, charge + battery / 36_000_000.0));
      long[][] values = {
        {
          grid,
          phases[0],
          phases[1],
          phases[2],
          volts(),
          volts(),
          volts(),
          (long) imported,
          (long) exported
        },
        {pv, volts(), (long) produced, sun > 0 ? 4 : 2},
        {battery, (long) (charge * 10), (long) charged, battery > 0 ? 4 : 3},
        {ev, (long) driven, plugged ? 3 : 1},
      };
      int[][] exponents = {
        {-1, -1, -1, -1, -1, -1, -1, 0, 0}, {-1, -1, 0, 0}, {-1, -1, 0, 0}, {-1, 0, 0},
      };
      List<MeterRecord> frames = new ArrayList<>(DEVICES.length);
      for (int d = 0; d < DEVICES.length; d++) {
        List<Measurement> measurements = new ArrayList<>();
        for (int i = 0; i < values[d].length; i++) {
          measurements.add(Measurement.of(SIGNALS[d][i], values[d][i], exponents[d][i]));
        }
        millis[d] = random.nextInt(4); // a poll is not done at the same millisecond each time
        frames.add(
            new ReadingFrame(
                DEVICES[d],
                1,
                START.plusSeconds(second).plusMillis(d * 7L + millis[d]),
                second,
                1,
                measurements));
      }
      second++;
      return frames;
    }

    private long volts() {
      return 2300 + random.nextInt(24) - 12;
    }
  }

  private interface Sink {
    void accept(List<MeterRecord> batch) throws Exception;
  }

  /** Feeds everything and returns the seconds spent in the sink. */
  private static double feed(Sink sink, long[] readings) throws Exception {
    Home home = new Home();
    long nanos = 0;
    List<MeterRecord> batch = new ArrayList<>(BATCH);
    while (home.hasNext()) {
      batch.clear();
      while (home.hasNext() && batch.size() + DEVICES.length <= BATCH) {
        batch.addAll(home.next());
      }
      for (MeterRecord record : batch) {
        readings[0] += ((ReadingFrame) record).values().size();
      }
      long begin = System.nanoTime();
      sink.accept(batch);
      nanos += System.nanoTime() - begin;
    }
    return nanos / 1e9;
  }

  // ------------------------------------------------------------------------------ ours

  private static SqliteHistory open(Path data, HubClock clock, int commitMillis) {
    HubPaths paths =
        new HubPaths() {
          @Override
          public Path data() {
            return data;
          }

          @Override
          public Path config() {
            return data;
          }
        };
    return new SqliteHistory(paths, clock, new FakeHomeProfile(ZONE), new Config(commitMillis));
  }

  /** The shipped defaults, but for the commit interval. */
  @SuppressWarnings("ClassExplicitlyAnnotation")
  private record Config(int commit_interval_ms) implements SqliteHistory.Config {
    private static int shipped(String name) {
      try {
        return (int) SqliteHistory.Config.class.getMethod(name).getDefaultValue();
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public int memory_mib() {
      return shipped("memory_mib");
    }

    @Override
    public int keep_raw_days() {
      return shipped("keep_raw_days");
    }

    @Override
    public int keep_minute_days() {
      return shipped("keep_minute_days");
    }

    @Override
    public int keep_quarter_hour_days() {
      return shipped("keep_quarter_hour_days");
    }

    @Override
    public int keep_hour_days() {
      return shipped("keep_hour_days");
    }

    @Override
    public int keep_day_days() {
      return shipped("keep_day_days");
    }

    @Override
    public Class<? extends Annotation> annotationType() {
      return SqliteHistory.Config.class;
    }
  }

  private static void ours(Path data, Map<String, Number> figures, PrintStream progress)
      throws Exception {
    SqliteHistory history =
        open(data, new FakeHubClock(START.plus(Duration.ofDays(2))), commitDefault());
    long[] readings = {0};
    double seconds = feed(history::accept, readings);
    long begin = System.nanoTime();
    history.deactivate();
    seconds += (System.nanoTime() - begin) / 1e9;
    long bytes = size(data.resolve("history.sqlite"), "native");
    figures.put("readings", readings[0]);
    figures.put("ingest_per_s", Math.round(readings[0] / seconds));
    figures.put("bytes_per_reading", round(bytes / (double) readings[0]));
    progress.printf(
        "history: %,d readings in %.2f s, %,d bytes on disk%n", readings[0], seconds, bytes);
    begin = System.nanoTime();
    history = open(data, new FakeHubClock(START.plus(Duration.ofDays(2))), commitDefault());
    progress.printf("history: opened again in %.0f ms%n", (System.nanoTime() - begin) / 1e6);
    Instant to = START.plusSeconds(SECONDS);
    long points = 0;
    begin = System.nanoTime();
    for (int i = 0; i < CHARTED; i++) {
      points +=
          history.query(DEVICES[0], SIGNALS[0][i], START, to, Resolution.HOUR, 100_000).size();
    }
    figures.put("chart_2days_ms", round((System.nanoTime() - begin) / 1e6));
    begin = System.nanoTime();
    int raw = history.query(DEVICES[0], SIGNALS[0][0], START, to, Resolution.RAW, 200_000).size();
    figures.put("raw_2days_ms", round((System.nanoTime() - begin) / 1e6));
    progress.printf("history: %d hourly points, %d raw points read back%n", points, raw);
    history.deactivate();
  }

  private static int commitDefault() {
    return Config.shipped("commit_interval_ms");
  }

  private static void year(Path data, Map<String, Number> figures, PrintStream progress)
      throws Exception {
    int days = 365;
    Instant end = START.plus(Duration.ofDays(days));
    SqliteHistory history = open(data, new FakeHubClock(end), 0);
    Random random = new Random(1);
    List<MeterRecord> batch = new ArrayList<>();
    for (int minute = 0; minute < days * 1440; minute++) {
      List<Measurement> values = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        values.add(Measurement.of(SIGNALS[0][i], random.nextInt(80_000) - 40_000, -1));
      }
      values.add(Measurement.of(Quantity.ENERGY_IMPORT, minute * 5L, 0));
      batch.add(
          new ReadingFrame(DEVICES[0], 1, START.plusSeconds(minute * 60L), minute, 1, values));
      if (batch.size() == BATCH) {
        history.accept(batch);
        batch.clear();
      }
    }
    if (!batch.isEmpty()) {
      history.accept(batch);
    }
    history.deactivate();
    history = open(data, new FakeHubClock(end), 0);
    List<Double> times = new ArrayList<>();
    int points = 0;
    for (int round = 0; round < 11; round++) {
      points = 0;
      long begin = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        points +=
            history.query(DEVICES[0], SIGNALS[0][i], START, end, Resolution.HOUR, 10_000).size();
      }
      points +=
          history
              .query(DEVICES[0], Quantity.ENERGY_IMPORT, START, end, Resolution.HOUR, 10_000)
              .size();
      times.add((System.nanoTime() - begin) / 1e6);
    }
    figures.put("chart_year_first_ms", round(times.get(0)));
    times.sort(Comparator.naturalOrder());
    figures.put("chart_year_ms", round(times.get(times.size() / 2)));
    figures.put("chart_year_points", points);
    progress.printf(
        "history: a year in hours, %d points of 5 series, %.1f to %.1f ms%n",
        points, times.get(0), times.get(times.size() - 1));
    history.deactivate();
  }

  /** Real time for a quarter of a minute: 4 devices a second, acknowledged when accept returns. */
  private static void lag(Path data, Map<String, Number> figures, PrintStream progress)
      throws Exception {
    long origin = System.nanoTime();
    HubClock clock =
        new HubClock() {
          @Override
          public Instant now() {
            return START.plusNanos(monotonicNanos());
          }

          @Override
          public long monotonicNanos() {
            return System.nanoTime() - origin;
          }

          @Override
          public int epoch() {
            return 1;
          }

          @Override
          public Quality quality() {
            return Quality.SYNCHRONISED;
          }
        };
    SqliteHistory history = open(data, clock, commitDefault());
    BlockingQueue<MeterRecord> queue = new LinkedBlockingQueue<>();
    List<Double> lags = new ArrayList<>();
    Thread sink =
        new Thread(
            () -> {
              List<MeterRecord> batch = new ArrayList<>();
              try {
                while (true) {
                  batch.clear();
                  batch.add(queue.take());
                  queue.drainTo(batch, BATCH - 1);
                  history.accept(batch);
                  long now = clock.now().toEpochMilli();
                  for (MeterRecord record : batch) {
                    lags.add((double) now - ((ReadingFrame) record).instant().toEpochMilli());
                  }
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              } catch (Exception e) {
                progress.println("history: " + e);
              }
            },
            "bench-sink");
    sink.start();
    for (int i = 0; i < 1500; i++) {
      int d = i % DEVICES.length;
      List<Measurement> values =
          Arrays.stream(SIGNALS[d]).map(q -> Measurement.of(q, 1, 0)).toList();
      queue.add(new ReadingFrame(DEVICES[d], 1, clock.now(), i, 1, values));
      TimeUnit.MILLISECONDS.sleep(10);
    }
    while (!queue.isEmpty()) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    TimeUnit.SECONDS.sleep(5);
    sink.interrupt();
    sink.join(10_000);
    lags.sort(Comparator.naturalOrder());
    figures.put("ack_lag_ms_p99", Math.round(lags.get((int) (lags.size() * 0.99))));
    figures.put("durable_lag_ms_p99", history.status().lagMillisP99());
    figures.put("commit_interval_ms", commitDefault());
    history.deactivate();
  }

  // ------------------------------------------------------------------------------ baselines

  private static void naive(Path work, Map<String, Number> baseline, PrintStream progress)
      throws Exception {
    Path file = work.resolve("naive.db");
    long[] readings = {0};
    double seconds;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = WAL");
        statement.execute("PRAGMA synchronous = FULL");
        statement.execute(
            "CREATE TABLE reading(device INTEGER, quantity INTEGER, time INTEGER, value REAL,"
                + " PRIMARY KEY(device, quantity, time)) WITHOUT ROWID");
      }
      connection.setAutoCommit(false);
      try (PreparedStatement insert =
          connection.prepareStatement("INSERT OR IGNORE INTO reading VALUES(?, ?, ?, ?)")) {
        seconds = feed(batch -> insert(connection, insert, batch), readings);
      }
      long begin = System.nanoTime();
      for (int i = 0; i < CHARTED; i++) {
        chart(connection, SIGNALS[0][i].key());
      }
      baseline.put("naive_sqlite_chart_2days_ms", round((System.nanoTime() - begin) / 1e6));
    }
    long bytes = Files.size(file);
    baseline.put("naive_sqlite_ingest_per_s", Math.round(readings[0] / seconds));
    baseline.put("naive_sqlite_bytes_per_reading", round(bytes / (double) readings[0]));
    progress.printf("one row per reading in SQLite: %.2f s, %,d bytes%n", seconds, bytes);
  }

  private static void insert(
      Connection connection, PreparedStatement insert, List<MeterRecord> batch)
      throws SQLException {
    for (MeterRecord record : batch) {
      ReadingFrame frame = (ReadingFrame) record;
      int device = Arrays.asList(DEVICES).indexOf(frame.device());
      for (Measurement value : frame.values()) {
        insert.setInt(1, device);
        insert.setInt(2, value.quantity().key());
        insert.setLong(3, frame.instant().toEpochMilli());
        insert.setDouble(4, value.doubleValue());
        insert.addBatch();
      }
    }
    insert.executeBatch();
    connection.commit();
  }

  private static void chart(Connection connection, int quantity) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT time / 3600000, min(value), avg(value), max(value) FROM reading"
                + " WHERE device = 0 AND quantity = ? GROUP BY 1")) {
      select.setInt(1, quantity);
      try (ResultSet rows = select.executeQuery()) {
        int n = 0;
        while (rows.next()) {
          n++;
        }
        if (n != SECONDS / 3600) {
          throw new IllegalStateException(n + " points");
        }
      }
    }
  }

  private static void influx(Path directory, Map<String, Number> baseline, PrintStream progress)
      throws Exception {
    if (!Files.isExecutable(Path.of("/usr/bin/influxd"))) {
      progress.println("influxd is missing: trying apt-get install -y influxdb");
      try {
        new ProcessBuilder("apt-get", "install", "-y", "influxdb")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor(180, TimeUnit.SECONDS);
      } catch (IOException e) {
        progress.println(e.getMessage());
      }
    }
    if (!Files.isExecutable(Path.of("/usr/bin/influxd"))) {
      progress.println("influxd is not here: no figures of InfluxDB");
      return;
    }
    Files.createDirectories(directory);
    int port = freePort();
    Path config = directory.resolve("influxdb.conf");
    Files.writeString(
        config,
        """
        reporting-disabled = true
        bind-address = "127.0.0.1:%d"
        [meta]
          dir = "%s/meta"
        [data]
          dir = "%s/data"
          wal-dir = "%s/wal"
        [http]
          bind-address = "127.0.0.1:%d"
          log-enabled = false
          max-body-size = 0
        """
            .formatted(freePort(), directory, directory, directory, port));
    Process process =
        new ProcessBuilder("/usr/bin/influxd", "-config", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("influxd.log").toFile())
            .start();
    long[] readings = {0};
    double seconds;
    try {
      HttpClient client = HttpClient.newHttpClient();
      String base = "http://127.0.0.1:" + port;
      for (int i = 0; ; i++) {
        try {
          if (post(client, base + "/query?q=" + encode("CREATE DATABASE hub"), "") == 200) {
            break;
          }
        } catch (IOException e) {
          if (i == 100 || !process.isAlive()) {
            throw new IOException("influxd does not answer", e);
          }
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
      seconds = feed(batch -> write(client, base, batch), readings);
      long begin = System.nanoTime();
      for (int i = 0; i < CHARTED; i++) {
        String query =
            "SELECT min(q%1$d),mean(q%1$d),max(q%1$d) FROM d0 WHERE time >= '%2$s' AND time < '%3$s' GROUP BY time(1h)"
                .formatted(SIGNALS[0][i].key(), START, START.plusSeconds(SECONDS));
        if (post(client, base + "/query?db=hub&q=" + encode(query), "") != 200) {
          throw new IOException("influxd refused a query");
        }
      }
      baseline.put("influxdb_chart_2days_ms", round((System.nanoTime() - begin) / 1e6));
    } finally {
      process.destroy();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
    long bytes = size(directory.resolve("data"), "") + size(directory.resolve("wal"), "");
    baseline.put("influxdb_ingest_per_s", Math.round(readings[0] / seconds));
    baseline.put("influxdb_bytes_per_reading", round(bytes / (double) readings[0]));
    progress.printf("InfluxDB: %.2f s, %,d bytes%n", seconds, bytes);
  }

  private static void write(HttpClient client, String base, List<MeterRecord> batch)
      throws IOException, InterruptedException {
    StringBuilder lines = new StringBuilder(batch.size() * 120);
    for (MeterRecord record : batch) {
      ReadingFrame frame = (ReadingFrame) record;
      lines.append('d').append(Arrays.asList(DEVICES).indexOf(frame.device())).append(' ');
      for (int i = 0; i < frame.values().size(); i++) {
        Measurement value = frame.values().get(i);
        lines
            .append(i == 0 ? "" : ",")
            .append('q')
            .append(value.quantity().key())
            .append('=')
            .append(value.decimalValue().toPlainString());
      }
      lines.append(' ').append(frame.instant().toEpochMilli()).append('\n');
    }
    int status = post(client, base + "/write?db=hub&precision=ms", lines.toString());
    if (status != 204) {
      throw new IOException("influxd answered " + status);
    }
  }

  private static int post(HttpClient client, String uri, String body)
      throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(uri))
                .timeout(Duration.ofMinutes(2))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .statusCode();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  // ------------------------------------------------------------------------------ helpers

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }

  private static long size(Path directory, String without) throws IOException {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .filter(f -> without.isEmpty() || !f.startsWith(directory.resolve(without)))
          .mapToLong(f -> f.toFile().length())
          .sum();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
