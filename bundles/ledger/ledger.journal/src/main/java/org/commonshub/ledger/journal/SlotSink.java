package org.commonshub.ledger.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Storage sink that puts billing registers into the journal. Batches come on the bus's thread;
 * slots are closed by a thread of its own, every 5 s.
 */
@Component(
    service = ReadingSink.class,
    immediate = true,
    property = {
      ReadingSink.NAME + "=ledger.journal",
      ReadingSink.KIND + "=" + ReadingSink.STORAGE,
    })
public final class SlotSink implements ReadingSink {
  private static final Logger LOG = LoggerFactory.getLogger(SlotSink.class);
  private static final int TICK_S = 5;

  private final JournalComponent journal;
  private final DeviceDirectory devices;
  private final HubClock clock;
  private final Path directory;
  private final ScheduledExecutorService timer;
  private Disk disk;
  private Slots slots;
  private int generation;
  private boolean warned;

  /** Starts. */
  @Activate
  public SlotSink(
      @Reference(name = "journal") JournalComponent journal,
      @Reference(name = "devices") DeviceDirectory devices,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths) {
    this.journal = journal;
    this.devices = devices;
    this.clock = clock;
    this.directory = paths.data().resolve("ledger.journal").resolve("open");
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "ledger-journal-slots");
              thread.setDaemon(true);
              return thread;
            });
    timer.scheduleWithFixedDelay(this::tick, TICK_S, TICK_S, TimeUnit.SECONDS);
  }

  /** Stops. Open slots are on the disk. */
  @Deactivate
  public void deactivate() throws IOException, InterruptedException {
    timer.shutdown();
    if (!timer.awaitTermination(10, TimeUnit.SECONDS)) {
      LOG.warn("The journal's slots are still being closed; the disk is very slow.");
    }
    synchronized (this) {
      forget();
    }
  }

  @Override
  public synchronized void accept(List<MeterRecord> batch) throws IOException {
    try {
      slots().accept(batch);
    } catch (IOException e) {
      forget(); // learns afresh from what is on the disk
      throw e;
    }
  }

  /** Closes slots that are over, and signs when something was recorded. */
  synchronized void tick() {
    try {
      if (slots().tick() || unsigned()) {
        journal.checkpoint();
      }
      warned = false;
    } catch (IOException | RuntimeException e) {
      try {
        forget();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      if (!warned) {
        LOG.warn("Quarter hours cannot be recorded in the journal now: {}", e.getMessage());
        warned = true;
      }
    }
  }

  private boolean unsigned() {
    return journal.latest().map(c -> c.size() < journal.size()).orElse(true);
  }

  private Slots slots() throws IOException {
    journal.store();
    if (slots == null || generation != journal.generation()) {
      forget();
      generation = journal.generation();
      disk = new FileDisk(directory);
      slots = new Slots(log(), disk, clock, devices);
    }
    return slots;
  }

  private void forget() throws IOException {
    slots = null;
    if (disk != null) {
      disk.close();
      disk = null;
    }
  }

  private Slots.Log log() {
    return new Slots.Log() {
      @Override
      public long append(EntryKind kind, byte[] content) throws IOException {
        return journal.append(kind, content);
      }

      @Override
      public long size() throws IOException {
        return journal.store().size();
      }

      @Override
      public List<Journal.Entry> entries(long from, long to) throws IOException {
        return journal.entries(from, to);
      }

      @Override
      public Optional<byte[]> content(long index) {
        try {
          return journal.store().peek(index).bytes();
        } catch (IOException e) {
          return Optional.empty(); // damaged: the alarm says so
        }
      }
    };
  }
}
