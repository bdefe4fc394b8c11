package org.commonshub.benchmarks;

import com.ghgande.j2mod.modbus.io.ModbusTCPTransaction;
import com.ghgande.j2mod.modbus.msg.ReadMultipleRegistersRequest;
import com.ghgande.j2mod.modbus.msg.ReadMultipleRegistersResponse;
import com.ghgande.j2mod.modbus.net.TCPMasterConnection;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.modbus.ModbusService;
import org.commonshub.metering.provider.Schedule;
import org.commonshub.metering.provider.Scheduler;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.platform.api.HubClock;

/**
 * The process that reads the {@link MeterFarm} once a second: either the hub's own transport,
 * scheduler and Modbus guard wired by hand ({@code hub}), or eight threads that call j2mod ({@code
 * j2mod}).
 *
 * <p>Standard input: {@code start} begins to count, {@code report} prints what was counted.
 */
final class MeterReaders {
  private static final long INTERVAL = 1_000;
  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final int LONGEST = 5_000;

  /** Longest age of a right answer: time-out, and something for the queue behind it. */
  private static final long STALE_MILLIS = 700;

  private static final List<Quantity> QUANTITIES =
      List.of(
          Quantity.ENERGY_IMPORT,
          Quantity.ENERGY_EXPORT,
          Quantity.ENERGY_IMPORT_L1,
          Quantity.ENERGY_IMPORT_L2,
          Quantity.ENERGY_IMPORT_L3,
          Quantity.ENERGY_EXPORT_L1,
          Quantity.ENERGY_EXPORT_L2,
          Quantity.ENERGY_EXPORT_L3,
          Quantity.REACTIVE_ENERGY_IMPORT,
          Quantity.REACTIVE_ENERGY_EXPORT);

  private final int count;
  private final int port;
  private volatile AtomicIntegerArray lateness = new AtomicIntegerArray(LONGEST + 1);
  private final AtomicLong readings = new AtomicLong();
  private final AtomicLong wrong = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();
  private final Map<DeviceId, Integer> numbers = new HashMap<>();
  private Scheduler scheduler;
  private long startedNanos;
  private long startedCpu;

  private MeterReaders(int port, int count) {
    this.port = port;
    this.count = count;
  }

