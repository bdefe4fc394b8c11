package org.commonshub.history.sqlite;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.commonshub.history.api.HistoryStore.SeriesInfo;
import org.commonshub.history.api.HistoryStore.Status;
import org.commonshub.history.api.Point;
import org.commonshub.history.api.Resolution;
import org.commonshub.history.sqlite.DeviceState.GapKey;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: a journal for what is new, an SQLite file for the rest. README.md tells how they work
 * together.
 *
 * <p>Threads: callers'. One lock guards the tail, the journal and the writing connection; queries
 * hold it only to take a snapshot (a read transaction plus a copy of the tail) and read without it.
 * One short-lived thread checks the file after opening.
 */
final class Store implements Closeable {
  static final String DATABASE = "history.db";
  static final String JOURNAL = "history.journal";
  static final String QUARANTINE = "quarantine";

  private static final Logger LOG = LoggerFactory.getLogger(Store.class);
  private static final int SLICE_VALUES = 1 << 16;
  private static final int PROMPT_BATCH = 1024;
  private static final long RETRY_FLUSH_NANOS = 5_000_000_000L;
  private static final long RETENTION_NANOS = 3_600_000_000_000L;

  private record TakenGap(Gap gap, Gap before) {}

  private record SequenceKey(DeviceId device, int epoch, int revision) {}

  private final Path directory;
  private final Options options;
  private final HubClock clock;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private final Map<DeviceId, DeviceState> devices = new LinkedHashMap<>();
  private final Map<SequenceKey, Long> highest = new HashMap<>();
  private final List<String> repairs = new ArrayList<>();
  private final Set<Long> damagedChunks = ConcurrentHashMap.newKeySet();
  private final Set<Long> damagedPages = ConcurrentHashMap.newKeySet();
  private final Readers readers;
  private final Lag lag = new Lag();
  private Connection db;
  private Sealer sealer;
  private Journal journal;
  private Thread check;
  private volatile boolean closed;
  private boolean readOnly;
  private boolean mustFlush;
  private long nextRetention;
  private long flushFailedAt;
  private boolean flushFailed;
  private long records;
  private String problem;
  private long cachedSequencesOf;
  private Set<Long> cachedSequences = Set.of();

  /**
   * Opens the store, or gets ready to try again with each batch if that fails: the problem is then
   * in {@link #status()}.
   */
  Store(Path directory, Options options, HubClock clock) {
    this.directory = directory;
    this.options = options;
    this.clock = clock;
    this.readers = new Readers(directory.resolve(DATABASE));
    this.nextRetention = clock.monotonicNanos();
    lock.lock();
    try {
      open();
    } catch (IOException | SQLException e) {
      trouble(e);
    } finally {
      lock.unlock();
    }
  }

  // ---------------------------------------------------------------- opening, closing, repairing

  private boolean opened() {
    return db != null;
  }

  private void open() throws IOException, SQLException {
    Files.createDirectories(directory);
    Path file = directory.resolve(DATABASE);
    boolean writable = Files.isWritable(directory);
    readOnly = !writable;
    boolean lost =
        Files.exists(directory.resolve(JOURNAL)) && (!Files.exists(file) || Files.size(file) == 0);
    if (lost && writable) {
      repaired(
          "The history file is missing or empty; a new one was started, and what the journal of the"
              + " last readings holds was kept.");
    }
    try {
      load(file, writable);
    } catch (SQLException e) {
      closeQuietly();
      if (!Db.damaged(e) || !writable) {
        throw e;
      }
      quarantine(e.getMessage());
      load(file, true);
    } catch (IOException e) {
      closeQuietly();
      throw e;
    }
    if (writable) {
      LOG.debug("History in {} opened", directory);
      startCheck();
    } else {
      throw new IOException(directory + ": Read-only file system");
    }
  }

  private void load(Path file, boolean writable) throws IOException, SQLException {
    db = writable ? Db.writer(file) : Db.reader(file);
    devices.clear();
    highest.clear();
    cachedSequences = Set.of();
    int flushed = 0;
    long rawFrom = 0;
    String zone = options.zone().getId();
    try (Statement statement = db.createStatement();
        ResultSet meta = statement.executeQuery("SELECT key, value FROM meta")) {
      while (meta.next()) {
        switch (meta.getString(1)) {
          case "flushed" -> flushed = meta.getInt(2);
          case "raw_from" -> rawFrom = meta.getLong(2);
          case "zone" -> zone = meta.getString(2);
          default -> {}
        }
      }
    }
    sealer = new Sealer(db, options.zone(), rawFrom, damagedChunks, damagedPages);
    try (Statement statement = db.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, uuid, state FROM device")) {
      while (rows.next()) {
        DeviceId id = new DeviceId(uuidOf(rows.getBytes(2)));
        DeviceState state;
        try {
          state = DeviceState.decode(rows.getBytes(3));
          state.row = rows.getLong(1);
        } catch (Damaged e) {
          state = Sealer.rediscover(db, id, rows.getLong(1));
          repaired("The summary of device " + id + " was damaged and is computed again.");
        }
        state.checkRolls();
        devices.put(id, state);
      }
    }
    db.commit();
    openJournal(flushed, writable);
    if (!zone.equals(options.zone().getId()) && writable) {
      for (DeviceState device : devices.values()) {
        sealer.rebuildDays(device);
        if (device.last() != Long.MIN_VALUE) {
          device.dirty(device.last(), device.last());
        }
      }
      tryFlush();
    }
  }

