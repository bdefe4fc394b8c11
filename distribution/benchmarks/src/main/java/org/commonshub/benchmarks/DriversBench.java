package org.commonshub.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;

/**
 * Every driver in processor time, so that a busy machine says the same: how fast its session makes
 * values of bytes, and what a reading costs from the bytes through session, scheduler and reading
 * bus to a storage sink, all threads together. Beside it, in the same run: the same values parsed
 * from plain JSON, and a driver that does nothing but that.
 */
public final class DriversBench implements Bench {
  /** Messages of a device, each different: the hub drops what it has seen. */
  static final int MESSAGES = 512;

  /** So many readings, or so long if that is too many, let the compiler do its work first. */
  static final int WARM_READINGS = 20_000;

  private static final Duration WARM = Duration.ofMillis(Integer.getInteger("bench.warm", 8_000));
  private static final Duration RUN = Duration.ofMillis(Integer.getInteger("bench.millis", 1_500));
  private static final String ONLY = System.getProperty("bench.only", "");

  /** Made by the service loader. */
  public DriversBench() {}

  @Override
  public String name() {
    return "drivers";
  }

  @Override
  public String summary() {
    return "decode rate and cost per reading of every driver, against plain JSON of the same"
        + " values";
  }

  @Override
  public Result run(PrintStream progress) throws Exception {
    // Charge points come and go in the hundreds here.
    Logger.getLogger("").setLevel(Level.WARNING);
    Map<String, Number> figures = new LinkedHashMap<>();
    Map<String, Number> baseline = new LinkedHashMap<>();
    figures.put("worst_us_per_10_values", 0);
    double worst = 0;
    String slowest = "";
    try (DriverPath path = new DriverPath()) {
      double plain = path.microsPer10Values(JsonDriver.device(), WARM, RUN);
      baseline.put("plain_json_us_per_10_values", tenths(plain));
      progress.printf("Plain JSON of ten values in a datagram: %.1f us to the sink%n", plain);
      for (DriverCase each : DriverCases.all()) {
        if (!ONLY.isEmpty() && !ONLY.equals(each.name())) {
          continue;
        }
        Decoded decoded = decode(each);
        double json = json(decoded.sample());
        double cost = path.microsPer10Values(each, WARM, RUN);
        figures.put(each.name() + "_us_per_10_values", tenths(cost));
        figures.put(each.name() + "_decode_us_per_10_values", hundredths(decoded.micros()));
        figures.put(each.name() + "_decodes_per_s", Math.round(decoded.rate()));
        baseline.put(each.name() + "_json_decode_us_per_10_values", hundredths(json));
        if (cost > worst) {
          worst = cost;
          slowest = each.name();
        }
        progress.printf(
            "%-16s %3d values, %,9.0f decodes/s, %7.2f us per 10 values decoded (JSON %.2f),"
                + " %6.1f us to the sink%n",
            each.name(), decoded.sample().size(), decoded.rate(), decoded.micros(), json, cost);
      }
    }
    figures.put("worst_us_per_10_values", tenths(worst));
    progress.println("Slowest: " + slowest);
    return new Result(figures, baseline);
  }

  private static double tenths(double figure) {
    return Math.round(figure * 10) / 10.0;
  }

  private static double hundredths(double figure) {
    return Math.round(figure * 100) / 100.0;
  }

  /** Processor time of this process. */
  static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private record Decoded(List<Measurement> sample, double rate, double micros) {}

  /** A session alone, on one thread; a new one whenever the messages begin anew. */
  private static Decoded decode(DriverCase device) throws Exception {
    Counter counter = new Counter();
    run(device, counter, WARM, WARM_READINGS);
    counter.reset();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    run(device, counter, RUN, Long.MAX_VALUE);
    double nanos = threads.getCurrentThreadCpuTime() - start;
    if (counter.values == 0) {
      throw new IllegalStateException(device.name() + " gave no value: " + counter.failure);
    }
    return new Decoded(
        counter.last, counter.frames * 1e9 / nanos, nanos / 1e3 * 10 / counter.values);
  }

  private static void run(DriverCase device, Counter counter, Duration time, long most)
      throws Exception {
    DriverDescription description = device.driver().description();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end && counter.frames < most) {
      Wire wire = new Wire(device.endpoint(0), device.answers());
      DriverContext context =
          FakeDriverContext.of(description, wire.endpoint(), wire, device.settings());
      try (DriverSession session = device.driver().open(context)) {
        if (session instanceof PollSession poll) {
          for (int i = 0; i < MESSAGES; i++) {
            counter.values(
                Optional.empty(),
                poll.poll(Duration.ofSeconds(5)).toCompletableFuture().get(20, TimeUnit.SECONDS));
          }
        } else {
          ((PushSession) session).start(counter);
          if (!device.peer().ready(wire, DriverCase.number(0))) {
            throw new IllegalStateException(device.name() + " does not listen");
          }
          for (byte[] message : device.messages()) {
            device.peer().send(wire, DriverCase.number(0), message);
          }
        }
      }
    }
  }

  private static final class Counter implements PushSession.Receiver {
    List<Measurement> last = List.of();
    long values;
    long frames;
    String failure = "nothing was delivered";

    void reset() {
      values = 0;
      frames = 0;
    }

    @Override
    public void values(Optional<Instant> at, List<Measurement> measurements) {
      last = measurements;
      values += measurements.size();
      frames++;
    }

    @Override
    public void failed(DeviceException why) {
      failure = why.getMessage();
    }
  }

  /** The same values as a JSON object of numbers, parsed into measurements' numbers. */
  private static double json(List<Measurement> sample) throws Exception {
    StringBuilder text = new StringBuilder("{");
    for (Measurement value : sample) {
      text.append(text.length() > 1 ? "," : "")
          .append('"')
          .append(value.quantity())
          .append("\":")
          .append(value.decimalValue().toPlainString());
    }
    byte[] bytes = text.append('}').toString().getBytes(StandardCharsets.UTF_8);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    JsonFactory factory = new JsonFactory();
    double best = Double.MAX_VALUE;
    for (int attempt = 0; attempt < 3; attempt++) {
      long start = threads.getCurrentThreadCpuTime();
      long count = 0;
      while (threads.getCurrentThreadCpuTime() - start < 200_000_000L) {
        Map<String, Object> values = new HashMap<>();
        try (JsonParser parser = factory.createParser(bytes)) {
          parser.nextToken();
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            values.put(name, parser.getDecimalValue());
          }
        }
        if (values.size() != sample.size()) {
          throw new IllegalStateException("the baseline lost a value");
        }
        count++;
      }
      best =
          Math.min(
              best, (threads.getCurrentThreadCpuTime() - start) / 1e3 / count * 10 / sample.size());
    }
    return best;
  }

  static DeviceId id(int number) {
    return new DeviceId(new java.util.UUID(0x4452_4956_4552_8000L, number));
  }
}