  public static void main(String[] args) throws Exception {
    MeterReaders readers = new MeterReaders(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    if (args[0].equals("hub")) {
      readers.hub();
    } else {
      readers.j2mod();
    }
    readers.commands();
    System.exit(0);
  }

  private void commands() throws Exception {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    System.out.println("ready");
    System.out.flush();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.equals("start")) {
        lateness = new AtomicIntegerArray(LONGEST + 1);
        readings.set(0);
        wrong.set(0);
        missed.set(0);
        ManagementFactory.getThreadMXBean().resetPeakThreadCount();
        startedNanos = System.nanoTime();
        startedCpu = system.getProcessCpuTime();
        System.out.println("ok");
      } else {
        double seconds = (System.nanoTime() - startedNanos) / 1e9;
        System.out.printf(
            java.util.Locale.ROOT,
            "cpu=%.4f late_p50=%d late_p99=%d late_max=%d readings=%d wrong=%d missed=%d threads=%d"
                + " rss_mb=%.1f%n",
            (system.getProcessCpuTime() - startedCpu) / 1e9 / seconds,
            percentile(0.5),
            percentile(0.99),
            percentile(1),
            readings.get(),
            wrong.get(),
            missed.get(),
            ManagementFactory.getThreadMXBean().getPeakThreadCount(),
            rss());
        complaints();
      }
      System.out.flush();
    }
  }

  /** Tells on standard error why good meters could not be read. */
  private void complaints() {
    if (scheduler == null) {
      return;
    }
    Map<String, Integer> counts = new HashMap<>();
    numbers.forEach(
        (id, number) -> {
          if (MeterFarm.good(number)) {
            scheduler
                .health(id)
                .flatMap(DeviceRegistry.Health::lastError)
                .map(error -> error.replaceAll("127[.0-9]+", "…"))
                .ifPresent(error -> counts.merge(error, 1, Integer::sum));
          }
        });
    counts.forEach((error, times) -> System.err.println(times + " × " + error));
  }

  private int percentile(double share) {
    AtomicIntegerArray counts = lateness;
    long total = 0;
    for (int i = 0; i <= LONGEST; i++) {
      total += counts.get(i);
    }
    long rank = (long) Math.ceil(total * share);
    for (int i = 0; i <= LONGEST; i++) {
      rank -= counts.get(i);
      if (rank <= 0) {
        return i;
      }
    }
    return LONGEST;
  }

  private static double rss() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024.0;
      }
    }
    return -1;
  }

  /** Judges what was read; the values are those of the whole way, decoded and published. */
  private void count(int number, long lateMillis, long atMillis, long[] values) {
    boolean right = values.length == MeterFarm.REGISTERS / 2;
    long age = 0;
    if (right) {
      long centis = values[1];
      age = atMillis - (atMillis / 10 - ((atMillis / 10 - centis) & 0x7FFF_FFFFL)) * 10;
      for (int index = 0; index < values.length; index++) {
        right &= values[index] == MeterFarm.value(number, centis, index);
      }
    }
    if (!right || age > STALE_MILLIS) {
      wrong.incrementAndGet();
    }
    readings.incrementAndGet();
    if (MeterFarm.good(number)) {
      lateness.incrementAndGet((int) Math.max(0, Math.min(LONGEST, lateMillis)));
    }
  }

  // ---------------------------------------------------------------- the hub's own parts

  private static final class SystemClock implements HubClock {
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
  }

  private static final class Driver implements MeterDriver {
    private static final Modbus.Range RANGE =
        new Modbus.Range(Modbus.Table.HOLDING_REGISTERS, 0, MeterFarm.REGISTERS);
    private final Modbus modbus = new ModbusService();

    @Override
    public DriverDescription description() {
      return new DriverDescription("farm", "Farm", Set.of("tcp"), 502, List.of(), List.of(), false);
    }

    @Override
    public DriverSession open(DriverContext context) {
      Modbus.Unit unit = modbus.unit(context.stream(), Modbus.Framing.TCP, 1, TIMEOUT);
      return new PollSession() {
        @Override
        public CompletionStage<List<Measurement>> poll(Duration budget) {
          return unit.read(RANGE)
              .thenApply(
                  read -> {
                    int[] words = read.words();
                    List<Measurement> values = new ArrayList<>(QUANTITIES.size());
                    for (int i = 0; i < QUANTITIES.size(); i++) {
                      long value = (long) words[2 * i] << 16 | words[2 * i + 1];
                      values.add(Measurement.of(QUANTITIES.get(i), value, 0));
                    }
                    return values;
                  });
        }

        @Override
        public void close() {}
      };
    }
  }

  private void hub() {
    for (int number = 0; number < count; number++) {
      numbers.put(new DeviceId(new UUID(0x4D45_5445_5200_8000L, number)), number);
    }
    scheduler = new Scheduler(new SystemClock(), this::published, value -> value);
    scheduler.add("farm", new Driver());
    scheduler.add("tcp", new NetworkTransport());
    numbers.forEach(
        (id, number) ->
            scheduler.start(
                id,
                new DeviceDefinition(
                    "Meter " + number,
                    DeviceRole.LOAD,
                    Optional.empty(),
                    "farm",
                    Endpoint.parse("tcp://" + MeterFarm.host(number) + ":" + port),
                    Map.of(),
                    Duration.ofMillis(INTERVAL),
                    false,
                    true,
                    true,
                    0),
                Scheduler.NEW));
  }

  private boolean published(MeterRecord record) {
    int number = numbers.get(record.device());
    if (record instanceof ReadingFrame frame) {
      long at = frame.instant().toEpochMilli();
      long due = Schedule.dueUpTo(at, Schedule.phase(record.device().value(), INTERVAL), INTERVAL);
      long[] values = new long[frame.values().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = frame.values().get(i).mantissa();
      }
      count(number, at - due, at, values);
    } else if (record instanceof Gap && MeterFarm.good(number)) {
      missed.incrementAndGet();
    }
    return true;
  }

  // ---------------------------------------------------------------- the baseline

  private void j2mod() {
    int threads = 8;
    for (int t = 0; t < threads; t++) {
      int first = t;
      Thread thread = new Thread(() -> loop(first, threads), "j2mod-" + t);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void loop(int first, int step) {
    int mine = (count - first + step - 1) / step;
    TCPMasterConnection[] connections = new TCPMasterConnection[mine];
    long begin = System.currentTimeMillis();
    for (long round = 0; ; round++) {
      for (int i = 0; i < mine; i++) {
        int number = first + i * step;
        long due = begin + round * INTERVAL + i * INTERVAL / mine;
        long wait = due - System.currentTimeMillis();
        try {
          if (wait > 0) {
            Thread.sleep(wait);
          } else if (wait < -INTERVAL) {
            if (MeterFarm.good(number)) {
              missed.incrementAndGet();
            }
            continue;
          }
          if (connections[i] == null) {
            TCPMasterConnection made =
                new TCPMasterConnection(InetAddress.getByName(MeterFarm.host(number)));
            made.setPort(port);
            made.setTimeout((int) TIMEOUT.toMillis());
            made.connect();
            connections[i] = made;
          }
          ReadMultipleRegistersRequest request =
              new ReadMultipleRegistersRequest(0, MeterFarm.REGISTERS);
          request.setUnitID(1);
          ModbusTCPTransaction transaction = new ModbusTCPTransaction(connections[i]);
          transaction.setRetries(1);
          transaction.setRequest(request);
          transaction.execute();
          ReadMultipleRegistersResponse response =
              (ReadMultipleRegistersResponse) transaction.getResponse();
          long at = System.currentTimeMillis();
          long[] values = new long[response.getWordCount() / 2];
          for (int v = 0; v < values.length; v++) {
            values[v] =
                (long) response.getRegisterValue(2 * v) << 16
                    | response.getRegisterValue(2 * v + 1);
          }
          count(number, at - due, at, values);
        } catch (InterruptedException e) {
          return;
        } catch (Exception e) {
          if (MeterFarm.good(number)) {
            missed.incrementAndGet();
          }
        }
      }
    }
  }
}
