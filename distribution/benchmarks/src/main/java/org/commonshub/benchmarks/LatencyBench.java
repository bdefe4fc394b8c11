package org.commonshub.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.commonshub.testing.devices.ModbusServer;
import org.commonshub.testing.devices.Registers;

/**
 * From a register's change in a meter to the moment a client of the console's event stream has it
 * in hand.
 *
 * <p>{@value #METERS} single-phase meters (map {@code sdm120}, each on a TCP port of its own) are
 * polled every {@value #INTERVAL_MILLIS} ms, which makes {@code readings_per_s} values and {@code
 * frames_per_s} events. Each changes its power at instants that have nothing to do with the
 * polling; the new value names the change. The change can't be seen before the next poll, so what
 * is reported is the 99th percentile less one polling interval; {@code read_p99_ms} is counted from
 * the meter's answer that first carried the change.
 *
 * <p>Baseline: a bare loop with one plain socket per meter that reads the same registers in the
 * same interval and does nothing with them.
 */
public final class LatencyBench implements Bench {
  static final int METERS = 100;
  static final int INTERVAL_MILLIS = 100;
  private static final int SECONDS = 60;
  private static final int WARM_UP_SECONDS = 20;
  private static final int BASELINE_SECONDS = 30;

  /** Mean time between two changes of one meter, in polling intervals. */
  private static final int CHANGE_INTERVALS = 3;

  /** Changes are told apart by the power, from {@link #LOWEST} W up; the numbers come round. */
  private static final int NUMBERS = 1000;

  private static final int LOWEST = 100;
  private static final long MILLI = 1_000_000L;

  @Override
  public String name() {
    return "latency";
  }

  @Override
  public String summary() {
    return "register change in a device to a client of the console's event stream";
  }

  /** The meters, and what became of each change. */
  private static final class Meters implements AutoCloseable {
    final long origin = System.nanoTime();
    final ModbusServer server = new ModbusServer(2 * METERS + 16);
    final int[] ports = new int[METERS];

    /** When the answer that first carried a meter's latest change left, by meter. */
    final AtomicLongArray told = new AtomicLongArray(METERS);

    private final long[] toldChange = new long[METERS];

    Meters() throws IOException {
      for (int meter = 0; meter < METERS; meter++) {
        int m = meter;
        Registers registers = (function, address, count) -> read(m, address, count);
        ports[m] = server.listen(new InetSocketAddress("127.0.0.1", 0), Map.of(1, registers));
      }
      server.start();
    }

    /**
     * When change {@code k} of a meter happens: at any phase of the polling, 2 to 4 intervals
     * apart.
     */
    long changeAt(int meter, long k) {
      long h = (meter * 1_000_003L + k) * 0x9E3779B97F4A7C15L;
      h = (h ^ h >>> 31) * 0xBF58476D1CE4E5B9L;
      double jitter = ((h ^ h >>> 29) >>> 11) * 0x1.0p-53;
      return origin + (long) ((k * CHANGE_INTERVALS + jitter) * INTERVAL_MILLIS * MILLI);
    }

    /** Number of the last change at an instant. */
    long changes(int meter, long now) {
      long k = (now - origin) / (CHANGE_INTERVALS * INTERVAL_MILLIS * MILLI);
      return k > 0 && now < changeAt(meter, k) ? k - 1 : k;
    }

    private int[] read(int meter, int address, int count) {
      long now = System.nanoTime();
      long change = changes(meter, now);
      int[] words = new int[count];
      double power = LOWEST + change % NUMBERS;
      put(words, address, 0, 230);
      put(words, address, 6, power / 230);
      put(words, address, 12, power);
      put(words, address, 18, power);
      put(words, address, 30, 1);
      put(words, address, 70, 50);
      put(words, address, 72, (now - origin) / 3.6e15 * LOWEST);
      if (address <= 12 && address + count > 12 && toldChange[meter] != change) {
        toldChange[meter] = change;
        told.set(meter, now);
      }
      return words;
    }

    private static void put(int[] words, int from, int at, double value) {
      int i = at - from;
      if (i >= 0 && i + 1 < words.length) {
        int bits = Float.floatToIntBits((float) value);
        words[i] = bits >>> 16;
        words[i + 1] = bits & 0xFFFF;
      }
    }

