package org.commonshub.measure.provider;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.LiveState;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Reading;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bus: hands every record to the live state and to the queue of each sink. */
@Component(
    service = {ReadingBus.class, LiveState.class},
    configurationPid = "org.commonshub.measure.provider")
@Designate(ocd = BusComponent.Config.class)
public final class BusComponent implements ReadingBus, LiveState {
  private static final Logger LOG = LoggerFactory.getLogger(BusComponent.class);
  private static final String RING = ".ring";

  /** Records held in memory for a sink that asks for no other number. */
  private static final int DEFAULT_CAPACITY = 8_192;

  private static final int MIN_CAPACITY = 64;
  private static final int MAX_CAPACITY = 262_144;

  /** Settings of the bus. */
  @ObjectClassDefinition(
      name = "Reading bus",
      description = "Queues between the meters and what keeps or shows their readings.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Ring size",
        description =
            "Size in MiB of the file that holds readings while storage can't take them, one per"
                + " storage sink, allocated at once. Default 32.",
        min = "1",
        max = "4096")
    int ring_mebibytes() default 32;

    /** See description. */
    @AttributeDefinition(
        name = "Longest wait",
        description =
            "Milliseconds a reading waits for more before a storage sink gets it. Default 1000.",
        min = "10",
        max = "4000")
    int storage_delay_ms() default 1000;

