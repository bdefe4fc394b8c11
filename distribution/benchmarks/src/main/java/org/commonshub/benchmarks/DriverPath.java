package org.commonshub.benchmarks;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.measure.provider.BusComponent;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.provider.Scheduler;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;

/**
 * The hub's own way of a reading without OSGi: scheduler and reading bus as the bundles have them,
 * and a storage sink that counts.
 */
final class DriverPath implements AutoCloseable {
  /** The hub takes a burst of 1,000 frames from a device and 100 a second then. */
  private static final int PUSHING = 96;

  /** Each asked ten times a second. */
  private static final int POLLED = 400;

  private static final int UNDER_WAY = 64;

  /** The machine's own clock. */
  static final HubClock CLOCK =
      new HubClock() {
        @Override
        public Instant now() {
          return Instant.now();
        }

        @Override
        public long monotonicNanos() {
          return System.nanoTime();
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

  private final Path folder;
  private final BusComponent bus;
  private final AtomicLong frames = new AtomicLong();
  private final AtomicLong values = new AtomicLong();

  DriverPath() throws Exception {
    folder = Files.createTempDirectory("drivers-bench");
    HubPaths paths =
        new HubPaths() {
          @Override
          public Path data() {
            return folder;
          }

          @Override
          public Path config() {
            return folder;
          }
        };
    bus = new BusComponent(CLOCK, paths, config());
    Method bind = BusComponent.class.getDeclaredMethod("bindSink", ReadingSink.class, Map.class);
    bind.setAccessible(true); // As the component runtime does.
    bind.invoke(
        bus,
        (ReadingSink) this::take,
        Map.of(ReadingSink.NAME, "bench", ReadingSink.KIND, ReadingSink.STORAGE));
  }

  private static BusComponent.Config config() {
    return (BusComponent.Config)
        java.lang.reflect.Proxy.newProxyInstance(
            DriverPath.class.getClassLoader(),
            new Class<?>[] {BusComponent.Config.class},
            (proxy, method, arguments) -> method.getDefaultValue());
  }

  private void take(List<MeterRecord> batch) {
    for (MeterRecord record : batch) {
      if (record instanceof ReadingFrame frame) {
        values.addAndGet(frame.values().size());
      }
    }
  }

  private boolean publish(MeterRecord record) {
    bus.publish(record);
    if (record instanceof ReadingFrame) {
      frames.incrementAndGet();
    }
    return true;
  }

  /** Processor time, of all threads, of ten values from the bytes to the sink. */
  double microsPer10Values(DriverCase device, Duration warm, Duration time) throws Exception {
    Map<Endpoint, Wire> wires = new ConcurrentHashMap<>();
    try (Scheduler scheduler = new Scheduler(CLOCK, this::publish, value -> value)) {
      scheduler.add(device.driver().description().id(), device.driver());
      scheduler.add(
          device.endpoint(0).scheme(),
          endpoint -> wires.computeIfAbsent(endpoint, e -> new Wire(e, device.answers())));
      int count = device.pushes() ? PUSHING : POLLED;
      for (int number = 0; number < count; number++) {
        scheduler.start(DriversBench.id(number), definition(device, number), Scheduler.NEW);
      }
      if (device.pushes()) {
        return pushed(scheduler, device, await(device, wires, count), warm, time);
      }
      // The sink lags behind by a second at most, at both ends.
      Thread.sleep(Math.min(warm.toMillis(), 4_000) + 1_000);
      long valuesBefore = values.get();
      long cpu = DriversBench.cpuNanos();
      Thread.sleep(time.toMillis() + 1_000);
      return micros(scheduler, device, cpu, valuesBefore);
    }
  }

  private static DeviceDefinition definition(DriverCase device, int number) {
    return new DeviceDefinition(
        "Device " + number,
        DeviceRole.LOAD,
        Optional.empty(),
        device.driver().description().id(),
        device.endpoint(number),
        new HashMap<>(device.settings()),
        device.pushes() ? Duration.ofSeconds(2) : Duration.ofMillis(100),
        false,
        true,
        true,
        0);
  }

  private static List<Wire> await(DriverCase device, Map<Endpoint, Wire> wires, int count)
      throws InterruptedException {
    List<Wire> ready = new ArrayList<>();
    for (int i = 0; i < 20_000 && ready.size() < count; i++) {
      Wire next = wires.get(device.endpoint(ready.size()));
      if (next != null && device.peer().ready(next, DriverCase.number(ready.size()))) {
        ready.add(next);
      } else {
        Thread.sleep(1);
      }
    }
    if (ready.size() < count) {
      throw new IllegalStateException(
          device.name() + ": only " + ready.size() + " of " + count + " devices listen");
    }
    return ready;
  }

  private double pushed(
      Scheduler scheduler, DriverCase device, List<Wire> wires, Duration warm, Duration time)
      throws InterruptedException {
    // Never more than the burst that the hub takes at once: no message twice to a device, and fewer
    // of those that make several deliveries.
    int all = DriversBench.MESSAGES / device.frames() * wires.size();
    int first = all / 2;
    send(scheduler, device, wires, 0, first, warm);
    drain();
    long valuesBefore = values.get();
    long cpu = DriversBench.cpuNanos();
    send(scheduler, device, wires, first, all, time);
    drain();
    return micros(scheduler, device, cpu, valuesBefore);
  }

  private void send(
      Scheduler scheduler, DriverCase device, List<Wire> wires, int from, int to, Duration time)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    long before = frames.get();
    for (int i = from; i < to && System.nanoTime() < end; i++) {
      int number = i % wires.size();
      device
          .peer()
          .send(
              wires.get(number),
              DriverCase.number(number),
              device.messages().get(i / wires.size()));
      long waited = System.nanoTime();
      while (i - from + 1 - (frames.get() - before) / device.frames() > UNDER_WAY) {
        if (System.nanoTime() - waited > 10_000_000_000L) {
          throw new IllegalStateException(
              device.name() + " delivers too little: " + complaint(scheduler));
        }
        java.util.concurrent.locks.LockSupport.parkNanos(20_000);
      }
    }
  }

  /** Waits until the sink has it all. */
  private void drain() throws InterruptedException {
    long last = -1;
    for (int i = 0; i < 100 && last != values.get(); i++) {
      last = values.get();
      Thread.sleep(1_100); // A batch waits a second at most.
    }
  }

  private double micros(Scheduler scheduler, DriverCase device, long cpu, long valuesBefore) {
    long count = values.get() - valuesBefore;
    if (count == 0) {
      throw new IllegalStateException(device.name() + ": no reading: " + complaint(scheduler));
    }
    return (DriversBench.cpuNanos() - cpu) / 1e3 * 10 / count;
  }

  private static String complaint(Scheduler scheduler) {
    return scheduler
        .health(DriversBench.id(0))
        .flatMap(DeviceRegistry.Health::lastError)
        .orElse("nobody complains");
  }

  @Override
  public void close() throws Exception {
    bus.deactivate();
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