  private void openJournal(int flushed, boolean writable) throws IOException {
    Path file = directory.resolve(JOURNAL);
    if (!writable && !Files.exists(file)) {
      return;
    }
    journal = new Journal(file, options.journalBytes(), writable);
    int[] unreadable = {0};
    int damaged =
        journal.recover(
            flushed,
            payload -> {
              try {
                replayJournal(payload);
              } catch (Damaged e) {
                unreadable[0] += payload.length;
              } catch (SQLException e) {
                throw new IOException(e);
              }
            });
    if (damaged + unreadable[0] > 0 && writable) {
      Path copy = quarantineFile(JOURNAL);
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      repaired(
          (damaged + unreadable[0])
              + " bytes of the journal of the last readings were damaged; the others were kept,"
              + " a copy is "
              + copy.getFileName()
              + " in "
              + QUARANTINE
              + ".");
    }
  }

  private Path quarantineFile(String name) throws IOException {
    Path folder = Files.createDirectories(directory.resolve(QUARANTINE));
    for (int i = 1; ; i++) {
      Path candidate = folder.resolve(name + "." + i);
      if (!Files.exists(candidate)) {
        return candidate;
      }
    }
  }

  private void repaired(String sentence) {
    if (repairs.contains(sentence)) {
      return;
    }
    if (repairs.size() == 100) {
      repairs.remove(0);
    }
    repairs.add(sentence);
    LOG.warn("History: {}", sentence);
  }