    @Override
    public void close() {
      server.close();
    }
  }

  /** Latencies as they come in. */
  private static final class Seen {
    private final Meters meters;
    private final long[] last = new long[METERS];
    private final List<Long> fromChange = new ArrayList<>();
    private final List<Long> fromRead = new ArrayList<>();
    private long from = Long.MAX_VALUE;
    private long missed;
    private long frames;
    private long values;

    Seen(Meters meters) {
      this.meters = meters;
      Arrays.fill(last, -1);
    }

    /** Counts from now on. */
    synchronized void begin() {
      from = System.nanoTime();
      missed = 0;
      frames = 0;
      values = 0;
    }

    synchronized void see(int meter, double power, int count, long now) {
      frames++;
      values += count;
      // The power is the number of the change modulo NUMBERS; it is not older than that.
      long current = meters.changes(meter, now);
      long behind = Math.floorMod(current - Math.round(power - LOWEST), (long) NUMBERS);
      long change = current - behind;
      if (change <= last[meter]) {
        return;
      }
      if (last[meter] >= 0 && meters.changeAt(meter, change) >= from) {
        missed += change - last[meter] - 1;
        fromChange.add(now - meters.changeAt(meter, change));
        fromRead.add(now - meters.told.get(meter));
      }
      last[meter] = change;
    }

    synchronized double seconds() {
      return (System.nanoTime() - from) / 1e9;
    }
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    Path folder = Files.createTempDirectory("hub-bench-latency");
    try (Meters meters = new Meters()) {
      Path image = HubProcess.image();
      Map<String, Number> figures = hub(meters, image, folder.resolve("hub"), progress);
      Map<String, Number> baseline = loop(meters, progress);
      return new Result(figures, baseline);
    } finally {
      HubProcess.delete(folder);
    }
  }

