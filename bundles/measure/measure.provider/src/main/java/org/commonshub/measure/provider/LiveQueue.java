package org.commonshub.measure.provider;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.commonshub.measure.api.ReadingSink;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Queue of a live sink: the newest records win, a batch that fails is dropped. */
final class LiveQueue implements SinkQueue {
  private static final Logger LOG = LoggerFactory.getLogger(LiveQueue.class);
  private static final long JOIN_MILLIS = 2_000;

  private final String name;
  private final LongSupplier nanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final RecordBuffer buffer;
  private ReadingSink sink;
  private Thread worker;
  private boolean waiting;
  private long accepted;
  private long dropped;
  private String problem = "";

  LiveQueue(String name, int capacity, LongSupplier nanos) {
    this.name = name;
    this.nanos = nanos;
    this.buffer = new RecordBuffer(capacity);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void offer(MeterRecord record) {
    lock.lock();
    try {
      if (buffer.size() == buffer.capacity()) {
        buffer.dropFirst();
        dropped++;
      }
      buffer.add(record, nanos.getAsLong());
      if (waiting) {
        waiting = false;
        arrived.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void connect(ReadingSink newSink) {
    lock.lock();
    try {
      sink = newSink;
      worker = new Thread(() -> run(newSink), "measure-live-" + name);
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
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
    StorageQueue.join(ending, JOIN_MILLIS, name);
  }

  private void run(ReadingSink mine) {
    while (true) {
      List<MeterRecord> batch;
      lock.lock();
      try {
        while (sink == mine && buffer.isEmpty()) {
          waiting = true;
          arrived.await(1, TimeUnit.SECONDS);
        }
        if (sink != mine) {
          return;
        }
        batch = buffer.take(MAX_BATCH);
      } catch (InterruptedException e) {
        return;
      } finally {
        waiting = false;
        lock.unlock();
      }
      deliver(mine, batch);
    }
  }

  @SuppressWarnings("CatchingUnchecked")
  private void deliver(ReadingSink mine, List<MeterRecord> batch) {
    String failure = "";
    try {
      mine.accept(batch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure = "interrupted";
    } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
      failure = String.valueOf(e);
      if (problem.isEmpty()) {
        LOG.warn("Live sink {} fails and misses readings until it recovers", name, e);
      }
    }
    lock.lock();
    try {
      if (failure.isEmpty()) {
        accepted += batch.size();
      } else {
        dropped += batch.size();
      }
      problem = failure;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public SinkStatus status() {
    lock.lock();
    try {
      long age = buffer.isEmpty() ? 0 : (nanos.getAsLong() - buffer.oldest()) / 1_000_000;
      return new SinkStatus(
          name, ReadingSink.LIVE, sink != null, buffer.size(), 0, accepted, dropped, age, problem);
    } finally {
      lock.unlock();
    }
  }
}
