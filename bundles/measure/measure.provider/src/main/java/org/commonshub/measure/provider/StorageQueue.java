package org.commonshub.measure.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.commonshub.measure.api.CborCodec;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MalformedDataException;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.commonshub.measure.api.ReadingSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Queue of a storage sink: nothing is lost while there is room in memory or in the ring on disk.
 *
 * <p>Order is in-flight batch, ring, memory. The worker thread (one per connected sink) takes from
 * the ring while it holds anything, from memory otherwise. {@link #maintain} (the bus's
 * housekeeping thread) moves memory into the ring when the sink is absent, failing or slow. Two
 * locks: {@code ringLock} around the disk, {@code lock} around memory, taken in this order;
 * publishers take only {@code lock}, which is never held over input or output.
 */
final class StorageQueue implements SinkQueue {
  private static final Logger LOG = LoggerFactory.getLogger(StorageQueue.class);
  private static final long JOIN_MILLIS = 5_000;
  private static final long MILLI = 1_000_000L;
  private static final int BLOCK_RECORDS = 1024;

  /** Limits of a queue. */
  record Limits(
      int capacity,
      int batch,
      long delayMillis,
      long ringBytes,
      long slowMillis,
      long backoffMinMillis,
      long backoffMaxMillis,
      long reopenMillis) {}

  private final String name;
  private final Limits limits;
  private final LongSupplier nanos;

  private final Object ringLock = new Object();
  private final Path ringFile;
  private SpillRing ring;
  private boolean ringTried;
  private boolean ringWarned;
  private long ringRetryAt;
  private long noteChanges;
  private boolean noteWritten;
  private long noteAt;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final RecordBuffer buffer;
  private final Overflow overflow = new Overflow();
  private List<MeterRecord> inflight;
  private int inflightBlocks;
  private long inflightSince;
  private ReadingSink sink;
  private Thread worker;
  private boolean closed;
  private boolean failing;
  private boolean ringReady;
  private boolean ringUsable;
  private long ringBlocks;
  private long ringUsed;
  private double ringFill;
  private long ringOldest;
  private long accepted;
  private long dropped;
  private String problem = "";
  private Runnable needsRoom = () -> {};

  StorageQueue(String name, Path ringFile, Limits limits, LongSupplier nanos) {
    this.name = name;
    this.ringFile = ringFile;
    this.limits = limits;
    this.nanos = nanos;
    this.buffer = new RecordBuffer(limits.capacity);
  }

