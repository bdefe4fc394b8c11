package org.commonshub.apps.zone;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppQuotaException;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.AppSession;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;

/** A session that records what an app in a zone asks, and answers it. */
final class TestSession implements AppSession {
  static final Instant NOW = Instant.parse("2026-06-15T10:00:00.123456789Z");
  static final DeviceId CAR = DeviceId.parse("00000000-0000-0000-0000-000000000007");

  private final AppManifest manifest;
  final List<String> lines = new CopyOnWriteArrayList<>();
  final Map<String, byte[]> stored = new ConcurrentSkipListMap<>();
  final List<Runnable> timers = new CopyOnWriteArrayList<>();
  final List<Consumer<Release>> listeners = new CopyOnWriteArrayList<>();
  final Set<CompletableFuture<AppHttp.Response>> open = ConcurrentHashMap.newKeySet();
  final CompletableFuture<String> ended = new CompletableFuture<>();
  final AtomicLong cpuNanos = new AtomicLong();
  final AtomicLong memory = new AtomicLong();
  final List<Long> asked = java.util.Collections.synchronizedList(new ArrayList<>());

  TestSession(AppManifest manifest) {
    this.manifest = manifest;
  }

  @Override
  public AppManifest manifest() {
    return manifest;
  }

  static Release release(int values) {
    long[] starts = new long[values];
    long[] mantissas = new long[values];
    int[] qualities = new int[values];
    for (int i = 0; i < values; i++) {
      starts[i] = NOW.toEpochMilli() + 900_000L * i;
      mantissas[i] = -i * 1_000_000_007L;
      qualities[i] = i % 3;
    }
    List<Block> blocks = new ArrayList<>();
    for (int from = 0; from < values; from += Block.MAX_VALUES) {
      int to = Math.min(values, from + Block.MAX_VALUES);
      blocks.add(
          new Block(
              "meter",
              "power.active",
              Block.Statistic.MEAN,
              900,
              -3,
              Arrays.copyOfRange(starts, from, to),
              Arrays.copyOfRange(mantissas, from, to),
              Arrays.copyOfRange(qualities, from, to)));
    }
    return new Release(
        "consent",
        new Recipient(Recipient.Kind.APP, "org.example.probe"),
        Purpose.ADVICE,
        NOW,
        blocks);
  }

  @Override
  public EnergyData energy() {
    return new EnergyData() {
      @Override
      public Recipient recipient() {
        return new Recipient(Recipient.Kind.APP, manifest.id().name());
      }

      @Override
      public Grant ask(Terms asked, String text) {
        return new Grant(Purpose.ADVICE, Grant.State.ASKED, asked, text);
      }

      @Override
      public List<Grant> grants() {
        return List.of(new Grant(Purpose.ADVICE, Grant.State.OPEN, Terms.ANY, ""));
      }

      @Override
      public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
        if (purpose != Purpose.ADVICE) {
          throw new RefusedException(RefusedException.Reason.NO_CONSENT, "Nobody said yes.");
        }
        return release((int) Duration.between(from, to).toMinutes());
      }

      @Override
      public Flow subscribe(Purpose purpose, Consumer<Release> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
      }
    };
  }

  @Override
  public AppHome home() {
    return new AppHome() {
      @Override
      public Instant now() {
        asked.add(System.nanoTime());
        return NOW;
      }

      @Override
      public long monotonicNanos() {
        return 42;
      }

      @Override
      public ZoneId zone() {
        return ZoneId.of("Europe/Rome");
      }

      @Override
      public String currency() {
        return "EUR";
      }

      @Override
      public long importPriceMicros() {
        return 300_000;
      }

      @Override
      public long exportPriceMicros() {
        return -1;
      }

      @Override
      public Optional<Place> place() {
        return Optional.of(new Place(419, -125));
      }
    };
  }

  @Override
  public AppHttp http() {
    return request -> {
      if (!request.uri().getHost().equals("api.example.org")) {
        return CompletableFuture.failedFuture(new SecurityException("That host was not granted."));
      }
      CompletableFuture<AppHttp.Response> answer = new CompletableFuture<>();
      open.add(answer);
      return answer;
    };
  }

  @Override
  public AppActuators actuators() {
    return new AppActuators() {
      @Override
      public List<Available> available() {
        return List.of(
            new Available(
                CAR,
                "Car",
                DeviceRole.EV_CHARGER,
                "current-limit",
                "A",
                new BigDecimal("6"),
                new BigDecimal("16.0"),
                BigDecimal.ONE));
      }

      @Override
      public CompletionStage<Result> set(
          DeviceId device, String actuator, BigDecimal value, String reason, Duration lease) {
        lines.add("set " + device + " " + actuator + " " + value + " " + reason + " " + lease);
        return CompletableFuture.completedFuture(new Result(true, false, "It waits."));
      }

      @Override
      public CompletionStage<Result> release(DeviceId device, String actuator) {
        return CompletableFuture.completedFuture(new Result(true, true, "Released."));
      }
    };
  }

  @Override
  public AppStore store() {
    return new AppStore() {
      @Override
      public Optional<byte[]> get(String name) {
        return Optional.ofNullable(stored.get(name));
      }

      @Override
      public void put(String name, byte[] value) {
        if (value.length > 100_000) {
          throw new AppQuotaException("That is more than 100 kB.");
        }
        stored.put(name, value);
      }

      @Override
      public void remove(String name) {
        stored.remove(name);
      }

      @Override
      public List<String> names() {
        return List.copyOf(stored.keySet());
      }
    };
  }

  @Override
  public AppTimers timers() {
    return new AppTimers() {
      @Override
      public Timer after(Duration delay, Runnable task) {
        timers.add(task);
        return () -> timers.remove(task);
      }

      @Override
      public Timer every(Duration period, Runnable task) {
        return after(period, task);
      }
    };
  }

  @Override
  public AppLog log() {
    return new AppLog() {
      @Override
      public void info(String text) {
        lines.add(text);
      }

      @Override
      public void warn(String text) {
        lines.add("! " + text);
      }
    };
  }

  @Override
  public AppLicence licence() {
    return new AppLicence() {
      @Override
      public String level() {
        return "plus";
      }

      @Override
      public Set<String> features() {
        return Set.of("forecast");
      }

      @Override
      public boolean degraded() {
        return true;
      }

      @Override
      public Optional<Instant> paidUntil() {
        return Optional.of(NOW);
      }

      @Override
      public boolean use(String metric, long amount) {
        return amount < 10;
      }
    };
  }

  @Override
  public Executor thread() {
    return Runnable::run;
  }

  @Override
  public <T> CompletionStage<T> call(Supplier<T> code, int seconds) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void restrict(Restriction restriction) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void promote() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void onEnded(Ended listener) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void end(String reason) {
    ended.complete(reason);
  }

  @Override
  public void usedCpu(long nanos) {
    cpuNanos.addAndGet(nanos);
  }

  @Override
  public void usesMemory(long bytes) {
    memory.set(bytes);
  }

  @Override
  public Usage usage() {
    return new Usage(0, memory.get(), 0, 0, 0, 0, 0, false);
  }

  @Override
  public List<LogLine> logLines() {
    return List.of();
  }

  @Override
  public void close() {}
}