  /** Moves the database aside, starts a new one, and brings over what can be read. */
  private void quarantine(String why) throws IOException, SQLException {
    Path file = directory.resolve(DATABASE);
    Path aside = quarantineFile(DATABASE);
    Files.move(file, aside);
    for (String suffix : new String[] {"-wal", "-shm"}) {
      Path extra = directory.resolve(DATABASE + suffix);
      if (Files.exists(extra)) {
        Files.move(
            extra,
            aside.resolveSibling(aside.getFileName() + suffix),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Connection fresh = Db.writer(file);
    Salvage.Result result;
    try {
      result = Salvage.copy(aside, fresh);
      fresh.commit();
    } finally {
      fresh.close();
    }
    repaired(
        "The history file was damaged ("
            + why
            + ") and moved to "
            + QUARANTINE
            + "/"
            + aside.getFileName()
            + "; "
            + result.describe());
  }

  /** Opens everything again after a repair; what was in memory comes back from the journal. */
  private void reopenRepaired(String why) throws IOException, SQLException {
    closeQuietly();
    quarantine(why);
    load(directory.resolve(DATABASE), true);
  }

  /** Repairs the file if that is what a query failed for; the query may be tried again then. */
  void repairAfter(SQLException e) {
    if (!Db.damaged(e)) {
      return;
    }
    lock.lock();
    try {
      if (!closed && opened() && !readOnly) {
        reopenRepaired(e.getMessage());
      }
    } catch (IOException | SQLException again) {
      trouble(again);
    } finally {
      lock.unlock();
    }
  }

  private void startCheck() {
    if (check != null && check.isAlive()) {
      return; // of before a repair; damage found later is met when it is read
    }
    check =
        new Thread(
            () -> {
              try {
                check();
              } catch (SQLException | IOException | RuntimeException e) {
                if (!closed) {
                  LOG.warn("History could not be checked: {}", e.toString());
                }
              }
            },
            "history-check");
    check.setDaemon(true);
    check.start();
  }

  /** Waits until the check after opening is through. */
  void awaitCheck() throws InterruptedException {
    Thread thread = check;
    if (thread != null) {
      thread.join();
    }
  }

  private void check() throws SQLException, IOException {
    String structure = null;
    Connection reader = readers.borrow();
    try {
      try (Statement statement = reader.createStatement();
          ResultSet result = statement.executeQuery("PRAGMA quick_check(1)")) {
        if (result.next() && !result.getString(1).equals("ok")) {
          structure = result.getString(1);
        }
      }
      if (structure == null) {
        scan(reader, "chunk", damagedChunks);
        scan(reader, "page", damagedPages);
      }
    } catch (SQLException e) {
      if (!Db.damaged(e)) {
        throw e;
      }
      structure = e.getMessage();
    } finally {
      readers.giveBack(reader);
    }
    lock.lock();
    try {
      if (closed || !opened()) {
        return;
      }
      if (structure != null) {
        reopenRepaired(structure.replaceAll("\\s+", " "));
      } else if (!damagedChunks.isEmpty() || !damagedPages.isEmpty()) {
        tryFlush();
      }
    } finally {
      lock.unlock();
    }
  }

  private void scan(Connection reader, String table, Set<Long> damaged) throws SQLException {
    try (Statement statement = reader.createStatement();
        ResultSet rows = statement.executeQuery("SELECT id, data FROM " + table)) {
      while (rows.next()) {
        if (closed) {
          return;
        }
        try {
          Chunk.open(rows.getBytes(2), table.equals("chunk") ? Chunk.MAGIC : Points.MAGIC);
        } catch (Damaged e) {
          damaged.add(rows.getLong(1));
        }
      }
    }
  }

  /** Puts rows that cannot be decoded aside, and has roll-ups computed again. */
  private void setDamagedAside() throws SQLException {
    for (long id : damagedChunks) {
      if (!stillDamaged("chunk", id, Chunk.MAGIC)) {
        continue;
      }
      try (PreparedStatement select =
          db.prepareStatement(
              "SELECT d.uuid, t_min, t_max, frames FROM chunk JOIN device d ON d.id = device"
                  + " WHERE chunk.id = ?")) {
        select.setLong(1, id);
        try (ResultSet row = select.executeQuery()) {
          if (row.next()) {
            repaired(
                row.getInt(4)
                    + " readings of device "
                    + uuidOf(row.getBytes(1))
                    + " from "
                    + Instant.ofEpochMilli(row.getLong(2))
                    + " to "
                    + Instant.ofEpochMilli(row.getLong(3))
                    + " are damaged and were set aside in the table \"damaged\".");
          }
        }
      }
      setAside("chunk", id);
    }
    for (long id : damagedPages) {
      if (!stillDamaged("page", id, Points.MAGIC)) {
        continue;
      }
      try (PreparedStatement select =
          db.prepareStatement(
              "SELECT d.uuid, level, slot FROM page JOIN device d ON d.id = device"
                  + " WHERE page.id = ?")) {
        select.setLong(1, id);
        try (ResultSet row = select.executeQuery()) {
          if (row.next()) {
            Level level = Level.values()[row.getInt(2)];
            long from = row.getLong(3) * level.pageSpan;
            DeviceState state = devices.get(new DeviceId(uuidOf(row.getBytes(1))));
            if (state != null) {
              state.dirty(from, Math.min(from + level.pageSpan, Math.max(from, state.last())));
            }
            repaired(
                "Roll-ups ("
                    + level
                    + ") of device "
                    + uuidOf(row.getBytes(1))
                    + " from "
                    + Instant.ofEpochMilli(from)
                    + " on were damaged and are computed again where full-resolution readings are"
                    + " kept.");
          }
        }
      }
      setAside("page", id);
    }
  }

  private boolean stillDamaged(String table, long id, int magic) throws SQLException {
    byte[] bytes = data(db, table, id);
    try {
      if (bytes != null) {
        Chunk.open(bytes, magic);
      }
      return false;
    } catch (Damaged e) {
      return true;
    }
  }

  private void setAside(String table, long id) throws SQLException {
    try (Statement statement = db.createStatement()) {
      statement.execute(
          "INSERT INTO damaged(what, data) SELECT '"
              + table
              + " '||id||' device '||device, data FROM "
              + table
              + " WHERE id = "
              + id);
      statement.execute("DELETE FROM " + table + " WHERE id = " + id);
    }
  }

  @Override
  public void close() {
    Thread checking;
    lock.lock();
    try {
      closed = true;
      closing.signalAll();
      closeQuietly();
      checking = check;
    } finally {
      lock.unlock();
    }
    if (checking != null && checking != Thread.currentThread()) {
      try {
        checking.join(10_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void closeQuietly() {
    readers.closeAll();
    if (db != null) {
      Readers.close(db);
      db = null;
    }
    if (journal != null) {
      try {
        journal.close();
      } catch (IOException e) {
        LOG.debug("journal did not close", e);
      }
      journal = null;
    }
  }

  // ---------------------------------------------------------------- taking readings

  /** Stores a batch; returns when it is durable. */
  void accept(List<MeterRecord> batch) throws IOException {
    lock.lock();
    try {
      if (closed) {
        throw new IOException("history is stopped");
      }
      if (!opened() || readOnly) {
        closeQuietly();
        open();
        fine();
      }
      if (mustFlush) {
        flush();
      }
      int from = 0;
      while (from < batch.size()) {
        from = slice(batch, from);
      }
      try {
        journal.force();
      } catch (IOException e) {
        // What the disk holds of it is unknown now, so nothing is acknowledged before a flush.
        mustFlush = true;
        throw e;
      }
      recordLag(batch);
      records += batch.size();
      if (memory() > options.memoryBytes()) {
        tryFlush();
      }
      if (!flushFailed) {
        fine();
      }
      pace(batch.size());
    } catch (SQLException e) {
      trouble(e);
      if (Db.damaged(e) && opened()) {
        try {
          reopenRepaired(e.getMessage());
        } catch (SQLException again) {
          e.addSuppressed(again);
        }
      }
      throw new IOException(Db.explain(e, directory), e);
    } catch (IOException e) {
      if (closed) {
        throw e;
      }
      trouble(e);
      throw new IOException(Db.explain(e, directory), e);
    } finally {
      lock.unlock();
    }
  }

  private void trouble(Exception e) {
    String now = Db.explain(e, directory);
    if (problem == null) {
      LOG.warn("{} Readings wait in the bus until then.", now);
    }
    problem = now;
  }

  private void fine() {
    if (problem != null) {
      problem = null;
      LOG.info("History is being written again.");
    }
  }

  /** Returns not before the next commit is due, so that the bus gathers more. */
  private void pace(int batchSize) {
    if (batchSize >= PROMPT_BATCH || options.commitMillis() == 0) {
      return;
    }
    long left = TimeUnit.MILLISECONDS.toNanos(options.commitMillis());
    try {
      while (left > 0 && !closed) {
        left = closing.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void recordLag(List<MeterRecord> batch) {
    long now = clock.now().toEpochMilli();
    long nanos = clock.monotonicNanos();
    int epoch = clock.epoch();
    int step = Math.max(1, batch.size() / 16);
    for (int i = 0; i < batch.size(); i += step) {
      if (batch.get(i) instanceof ReadingFrame frame
          && frame.revision() == 0
          && frame.clockEpoch() == epoch
          && !frame.device().equals(DeviceId.HOME)) { // stamped with the start of its interval
        lag.add(nanos, now - frame.instant().toEpochMilli());
      }
    }
  }

  /** Journals and takes over records from {@code from} on, up to a bounded size. */
  private int slice(List<MeterRecord> batch, int from) throws IOException, SQLException {
    Out out = new Out(16 * 1024);
    Map<Rows, Integer> before = new LinkedHashMap<>();
    List<Object> taken = new ArrayList<>();
    Set<SequenceKey> touched = new HashSet<>();
    int to = from;
    int values = 0;
    boolean done = false;
    try {
      JournalCoder coder = new JournalCoder(out);
      for (; to < batch.size() && values < SLICE_VALUES; to++) {
        MeterRecord record = batch.get(to);
        DeviceState device = device(record.device());
        if (record instanceof ReadingFrame frame) {
          if (!isNew(frame, device, touched)) {
            continue;
          }
          Rows rows = device.rowsFor(frame);
          before.putIfAbsent(rows, rows.count);
          rows.add(frame);
          coder.frame(rows, rows.count - 1);
          taken.add(rows);
          values += rows.columns.length + 4;
        } else if (record instanceof Gap gap && isNew(gap, device)) {
          coder.gap(gap);
          taken.add(new TakenGap(gap, device.gaps.put(GapKey.of(gap), gap)));
          values += 4;
        }
      }
      boolean room = out.length == 0 || journal.hasRoom(out.length);
      if (room && out.length > 0) {
        journal.append(out.bytes, out.length);
      }
      done = true;
      Map<Rows, Integer> next = new HashMap<>(before);
      for (Object one : taken) {
        if (one instanceof Rows rows) {
          rollUp(rows, next.merge(rows, 1, Integer::sum) - 1);
        } else {
          rollUp(((TakenGap) one).gap());
        }
      }
      if (!room) {
        mustFlush = true; // these are durable only with the flush
        flush();
      }
      return to;
    } finally {
      if (!done) {
        before.forEach(Rows::truncate);
        for (int i = taken.size() - 1; i >= 0; i--) {
          if (taken.get(i) instanceof TakenGap undone) {
            Map<GapKey, Gap> gaps = device(undone.gap().device()).gaps;
            if (undone.before() == null) {
              gaps.remove(GapKey.of(undone.gap()));
            } else {
              gaps.put(GapKey.of(undone.gap()), undone.before());
            }
          }
        }
        highest.keySet().removeAll(touched);
      }
    }
  }

  private DeviceState device(DeviceId id) {
    return devices.computeIfAbsent(id, DeviceState::new);
  }

  /** Takes over records of the journal at start. */
  private void replayJournal(byte[] payload) throws IOException, SQLException {
    Set<SequenceKey> touched = new HashSet<>();
    JournalCoder.decode(
        payload,
        record -> {
          DeviceState device = device(record.device());
          try {
            if (record instanceof Gap gap) {
              if (isNew(gap, device)) {
                device.gaps.put(GapKey.of(gap), gap);
                rollUp(gap);
              }
            } else if (record instanceof ReadingFrame frame && isNew(frame, device, touched)) {
              Rows rows = device.rowsFor(frame);
              rows.add(frame);
              rollUp(rows, rows.count - 1);
            }
          } catch (SQLException e) {
            throw new IOException(e);
          }
        });
  }

  private boolean isNew(ReadingFrame frame, DeviceState device, Set<SequenceKey> touched)
      throws SQLException {
    SequenceKey key = new SequenceKey(frame.device(), frame.clockEpoch(), frame.revision());
    Long known = highest.get(key);
    if (known == null) {
      known = highestStored(key, device);
      if (highest.size() > 8192) {
        highest.clear();
      }
    }
    if (frame.sequence() > known) {
      highest.put(key, frame.sequence());
      touched.add(key);
      return true;
    }
    highest.putIfAbsent(key, known);
    return !stored(key, frame.sequence(), device);
  }

  private boolean isNew(Gap gap, DeviceState device) throws SQLException {
    Gap known = device.gaps.get(GapKey.of(gap));
    if (known != null) {
      return gap.to().isAfter(known.to());
    }
    if (device.row == 0) {
      return true;
    }
    try (PreparedStatement select =
        db.prepareStatement(
            "SELECT 1 FROM gap WHERE device = ? AND t_from = ? AND reason = ? AND t_to >= ?")) {
      select.setLong(1, device.row);
      select.setLong(2, gap.from().toEpochMilli());
      select.setInt(3, gap.reason().ordinal());
      select.setLong(4, gap.to().toEpochMilli());
      try (ResultSet row = select.executeQuery()) {
        return !row.next();
      }
    }
  }

  private long highestStored(SequenceKey key, DeviceState device) throws SQLException {
    long found = Long.MIN_VALUE;
    for (Rows rows : device.tail) {
      if (rows.key.clockEpoch() == key.epoch() && rows.key.revision() == key.revision()) {
        for (int i = 0; i < rows.count; i++) {
          found = Math.max(found, rows.sequences[i]);
        }
      }
    }
    if (device.row != 0) {
      try (PreparedStatement select =
          db.prepareStatement(
              "SELECT max(seq_max) FROM chunk WHERE device = ? AND epoch = ? AND revision = ?")) {
        select.setLong(1, device.row);
        select.setInt(2, key.epoch());
        select.setInt(3, key.revision());
        try (ResultSet row = select.executeQuery()) {
          long max = row.next() ? row.getLong(1) : 0;
          if (!row.wasNull()) {
            found = Math.max(found, max);
          }
        }
      }
    }
    return found;
  }

  private boolean stored(SequenceKey key, long sequence, DeviceState device) throws SQLException {
    for (Rows rows : device.tail) {
      if (rows.key.clockEpoch() == key.epoch() && rows.key.revision() == key.revision()) {
        for (int i = rows.count - 1; i >= 0; i--) {
          if (rows.sequences[i] == sequence) {
            return true;
          }
        }
      }
    }
    if (device.row == 0) {
      return false;
    }
    try (PreparedStatement select =
        db.prepareStatement(
            "SELECT id FROM chunk WHERE device = ? AND epoch = ? AND revision = ?"
                + " AND seq_max >= ? AND seq_min <= ?")) {
      select.setLong(1, device.row);
      select.setInt(2, key.epoch());
      select.setInt(3, key.revision());
      select.setLong(4, sequence);
      select.setLong(5, sequence);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          if (sequences(row.getLong(1)).contains(sequence)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private Set<Long> sequences(long chunk) throws SQLException {
    if (chunk != cachedSequencesOf || cachedSequences.isEmpty()) {
      Set<Long> found = new HashSet<>();
      byte[] data = data(db, "chunk", chunk);
      if (data != null) {
        try {
          Rows rows = Chunk.decode(data, q -> false);
          for (int i = 0; i < rows.count; i++) {
            found.add(rows.sequences[i]);
          }
        } catch (Damaged e) {
          damagedChunks.add(chunk);
        }
      }
      cachedSequences = found;
      cachedSequencesOf = chunk;
    }
    return cachedSequences;
  }

  private static byte[] data(Connection connection, String table, long id) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT data FROM " + table + " WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getBytes(1) : null;
      }
    }
  }

  private void rollUp(Rows rows, int row) {
    DeviceState device = device(rows.key.device());
    DeviceState.Series[] all = device.seriesOf(rows);
    device.changed = true;
    long time = rows.times[row];
    boolean late = rows.key.revision() > 0;
    for (DeviceState.Series s : all) {
      late |= time < s.roll.lastTime;
    }
    for (int i = 0; i < all.length; i++) {
      DeviceState.Series s = all[i];
      s.first = Math.min(s.first, time);
      s.last = Math.max(s.last, time);
      if (!late) {
        Rows.Column c = rows.columns[i];
        s.roll.add(
            time,
            rows.key.meterEpoch(),
            c.value(row),
            c.exponent(row),
            c.quality(row),
            options.zone(),
            s);
      }
    }
    if (late) {
      device.dirty(time, time);
    }
  }

  private void rollUp(Gap gap) {
    DeviceState device = device(gap.device());
    device.changed = true;
    long from = gap.from().toEpochMilli();
    boolean late = false;
    for (DeviceState.Series s : device.series.values()) {
      late |= s.roll.lastTime > from;
      s.roll.gap(from);
    }
    if (late) {
      device.dirty(from, gap.to().toEpochMilli());
    }
  }

  private long memory() {
    long bytes = 0;
    for (DeviceState device : devices.values()) {
      for (Rows rows : device.tail) {
        bytes += rows.memory();
      }
      for (DeviceState.Series s : device.series.values()) {
        bytes += (long) s.pendingCount * Points.BYTES;
      }
    }
    return bytes;
  }

  // ---------------------------------------------------------------- flushing

  private void tryFlush() {
    long now = clock.monotonicNanos();
    if (flushFailed && now - flushFailedAt < RETRY_FLUSH_NANOS) {
      return;
    }
    try {
      flush();
    } catch (SQLException | IOException e) {
      flushFailed = true;
      flushFailedAt = now;
      trouble(e);
    }
  }

  /**
   * Moves everything from memory into the database in one transaction, then restarts the journal.
   */
  private void flush() throws SQLException, IOException {
    List<DeviceState> inserted = new ArrayList<>();
    Map<DeviceState, Map<Quantity, Roll>> newer = new HashMap<>();
    boolean committed = false;
    try {
      for (DeviceState device : devices.values()) {
        if (device.row == 0) {
          device.row = Salvage.insertDevice(db, device.id);
          inserted.add(device);
          device.changed = true;
        }
        for (Rows rows : device.tail) {
          sealer.seal(device, rows);
        }
        for (Gap gap : device.gaps.values()) {
          Db.insertGap(
              db,
              device.row,
              gap.from().toEpochMilli(),
              gap.to().toEpochMilli(),
              gap.reason().ordinal());
        }
        for (DeviceState.Series s : device.series.values()) {
          for (Level level : Level.values()) {
            Points points = s.pending[level.ordinal()];
            if (points != null) {
              sealer.writePoints(device, s, level, points);
            }
          }
        }
      }
      setDamagedAside();
      for (DeviceState device : devices.values()) {
        for (long[] range : device.dirty) {
          newer
              .computeIfAbsent(device, d -> new HashMap<>())
              .putAll(sealer.recompute(device, range[0], range[1]));
        }
        if (device.changed || !device.dirty.isEmpty()) {
          try (PreparedStatement update =
              db.prepareStatement("UPDATE device SET state = ? WHERE id = ?")) {
            update.setBytes(1, device.encode(newer.getOrDefault(device, Map.of())));
            update.setLong(2, device.row);
            update.executeUpdate();
          }
        }
      }
      retain();
      meta("flushed", journal.generation());
      meta("raw_from", sealer.rawFrom());
      meta("zone", options.zone().getId());
      db.commit();
      committed = true;
    } finally {
      if (!committed) {
        inserted.forEach(device -> device.row = 0);
        cachedSequences = Set.of();
        rollBack();
      }
    }
    damagedChunks.clear();
    damagedPages.clear();
    cachedSequences = Set.of();
    for (DeviceState device : devices.values()) {
      device.forgetTail();
      device.dirty.clear();
      device.changed = false;
      for (DeviceState.Series s : device.series.values()) {
        s.clearPending();
      }
    }
    newer.forEach(
        (device, rolls) -> rolls.forEach((quantity, roll) -> device.series(quantity).roll = roll));
    journal.next();
    mustFlush = false;
    flushFailed = false;
  }

  /**
   * Undoes the open transaction. When the disk is full SQLite has done so by itself; the driver's
   * rollback then fails and begins no new one, and every later statement would commit alone.
   */
  private void rollBack() {
    try {
      db.rollback();
    } catch (SQLException e) {
      try (Statement statement = db.createStatement()) {
        statement.execute("BEGIN");
      } catch (SQLException again) {
        LOG.debug("rollback", again);
        closeQuietly(); // the next batch opens anew and takes the journal over
      }
    }
  }

  private void retain() throws SQLException {
    long nanos = clock.monotonicNanos();
    if (nanos - nextRetention >= 0 && options.retentionAllowed().get()) {
      boolean more = sealer.retain(options.retentionDays(), clock.now().toEpochMilli());
      nextRetention = nanos + (more ? 0 : RETENTION_NANOS);
    }
  }

  private void meta(String key, Object value) throws SQLException {
    try (PreparedStatement insert =
        db.prepareStatement("INSERT OR REPLACE INTO meta VALUES(?, ?)")) {
      insert.setString(1, key);
      insert.setObject(2, value);
      insert.executeUpdate();
    }
  }

  static java.util.UUID uuidOf(byte[] bytes) {
    java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes);
    return new java.util.UUID(buffer.getLong(), buffer.getLong());
  }

  // ---------------------------------------------------------------- reading

  /** All of a device as of one moment: a read transaction and copies of what is not in it. */
  private final class Snapshot implements Closeable {
    final Connection reader;
    final DeviceState device;
    final long row;
    final List<Rows> tail = new ArrayList<>();
    final List<Gap> gaps = new ArrayList<>();

    /** Call with the lock held. */
    Snapshot(DeviceState device, long from, long to) throws SQLException {
      this.device = device;
      reader = readers.borrow();
      try (Statement statement = reader.createStatement()) {
        Db.integer(statement, "SELECT count(*) FROM meta");
      }
      row = device.row;
      for (Rows rows : device.tail) {
        Rows copy = rows.copy(from, to);
        if (copy.count > 0) {
          tail.add(copy);
        }
      }
      gaps.addAll(device.gaps.values());
    }

    @Override
    public void close() {
      readers.giveBack(reader);
    }
  }

  private IOException unavailable() {
    return new IOException(problem == null ? "history is stopped" : problem);
  }

  private Snapshot snapshot(DeviceId id, long from, long to, boolean settled)
      throws SQLException, IOException {
    lock.lock();
    try {
      if (!opened()) {
        throw unavailable();
      }
      DeviceState device = devices.get(id);
      if (device == null) {
        return null;
      }
      if (settled && !device.dirty.isEmpty() && !readOnly) {
        tryFlush();
      }
      return new Snapshot(device, from, to);
    } finally {
      lock.unlock();
    }
  }

  List<SeriesInfo> series() {
    lock.lock();
    try {
      List<SeriesInfo> all = new ArrayList<>();
      for (DeviceState device : devices.values()) {
        for (DeviceState.Series s : device.series.values()) {
          if (s.last >= s.first) {
            all.add(
                new SeriesInfo(
                    device.id,
                    s.quantity(),
                    Instant.ofEpochMilli(s.first),
                    Instant.ofEpochMilli(s.last)));
          }
        }
      }
      return all;
    } finally {
      lock.unlock();
    }
  }

  List<Point> query(
      DeviceId id, Quantity quantity, Instant from, Instant to, Resolution resolution, int limit)
      throws SQLException, IOException {
    long begin = millis(from);
    long end = millis(to);
    if (resolution == Resolution.RAW) {
      return raw(id, quantity, begin, end, limit);
    }
    Level level = Level.of(resolution);
    Points points = new Points();
    DeviceState.Series series;
    lock.lock();
    try {
      if (!opened()) {
        throw unavailable();
      }
      DeviceState device = devices.get(id);
      series = device == null ? null : device.series.get(quantity);
      if (series == null) {
        return List.of();
      }
      if (!device.dirty.isEmpty() && !readOnly) {
        tryFlush();
        series = device.series.get(quantity);
      }
      Points recent = new Points();
      Points pending = series.pending[level.ordinal()];
      if (pending != null) {
        recent = pending.inOrder().range(begin, end);
      }
      Roll.Open open = series.roll.open[level.ordinal()];
      if (open.count > 0 && open.start >= begin && open.start < end) {
        recent.add(
            open.start,
            open.min,
            open.mean(),
            open.max,
            open.first,
            open.last,
            open.delta,
            open.count,
            open.quality);
      }
      if (device.row != 0) {
        Connection reader = readers.borrow();
        lock.unlock();
        try {
          points = stored(reader, device.row, series.number, level, begin, end);
        } finally {
          readers.giveBack(reader);
          lock.lock();
        }
      }
      points = Points.merge(points, recent);
    } finally {
      lock.unlock();
    }
    return filled(points, level, limit, begin, end);
  }

  private Points stored(Connection reader, long device, int series, Level level, long from, long to)
      throws SQLException {
    Points points = new Points();
    try (PreparedStatement select =
        reader.prepareStatement(
            "SELECT id, data FROM page WHERE device = ? AND series = ? AND level = ?"
                + " AND slot >= ? AND slot <= ? ORDER BY slot")) {
      select.setLong(1, device);
      select.setInt(2, series);
      select.setInt(3, level.ordinal());
      select.setLong(4, level.page(from));
      select.setLong(5, level.page(to));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          try {
            Points page = Points.decode(row.getBytes(2)).points();
            for (int i = 0; i < page.count; i++) {
              if (page.starts[i] >= from && page.starts[i] < to) {
                points.add(page, i);
              }
            }
          } catch (Damaged e) {
            damagedPages.add(row.getLong(1));
          }
        }
      }
    }
    return points;
  }

  private List<Point> filled(Points points, Level level, int limit, long from, long to) {
    if (points.count == 0) {
      return List.of();
    }
    long expected =
        Math.round((double) (points.starts[points.count - 1] - points.starts[0]) / level.length)
            + 1;
    tooMany(expected, limit, from, to);
    List<Point> result = new ArrayList<>((int) expected);
    long next = points.starts[0];
    for (int i = 0; i < points.count; i++) {
      while (next < points.starts[i]) {
        result.add(Points.gap(next));
        next = level.end(next, options.zone());
      }
      result.add(points.point(i));
      next = level.end(points.starts[i], options.zone());
    }
    return result;
  }

  private static void tooMany(long points, int limit, long from, long to) {
    if (points <= limit) {
      return;
    }
    Resolution fits = Resolution.DAY;
    for (Level level : Level.values()) {
      if ((to - from) / level.length <= limit) {
        fits = Resolution.values()[level.ordinal() + 1];
        break;
      }
    }
    throw new IllegalArgumentException(
        points + " points, more than the limit of " + limit + ": " + fits + " fits.");
  }

  private static long millis(Instant instant) {
    if (instant.isBefore(Instant.EPOCH)) {
      return 0;
    }
    return instant.isAfter(Instant.ofEpochSecond(253_402_300_799L))
        ? 253_402_300_799_000L
        : instant.toEpochMilli();
  }

  private List<Point> raw(DeviceId id, Quantity quantity, long from, long to, int limit)
      throws SQLException, IOException {
    try (Snapshot snapshot = snapshot(id, from, to, false)) {
      if (snapshot == null) {
        return List.of();
      }
      tooMany(count(snapshot, from, to), limit, from, to);
      List<Gap> gaps = gapsOf(snapshot, from, to);
      List<Point> points = new ArrayList<>();
      int nextGap = 0;
      Merge merge =
          new Merge(
              snapshot.reader,
              snapshot.row,
              from,
              to,
              quantity::equals,
              true,
              snapshot.tail,
              (chunk, why) -> damagedChunks.add(chunk));
      while (merge.next()) {
        Rows rows = merge.rows();
        int column = rows.key.quantities().indexOf(quantity);
        if (column < 0) {
          continue;
        }
        long time = rows.times[merge.row()];
        while (nextGap < gaps.size() && gaps.get(nextGap).from().toEpochMilli() <= time) {
          addGap(points, gaps.get(nextGap++), from);
        }
        Rows.Column c = rows.columns[column];
        double v = c.value(merge.row());
        points.add(
            new Point(Instant.ofEpochMilli(time), v, v, v, v, v, 0, 1, c.quality(merge.row())));
      }
      while (nextGap < gaps.size()) {
        addGap(points, gaps.get(nextGap++), from);
      }
      tooMany(points.size(), limit, from, to);
      return points;
    }
  }

  private static void addGap(List<Point> points, Gap gap, long from) {
    if (gap.from().toEpochMilli() >= from) {
      points.add(Points.gap(gap.from().toEpochMilli()));
    }
  }

  /** Frames between, exactly but for revisions and for chunks that reach over the border. */
  private long count(Snapshot snapshot, long from, long to) throws SQLException {
    long count = 0;
    for (Rows rows : snapshot.tail) {
      count += rows.count;
    }
    try (PreparedStatement select =
        snapshot.reader.prepareStatement(
            "SELECT sum(frames) FROM chunk WHERE device = ? AND t_min >= ? AND t_max < ?")) {
      select.setLong(1, snapshot.row);
      select.setLong(2, from);
      select.setLong(3, to);
      try (ResultSet row = select.executeQuery()) {
        return count + (row.next() ? row.getLong(1) : 0);
      }
    }
  }

  private List<Gap> gapsOf(Snapshot snapshot, long from, long to) throws SQLException {
    Map<GapKey, Gap> all = new HashMap<>();
    for (Gap gap : Sealer.readGaps(snapshot.reader, snapshot.device.id, snapshot.row, from, to)) {
      all.put(GapKey.of(gap), gap);
    }
    for (Gap gap : snapshot.gaps) {
      if (gap.to().toEpochMilli() > from && gap.from().toEpochMilli() < to) {
        all.merge(GapKey.of(gap), gap, (a, b) -> a.to().isAfter(b.to()) ? a : b);
      }
    }
    return all.values().stream()
        .sorted(java.util.Comparator.comparing(Gap::from).thenComparing(Gap::to))
        .toList();
  }

  List<Gap> gaps(DeviceId id, Instant from, Instant to) throws SQLException, IOException {
    long begin = millis(from);
    long end = millis(to);
    try (Snapshot snapshot = snapshot(id, 0, 0, false)) {
      return snapshot == null ? List.of() : gapsOf(snapshot, begin, end);
    }
  }

  List<DeviceId> deviceIds() {
    lock.lock();
    try {
      return List.copyOf(devices.keySet());
    } finally {
      lock.unlock();
    }
  }

  void replay(List<DeviceId> ids, Instant from, Instant to, Consumer<MeterRecord> consumer)
      throws SQLException, IOException {
    long begin = millis(from);
    long end = millis(to);
    for (DeviceId id : ids) {
      try (Snapshot snapshot = snapshot(id, begin, end, false)) {
        if (snapshot == null) {
          continue;
        }
        List<Gap> gaps =
            gapsOf(snapshot, begin, end).stream()
                .filter(gap -> gap.from().toEpochMilli() >= begin)
                .toList();
        int nextGap = 0;
        Merge merge =
            new Merge(
                snapshot.reader,
                snapshot.row,
                begin,
                end,
                q -> true,
                false,
                snapshot.tail,
                (chunk, why) -> damagedChunks.add(chunk));
        while (merge.next()) {
          long time = merge.rows().times[merge.row()];
          while (nextGap < gaps.size() && gaps.get(nextGap).from().toEpochMilli() <= time) {
            consumer.accept(gaps.get(nextGap++));
          }
          consumer.accept(merge.rows().frame(merge.row()));
        }
        while (nextGap < gaps.size()) {
          consumer.accept(gaps.get(nextGap++));
        }
      }
    }
  }

  Status status() {
    lock.lock();
    try {
      long bytes = 0;
      if (Files.isDirectory(directory)) {
        try (Stream<Path> files = Files.list(directory)) {
          bytes =
              files
                  .filter(f -> f.getFileName().toString().startsWith("history."))
                  .mapToLong(f -> f.toFile().length())
                  .sum();
        } catch (IOException e) {
          LOG.debug("size", e);
        }
      }
      long oldest = Long.MAX_VALUE;
      for (DeviceState device : devices.values()) {
        for (Rows rows : device.tail) {
          for (int i = 0; i < rows.count; i++) {
            oldest = Math.min(oldest, rows.times[i]);
          }
        }
      }
      if (opened()) {
        try (Statement statement = db.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "SELECT min((SELECT min(t_min) FROM chunk WHERE device = d.id))"
                        + " FROM device d")) {
          if (row.next()) {
            long min = row.getLong(1);
            if (!row.wasNull()) {
              oldest = Math.min(oldest, min);
            }
          }
        } catch (SQLException e) {
          LOG.debug("oldest", e);
        }
      }
      return new Status(
          bytes,
          records,
          lag.p99(clock.monotonicNanos()),
          oldest == Long.MAX_VALUE ? Optional.empty() : Optional.of(Instant.ofEpochMilli(oldest)),
          Optional.ofNullable(problem),
          List.copyOf(repairs),
          options.retentionDays());
    } finally {
      lock.unlock();
    }
  }

  Path directory() {
    return directory;
  }

  /** Deletes everything of a device, also from the journal and from what was quarantined. */
  void erase(DeviceId id) throws IOException {
    lock.lock();
    try {
      writable();
      DeviceState device = devices.get(id);
      if (device == null) {
        return;
      }
      flush();
      try (Statement statement = db.createStatement()) {
        statement.execute("PRAGMA secure_delete = ON");
        sealer.erase(device);
        db.commit();
        devices.remove(id);
        highest.keySet().removeIf(key -> key.device().equals(id));
        cachedSequences = Set.of();
        readers.closeAll(); // what they see holds the old pages
        db.setAutoCommit(true);
        statement.execute("PRAGMA incremental_vacuum"); // free pages may hold older copies
        statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        statement.execute("PRAGMA secure_delete = FAST");
      } finally {
        if (!db.getAutoCommit()) {
          db.rollback();
        }
        db.setAutoCommit(false);
      }
      journal.wipe();
      deleteQuarantine();
    } catch (SQLException e) {
      throw new IOException(Db.explain(e, directory), e);
    } finally {
      lock.unlock();
    }
  }

  private void writable() throws IOException {
    if (!opened() || readOnly) {
      throw unavailable();
    }
  }

  private void deleteQuarantine() throws IOException {
    Path folder = directory.resolve(QUARANTINE);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Writes a copy as of now; readings go on being taken meanwhile. */
  void backup(OutputStream out) throws IOException {
    Connection reader;
    lock.lock();
    try {
      writable();
      flush();
      reader = readers.borrow();
      try (Statement statement = reader.createStatement()) {
        Db.integer(statement, "SELECT count(*) FROM meta"); // the read transaction begins here
      }
    } catch (SQLException e) {
      throw new IOException(Db.explain(e, directory), e);
    } finally {
      lock.unlock();
    }
    try {
      BackupStream.write(reader, out);
    } catch (SQLException e) {
      throw new IOException("History cannot be read: " + e.getMessage(), e);
    } finally {
      readers.giveBack(reader);
    }
  }

  /** Puts a copy in place of what is here. Nothing is changed when the copy is damaged. */
  void restore(InputStream in) throws IOException {
    lock.lock();
    try {
      Files.createDirectories(directory);
      Path staged = directory.resolve(DATABASE + ".restore");
      deleteDatabase(staged);
      try (Connection fresh = Db.writer(staged)) {
        BackupStream.read(in, fresh);
        fresh.commit();
      } catch (SQLException | IOException e) {
        deleteDatabase(staged);
        throw e;
      }
      closeQuietly();
      Files.deleteIfExists(directory.resolve(JOURNAL));
      deleteDatabase(directory.resolve(DATABASE));
      Files.move(staged, directory.resolve(DATABASE), StandardCopyOption.ATOMIC_MOVE);
      open();
    } catch (SQLException e) {
      throw new IOException(Db.explain(e, directory), e);
    } finally {
      lock.unlock();
    }
  }

  private static void deleteDatabase(Path file) throws IOException {
    for (String suffix : new String[] {"", "-wal", "-shm"}) {
      Files.deleteIfExists(file.resolveSibling(file.getFileName() + suffix));
    }
  }

  /** For tests: what a full memory does. */
  void flushNow() throws SQLException, IOException {
    lock.lock();
    try {
      flush();
    } finally {
      lock.unlock();
    }
  }
}