    /** See description. */
    @AttributeDefinition(
        name = "Batch",
        description =
            "Number of waiting readings at which a storage sink gets them at once. Default 2000.",
        min = "1",
        max = "4096")
    int storage_batch() default 2000;
  }

  private final Path directory;
  private final HubClock clock;
  private final StorageQueue.Limits limits;
  private final LiveStateMap live = new LiveStateMap();
  private final CopyOnWriteArrayList<SinkQueue> queues = new CopyOnWriteArrayList<>();
  private final Map<ReadingSink, SinkQueue> connected = new HashMap<>();
  private final LinkedBlockingQueue<Boolean> wake = new LinkedBlockingQueue<>(1);
  private final Thread housekeeping;
  private StorageQueue nameless;
  private volatile boolean closed;

  /** Starts the bus and takes up what waits on disk. */
  @Activate
  public BusComponent(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      Config config) {
    this(
        clock,
        paths.data().resolve("measure.provider"),
        new StorageQueue.Limits(
            DEFAULT_CAPACITY,
            config.storage_batch(),
            config.storage_delay_ms(),
            config.ring_mebibytes() * 1024L * 1024L,
            3_000,
            100,
            30_000,
            60_000));
  }

  BusComponent(HubClock clock, Path directory, StorageQueue.Limits limits) {
    this.clock = clock;
    this.directory = directory;
    this.limits = limits;
    for (String name : earlierSinks()) {
      queues.add(storage(name, limits.capacity()));
    }
    if (queues.isEmpty()) {
      nameless = storage("", limits.capacity());
      queues.add(nameless);
    }
    housekeeping = new Thread(this::keepHouse, "measure-spill");
    housekeeping.setDaemon(true);
    housekeeping.start();
  }

  private List<String> earlierSinks() {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + RING)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        names.add(
            URLDecoder.decode(
                name.substring(0, name.length() - RING.length()), StandardCharsets.UTF_8));
      }
    } catch (IOException | RuntimeException e) {
      LOG.debug("No rings of an earlier run in {}", directory);
    }
    names.sort(Comparator.naturalOrder());
    return names.subList(0, Math.min(16, names.size()));
  }

  private StorageQueue storage(String name, int capacity) {
    Path file = directory.resolve(URLEncoder.encode(name, StandardCharsets.UTF_8) + RING);
    StorageQueue.Limits own =
        new StorageQueue.Limits(
            capacity,
            Math.min(limits.batch(), Math.max(1, capacity / 2)),
            limits.delayMillis(),
            limits.ringBytes(),
            limits.slowMillis(),
            limits.backoffMinMillis(),
            limits.backoffMaxMillis(),
            limits.reopenMillis());
    StorageQueue queue = new StorageQueue(name, file, own, clock::monotonicNanos);
    queue.onNeedsRoom(() -> wake.offer(true));
    return queue;
  }

  private void keepHouse() {
    try {
      while (!closed) {
        for (SinkQueue queue : queues) {
          if (queue instanceof StorageQueue storage && !storage.name().isEmpty()) {
            maintain(storage);
          }
        }
        wake.poll(250, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void maintain(StorageQueue queue) {
    try {
      queue.maintain();
    } catch (RuntimeException e) {
      LOG.error("Housekeeping of sink {} failed; it goes on", queue.name(), e);
    }
  }

  @Override
  public void publish(MeterRecord record) {
    if (record instanceof ReadingFrame frame) {
      live.update(frame);
    }
    for (SinkQueue queue : queues) {
      queue.offer(record);
    }
  }

  @Reference(
      name = "sink",
      service = ReadingSink.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC,
      unbind = "unbindSink")
  void bindSink(ReadingSink sink, Map<String, Object> properties) {
    String name = String.valueOf(properties.getOrDefault(ReadingSink.NAME, ""));
    if (name.isEmpty() || name.length() > 64) {
      LOG.warn("A sink without a {} of 1…64 characters gets no readings", ReadingSink.NAME);
      return;
    }
    boolean storage = ReadingSink.STORAGE.equals(properties.get(ReadingSink.KIND));
    int capacity = limits.capacity();
    if (properties.get(ReadingSink.CAPACITY) instanceof Number number) {
      capacity = Math.max(MIN_CAPACITY, Math.min(MAX_CAPACITY, number.intValue()));
    }
    synchronized (connected) {
      SinkQueue queue = find(name);
      if (queue != null && connected.containsValue(queue)) {
        LOG.warn("There is a sink named {} already; the second gets no readings", name);
        return;
      }
      if (queue != null && queue instanceof StorageQueue != storage) {
        queues.remove(queue);
        if (queue instanceof StorageQueue old) {
          old.close();
        }
        queue = null;
      }
      if (queue == null) {
        queue =
            storage
                ? storage(name, capacity)
                : new LiveQueue(name, capacity, clock::monotonicNanos);
        if (storage && nameless != null) {
          // What came in before the first storage sink did.
          StorageQueue first = (StorageQueue) queue;
          queues.add(first);
          queues.remove(nameless);
          first.adopt(nameless);
          nameless = null;
        } else {
          queues.add(queue);
        }
      }
      connected.put(sink, queue);
      queue.connect(sink);
    }
    wake.offer(true);
  }

  void unbindSink(ReadingSink sink) {
    SinkQueue queue;
    synchronized (connected) {
      queue = connected.remove(sink);
    }
    if (queue != null) {
      queue.disconnect(sink);
      if (queue instanceof LiveQueue) {
        queues.remove(queue);
      }
    }
  }

  private SinkQueue find(String name) {
    for (SinkQueue queue : queues) {
      if (queue.name().equals(name)) {
        return queue;
      }
    }
    return null;
  }

  @Override
  public List<SinkStatus> sinks() {
    return queues.stream()
        .filter(queue -> !queue.name().isEmpty())
        .map(SinkQueue::status)
        .sorted(Comparator.comparing(SinkStatus::name))
        .toList();
  }

  @Override
  public Map<Quantity, Reading> of(DeviceId device) {
    return live.of(device);
  }

  @Override
  public Optional<Reading> latest(DeviceId device, Quantity quantity) {
    return live.latest(device, quantity);
  }

  @Override
  public List<DeviceId> devices() {
    return live.devices();
  }

  /** Leaves on disk what no storage sink has accepted. */
  @Deactivate
  public void deactivate() {
    closed = true;
    wake.offer(true); // no interrupt: it would close the ring under a write
    StorageQueue.join(housekeeping, 5_000, "housekeeping");
    Map<ReadingSink, SinkQueue> left;
    synchronized (connected) {
      left = Map.copyOf(connected);
      connected.clear();
    }
    left.forEach((sink, queue) -> queue.disconnect(sink));
    for (SinkQueue queue : queues) {
      if (queue instanceof StorageQueue storage && !storage.name().isEmpty()) {
        storage.close();
      }
    }
    queues.clear();
  }
}