  /** Called (without locks to wait for) when memory is half full. */
  void onNeedsRoom(Runnable wake) {
    needsRoom = wake;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void offer(MeterRecord record) {
    boolean wake = false;
    lock.lock();
    try {
      MeterRecord kept = record;
      int size = buffer.size();
      if (ringReady && !ringUsable && size >= buffer.capacity() / 4 * 3) {
        kept = overflow.reduce(record);
        if (kept == null) {
          dropped++;
          return;
        }
      }
      if (!buffer.add(kept, nanos.getAsLong())) {
        overflow.lose(kept);
        dropped++;
        return;
      }
      if (size == 0 || size + 1 == limits.batch) {
        changed.signalAll();
      }
      wake = size + 1 == buffer.capacity() / 2 || size + 1 == buffer.capacity() / 4 * 3;
    } finally {
      lock.unlock();
    }
    if (wake) {
      needsRoom.run();
    }
  }

  @Override
  public void connect(ReadingSink newSink) {
    lock.lock();
    try {
      sink = newSink;
      failing = false;
      worker = new Thread(() -> run(newSink), "measure-store-" + name);
      worker.setDaemon(true);
      worker.start();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void disconnect(ReadingSink oldSink) {
    Thread ending;
    lock.lock();
    try {
      if (sink != oldSink) {
        return;
      }
      sink = null;
      ending = worker;
      worker = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    join(ending, JOIN_MILLIS, name);
  }

  static void join(Thread thread, long millis, String name) {
    if (thread == null || thread == Thread.currentThread()) {
      return;
    }
    try {
      thread.join(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("Sink {} still works on a batch after {} ms and is left behind", name, millis);
      thread.interrupt();
    }
  }

  /** Takes over what another queue, made before the sink's name was known, has collected. */
  void adopt(StorageQueue other) {
    List<MeterRecord> records;
    other.lock.lock();
    try {
      records = other.buffer.take(Integer.MAX_VALUE);
    } finally {
      other.lock.unlock();
    }
    records.forEach(this::offer);
  }

  // ---- worker ----

  private void run(ReadingSink mine) {
    long backoff = limits.backoffMinMillis;
    try {
      while (true) {
        List<MeterRecord> batch = next(mine);
        if (batch == null) {
          return;
        }
        String failure = deliver(mine, batch);
        if (failure == null) {
          delivered(mine, batch.size());
          backoff = limits.backoffMinMillis;
        } else {
          pause(mine, failure, backoff);
          backoff = Math.min(limits.backoffMaxMillis, backoff * 2);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The next batch, when it is due; null when this worker is not wanted any more. */
  private List<MeterRecord> next(ReadingSink mine) throws InterruptedException {
    while (true) {
      lock.lock();
      try {
        while (true) {
          if (sink != mine || closed) {
            return null;
          }
          if (ringReady) {
            if (inflight != null) {
              inflightSince = nanos.getAsLong();
              return inflight;
            }
            if (ringBlocks > 0 || buffer.size() >= limits.batch) {
              break;
            }
            if (!buffer.isEmpty()) {
              long due = buffer.oldest() + limits.delayMillis * MILLI - nanos.getAsLong();
              if (due <= 0) {
                break;
              }
              changed.awaitNanos(Math.min(due, 100 * MILLI));
              continue;
            }
          }
          changed.await(1, TimeUnit.SECONDS);
        }
      } finally {
        lock.unlock();
      }
      load(mine);
    }
  }

  private void load(ReadingSink mine) {
    synchronized (ringLock) {
      List<MeterRecord> fromRing = null;
      if (ring != null && !ring.isEmpty()) {
        try {
          fromRing = CborCodec.decode(ring.peek());
        } catch (IOException e) {
          abandonRing(e, true);
        }
      }
      lock.lock();
      try {
        if (sink == mine && inflight == null && !closed) {
          if (fromRing != null) {
            inflight = fromRing;
            inflightBlocks = 1;
          } else if (!buffer.isEmpty()) {
            inflight = buffer.take(MAX_BATCH);
            inflightBlocks = 0;
          }
        }
      } finally {
        lock.unlock();
      }
    }
  }

  @SuppressWarnings("CatchingUnchecked")
  private static String deliver(ReadingSink mine, List<MeterRecord> batch)
      throws InterruptedException {
    try {
      mine.accept(batch);
      Thread.interrupted(); // meant for the sink; it would close the ring
      return null;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      return String.valueOf(e.getMessage() == null ? e : e.getMessage());
    }
  }

  private void delivered(ReadingSink mine, int records) {
    synchronized (ringLock) {
      boolean recovered;
      lock.lock();
      try {
        if (sink != mine && worker != null) {
          return; // another worker has taken over and will deliver again
        }
        recovered = failing;
        failing = false;
        problem = "";
        accepted += records;
        inflight = null;
      } finally {
        lock.unlock();
      }
      if (recovered) {
        LOG.info("Storage sink {} takes readings again", name);
      }
      int blocks = inflightBlocks;
      inflightBlocks = 0;
      try {
        for (int i = 0; i < blocks && ring != null && !ring.isEmpty(); i++) {
          ring.remove();
        }
      } catch (IOException e) {
        abandonRing(e, false);
      }
      mirrorRing();
    }
  }

  private void pause(ReadingSink mine, String failure, long millis) throws InterruptedException {
    lock.lock();
    try {
      if (!failing) {
        LOG.warn(
            "Storage sink {} does not take readings ({}); they are kept and tried again",
            name,
            failure);
      }
      failing = true;
      problem = failure;
      long end = nanos.getAsLong() + millis * MILLI;
      long left;
      while (sink == mine && !closed && (left = end - nanos.getAsLong()) > 0) {
        changed.awaitNanos(Math.min(left, 100 * MILLI));
      }
    } finally {
      lock.unlock();
    }
  }

  // ---- housekeeping ----

  /** Opens the ring when it is time, and moves memory into it when the sink does not take it. */
  void maintain() {
    synchronized (ringLock) {
      openRing();
      if (ring != null) {
        if (mustSpill()) {
          spill();
        }
        writeNote(false);
      }
      giveBackGaps();
    }
  }

  private void openRing() {
    if (ring != null || (ringTried && nanos.getAsLong() - ringRetryAt < 0)) {
      return;
    }
    try {
      ring = SpillRing.open(ringFile, limits.ringBytes);
      if (ringWarned) {
        LOG.info("Ring of sink {} can be used again", name);
        ringWarned = false;
      }
      ring.readNote().ifPresent(this::readNote);
      if (!ring.isEmpty()) {
        LOG.info("{} bytes of readings wait on disk for sink {}", ring.used(), name);
      }
    } catch (IOException | RuntimeException e) {
      ringRetryAt = nanos.getAsLong() + limits.reopenMillis * MILLI;
      if (!ringWarned) {
        ringWarned = true;
        LOG.warn(
            "Ring {} can't be used ({}): what sink {} does not take is kept in memory only; free"
                + " or repair the disk",
            ringFile,
            e.toString(),
            name);
      }
    }
    ringTried = true;
    mirrorRing();
  }

  private void readNote(byte[] note) {
    try {
      List<MeterRecord> gaps = CborCodec.decode(note);
      lock.lock();
      try {
        gaps.forEach(overflow::lose);
        noteChanges = overflow.changes();
        noteWritten = true;
      } finally {
        lock.unlock();
      }
    } catch (MalformedDataException e) {
      LOG.warn("Gaps noted in {} are unreadable: {}", ringFile, e.getMessage());
    }
  }

  private boolean mustSpill() {
    lock.lock();
    try {
      if (buffer.isEmpty() && (inflight == null || inflightBlocks > 0)) {
        return false;
      }
      boolean working = sink != null && !failing;
      if (buffer.size() >= buffer.capacity() / 4 * (working ? 3 : 2)) {
        return true;
      }
      long patience = (working ? limits.slowMillis : limits.delayMillis) * MILLI;
      long now = nanos.getAsLong();
      return (inflight != null && inflightBlocks == 0 && now - inflightSince >= patience)
          || (!buffer.isEmpty() && now - buffer.oldest() >= patience);
    } finally {
      lock.unlock();
    }
  }

  /** Moves everything in memory into the ring, as far as it has room. Under ringLock. */
  private void spill() {
    try {
      List<MeterRecord> first;
      lock.lock();
      try {
        first = inflight != null && inflightBlocks == 0 ? inflight : null;
      } finally {
        lock.unlock();
      }
      if (first != null) {
        // The ring is empty: memory is only taken then. The batch stays where it is, too.
        int blocks = append(first);
        lock.lock();
        try {
          inflightBlocks = blocks;
        } finally {
          lock.unlock();
        }
      }
      while (true) {
        List<MeterRecord> chunk;
        lock.lock();
        try {
          if (buffer.isEmpty()) {
            break;
          }
          chunk = buffer.take(BLOCK_RECORDS);
        } finally {
          lock.unlock();
        }
        try {
          append(chunk);
        } catch (IOException e) {
          lose(chunk);
          throw e;
        }
      }
      ring.force();
    } catch (IOException e) {
      abandonRing(e, false);
    }
    mirrorRing();
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Appends what there is room for, the rest becomes gaps. Returns the number of blocks. */
  private int append(List<MeterRecord> records) throws IOException {
    int blocks = 0;
    for (int from = 0; from < records.size(); from += BLOCK_RECORDS) {
      List<MeterRecord> part =
          records.subList(from, Math.min(records.size(), from + BLOCK_RECORDS));
      boolean scarce = ring.used() >= ring.capacity() / 4 * 3;
      List<MeterRecord> kept = scarce ? reduce(part) : part;
      blocks += appendOrSplit(kept);
    }
    return blocks;
  }

  private List<MeterRecord> reduce(List<MeterRecord> records) {
    List<MeterRecord> kept = new ArrayList<>();
    lock.lock();
    try {
      for (MeterRecord record : records) {
        MeterRecord reduced = overflow.reduce(record);
        if (reduced != null) {
          kept.add(reduced);
        } else {
          dropped++;
        }
      }
    } finally {
      lock.unlock();
    }
    return kept;
  }

  private int appendOrSplit(List<MeterRecord> records) throws IOException {
    if (records.isEmpty()) {
      return 0;
    }
    byte[] block;
    try {
      block = CborCodec.encode(records);
    } catch (IllegalArgumentException e) {
      if (records.size() > 1) {
        int half = records.size() / 2;
        return appendOrSplit(records.subList(0, half))
            + appendOrSplit(records.subList(half, records.size()));
      }
      LOG.warn(
          "A record of device {} can't be written and is dropped: {}",
          records.get(0).device(),
          e.getMessage());
      block = null;
    }
    if (block != null && ring.append(block)) {
      return 1;
    }
    if (block != null && records.size() > 16) {
      int half = records.size() / 2;
      return appendOrSplit(records.subList(0, half))
          + appendOrSplit(records.subList(half, records.size()));
    }
    lose(records);
    return 0;
  }

  private void lose(List<MeterRecord> records) {
    lock.lock();
    try {
      records.forEach(overflow::lose);
      dropped += records.size();
    } finally {
      lock.unlock();
    }
  }

  private void writeNote(boolean now) {
    byte[] note = null;
    lock.lock();
    try {
      boolean due = now || nanos.getAsLong() - noteAt >= 10_000 * MILLI;
      if (!overflow.isEmpty() && overflow.changes() != noteChanges && due) {
        List<Gap> gaps = overflow.gaps();
        note = CborCodec.encode(gaps.subList(0, Math.min(gaps.size(), 1200)));
        noteChanges = overflow.changes();
      } else if (noteWritten
          && overflow.isEmpty()
          && buffer.isEmpty()
          && inflight == null
          && ringBlocks == 0) {
        note = new byte[0];
      }
    } finally {
      lock.unlock();
    }
    if (note != null) {
      try {
        ring.writeNote(note);
        ring.force();
        noteWritten = note.length > 0;
        noteAt = nanos.getAsLong();
      } catch (IOException e) {
        abandonRing(e, false);
      }
    }
  }

  /** When there is room again, what was lost goes on its way as gaps. */
  private void giveBackGaps() {
    lock.lock();
    try {
      if (overflow.isEmpty()
          || (ringUsable && ringFill > 0.5)
          || buffer.size() > buffer.capacity() / 2
          || (!ringUsable && (sink == null || failing))) {
        return;
      }
      long now = nanos.getAsLong();
      for (Gap gap : overflow.drain()) {
        if (!buffer.add(gap, now)) {
          overflow.lose(gap);
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The disk failed: memory only, until the next try to open the ring.
   *
   * @param damaged what waits in it can't be read, so it starts afresh
   */
  private void abandonRing(IOException cause, boolean damaged) {
    SpillRing broken = ring;
    ring = null;
    if (!ringWarned || damaged) {
      LOG.warn(
          "Ring {} of sink {} failed ({}); {}",
          ringFile,
          name,
          cause.toString(),
          damaged
              ? "what waited in it is lost and it starts afresh"
              : "readings are kept in memory only until the disk is repaired");
    }
    ringWarned = true;
    ringRetryAt = nanos.getAsLong() + (damaged ? 0 : limits.reopenMillis * MILLI);
    if (broken != null) {
      try (broken) {
        if (damaged) {
          broken.clear();
        }
      } catch (IOException e) {
        LOG.debug("Closing the ring", e);
      }
    }
    lock.lock();
    try {
      inflightBlocks = 0;
    } finally {
      lock.unlock();
    }
    mirrorRing();
  }

  private void mirrorRing() {
    lock.lock();
    try {
      ringReady = ringTried;
      ringUsable = ring != null;
      long before = ringBlocks;
      ringBlocks = ring == null ? 0 : ring.blocks();
      ringUsed = ring == null ? 0 : ring.used();
      ringFill = ring == null ? 0 : (double) ring.used() / ring.capacity();
      if (before == 0 && ringBlocks > 0) {
        ringOldest = nanos.getAsLong();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Stops, and leaves on disk what was not accepted. */
  void close() {
    Thread ending;
    lock.lock();
    try {
      closed = true;
      sink = null;
      ending = worker;
      worker = null;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    join(ending, JOIN_MILLIS, name);
    synchronized (ringLock) {
      openRing();
      if (ring != null) {
        spill();
      }
      if (ring != null) {
        writeNote(true);
      }
      if (ring != null) {
        try {
          ring.close();
        } catch (IOException e) {
          LOG.warn("Ring {} could not be closed: {}", ringFile, e.toString());
        }
        ring = null;
      }
      int left = status().queued();
      if (left > 0) {
        LOG.warn("{} readings for sink {} were only in memory and are lost", left, name);
      }
    }
  }

  @Override
  public SinkStatus status() {
    lock.lock();
    try {
      long now = nanos.getAsLong();
      int queued = buffer.size() + (inflight != null && inflightBlocks == 0 ? inflight.size() : 0);
      long oldest = now;
      if (ringBlocks > 0) {
        oldest = Math.min(oldest, ringOldest);
      }
      if (inflight != null) {
        oldest = Math.min(oldest, inflightSince);
      }
      if (!buffer.isEmpty()) {
        oldest = Math.min(oldest, buffer.oldest());
      }
      String state = problem;
      if (state.isEmpty() && ringReady && !ringUsable) {
        state = "the ring on disk can't be used";
      }
      return new SinkStatus(
          name,
          ReadingSink.STORAGE,
          sink != null,
          queued,
          ringUsed,
          accepted,
          dropped,
          (now - oldest) / MILLI,
          state);
    } finally {
      lock.unlock();
    }
  }
}