  private static Map<String, Number> hub(
      Meters meters, Path image, Path folder, PrintStream progress) throws Exception {
    Path config = Files.createDirectories(folder.resolve("config"));
    Map<String, Integer> byId = new HashMap<>();
    for (int meter = 0; meter < METERS; meter++) {
      String id = new UUID(0x4000L, 0x8000_0000_0000_0000L + meter).toString();
      byId.put(id, meter);
      Files.writeString(
          config.resolve("org.commonshub.metering.device~bench-" + meter + ".json"),
          String.format(
              """
              {
                "id": "%s",
                "name": "Meter %d",
                "role": "LOAD",
                "driver": "modbus",
                "endpoint": "tcp://127.0.0.1:%d",
                "settings": ["map=sdm120", "unit=1"],
                "interval_ms": %d
              }
              """,
              id, meter, meters.ports[meter], INTERVAL_MILLIS));
    }
    try (HubProcess hub = HubProcess.start(image, folder, "--no-simulation")) {
      hub.awaitAnswer("/api/v1/session", Duration.ofSeconds(60));
      hub.claim();
      Seen seen = new Seen(meters);
      AtomicBoolean done = new AtomicBoolean();
      Thread listener =
          new Thread(
              () -> {
                try (InputStream stream = hub.stream("/api/v1/events")) {
                  listen(stream, byId, seen, done);
                } catch (IOException e) {
                  if (!done.get()) {
                    progress.println("The event stream ended: " + e);
                  }
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              },
              "listener");
      listener.setDaemon(true);
      listener.start();
      progress.println("Warming up, " + WARM_UP_SECONDS + " s");
      TimeUnit.SECONDS.sleep(WARM_UP_SECONDS);
      seen.begin();
      double cpu = HubProcess.processorSeconds(hub.process());
      TimeUnit.SECONDS.sleep(SECONDS);
      cpu = (HubProcess.processorSeconds(hub.process()) - cpu) / SECONDS;
      Map<String, Number> figures = figures(seen, progress, "hub");
      figures.put("cpu", round(cpu));
      figures.put("rss_mb", round(HubProcess.residentMegabytes(hub.process().pid())));
      done.set(true);
      return figures;
    }
  }

  private static void listen(
      InputStream stream, Map<String, Integer> byId, Seen seen, AtomicBoolean done)
      throws IOException {
    JsonFactory json = new JsonFactory();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8), 1 << 16);
    String event = "";
    String line;
    while (!done.get() && (line = lines.readLine()) != null) {
      long now = System.nanoTime();
      if (line.startsWith("event:")) {
        event = line.substring(6).strip();
      } else if (line.startsWith("data:") && event.equals("readings")) {
        try (JsonParser parser = json.createParser(line.substring(5))) {
          Integer meter = null;
          double power = Double.NaN;
          int count = 0;
          parser.nextToken();
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            if (field.equals("device")) {
              meter = byId.get(parser.getText());
            } else if (field.equals("values")) {
              while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String quantity = parser.currentName();
                parser.nextToken();
                count++;
                if (quantity.equals("power.active")) {
                  power = parser.getDoubleValue();
                }
              }
            } else {
              parser.skipChildren();
            }
          }
          if (meter != null && !Double.isNaN(power)) {
            seen.see(meter, power, count, now);
          }
        }
      }
    }
  }

  /** One thread, one socket per meter, the same two ranges of registers, nothing else. */
  private static Map<String, Number> loop(Meters meters, PrintStream progress) throws Exception {
    progress.println("Baseline: a bare loop, " + BASELINE_SECONDS + " s");
    Seen seen = new Seen(meters);
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int port : meters.ports) {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(2000);
        sockets.add(socket);
      }
      seen.begin();
      long next = System.nanoTime();
      long end = next + TimeUnit.SECONDS.toNanos(BASELINE_SECONDS);
      byte[] first = {0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 32};
      byte[] second = {0, 2, 0, 0, 0, 6, 1, 4, 0, 70, 0, 10};
      while (System.nanoTime() < end) {
        for (int meter = 0; meter < METERS; meter++) {
          float power = Float.intBitsToFloat(exchange(sockets.get(meter), first, 12));
          exchange(sockets.get(meter), second, 2);
          seen.see(meter, power, 11, System.nanoTime());
        }
        next += INTERVAL_MILLIS * MILLI;
        TimeUnit.NANOSECONDS.sleep(Math.max(0, next - System.nanoTime()));
      }
      return figures(seen, progress, "loop");
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Asks, and returns the 32 bits at a register of the answer. */
  private static int exchange(Socket socket, byte[] request, int at) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(request);
    byte[] answer = new byte[9 + 2 * request[11]];
    new DataInputStream(socket.getInputStream()).readFully(answer);
    int i = 9 + 2 * at;
    return (answer[i] & 0xFF) << 24
        | (answer[i + 1] & 0xFF) << 16
        | (answer[i + 2] & 0xFF) << 8
        | answer[i + 3] & 0xFF;
  }

  private static Map<String, Number> figures(Seen seen, PrintStream progress, String who)
      throws IOException {
    synchronized (seen) {
      double seconds = seen.seconds();
      if (seen.fromChange.size() < METERS) {
        throw new IOException(
            "only " + seen.fromChange.size() + " changes were seen (" + who + "); is it polled?");
      }
      long[] change = sorted(seen.fromChange);
      long[] read = sorted(seen.fromRead);
      Map<String, Number> figures = new LinkedHashMap<>();
      figures.put("p99_ms", millis(percentile(change, 0.99) - INTERVAL_MILLIS * MILLI));
      figures.put("p50_ms", millis(percentile(change, 0.5) - INTERVAL_MILLIS * MILLI / 2));
      figures.put("max_ms", millis(change[change.length - 1] - INTERVAL_MILLIS * MILLI));
      figures.put("read_p99_ms", millis(percentile(read, 0.99)));
      figures.put("changes", change.length);
      figures.put("missed", seen.missed);
      figures.put("frames_per_s", Math.round(seen.frames / seconds));
      figures.put("readings_per_s", Math.round(seen.values / seconds));
      figures.put("interval_ms", INTERVAL_MILLIS);
      progress.println(who + ": " + figures);
      return figures;
    }
  }

  private static long[] sorted(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static long percentile(long[] sorted, double share) {
    return sorted[Math.min(sorted.length - 1, (int) (sorted.length * share))];
  }

  private static double millis(long nanos) {
    return Math.round(nanos / 1e4) / 100.0;
  }

  private static double round(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
