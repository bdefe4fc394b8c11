package org.commonshub.apps.zone.runtime;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.apps.api.AppHome;
import org.commonshub.apps.api.AppHttp;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.api.AppStore;
import org.commonshub.apps.api.AppTimers;
import org.commonshub.apps.zone.wire.Args;
import org.commonshub.apps.zone.wire.Op;
import org.commonshub.apps.zone.wire.Values;
import org.commonshub.apps.zone.wire.WireException;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.commonshub.privacy.api.TermsCodec;
import org.commonshub.privacy.api.TermsException;

/** The services of one app: each call goes to the hub, which decides and counts. */
final class Services {
  private static final int MAX_OPEN = 32;
  private static final int MAX_BYTES = 16 << 20;
  private static final int MAX_TEXT = 2048;

  private final HubLink link;
  private final int app;
  private final AppThread thread;
  private final AtomicLong ids = new AtomicLong();
  private final AtomicInteger open = new AtomicInteger();
  private final Map<Long, Due> timers = new ConcurrentHashMap<>();
  private final Map<Long, Consumer<Release>> flows = new ConcurrentHashMap<>();

  /** A timer. */
  private record Due(Runnable task, boolean again) {}

  /** Reads an answer. */
  @FunctionalInterface
  private interface Reader<T> {
    T read(Args args) throws WireException;
  }

  Services(HubLink link, int app, AppThread thread) {
    this.link = link;
    this.app = app;
    this.thread = thread;
  }

  private Args ask(Op op, Object... body) throws Exception {
    return link.call(app, op, body);
  }

  /** Calls that throw nothing checked. */
  private <T> T call(Reader<T> reader, Op op, Object... body) {
    try {
      return reader.read(ask(op, body));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Calls that complete later, on the app's thread. */
  private <T> CompletionStage<T> later(Reader<T> reader, Op op, Object... body) {
    CompletableFuture<T> stage = new CompletableFuture<>();
    if (open.incrementAndGet() > MAX_OPEN) {
      open.decrementAndGet();
      stage.completeExceptionally(new IllegalStateException("too much at a time"));
      return stage;
    }
    link.send(app, op, body)
        .whenComplete(
            (args, failure) -> {
              open.decrementAndGet();
              thread.execute(
                  () -> {
                    try {
                      if (failure == null) {
                        stage.complete(reader.read(args));
                      } else {
                        stage.completeExceptionally(failure);
                      }
                    } catch (WireException e) {
                      stage.completeExceptionally(e);
                    }
                  });
            });
    return stage;
  }

  void due(long timer) {
    Due due = timers.get(timer);
    if (due != null) {
      if (!due.again()) {
        timers.remove(timer);
      }
      due.task().run();
    }
  }

  void released(long flow, Release release) {
    Consumer<Release> listener = flows.get(flow);
    if (listener != null) {
      listener.accept(release);
    }
  }

  AppHome home() {
    return new AppHome() {
      private Values.Home ask() {
        return call(Values::home, Op.HOME);
      }

      @Override
      public Instant now() {
        return ask().now();
      }

      @Override
      public long monotonicNanos() {
        return ask().nanos();
      }

      @Override
      public ZoneId zone() {
        return ask().zone();
      }

      @Override
      public String currency() {
        return ask().currency();
      }

      @Override
      public long importPriceMicros() {
        return ask().importPrice();
      }

      @Override
      public long exportPriceMicros() {
        return ask().exportPrice();
      }

      @Override
      public Optional<Place> place() {
        return ask().place();
      }
    };
  }

  AppLog log() {
    return new AppLog() {
      @Override
      public void info(String text) {
        call(args -> "", Op.LOG, false, Values.cut(text, 500));
      }

      @Override
      public void warn(String text) {
        call(args -> "", Op.LOG, true, Values.cut(text, 500));
      }
    };
  }

  AppLicence licence() {
    return new AppLicence() {
      @Override
      public String level() {
        return call(args -> args.text(MAX_TEXT), Op.LICENCE);
      }

      @Override
      public Set<String> features() {
        return call(
            args -> {
              args.any();
              return Values.set(args.args());
            },
            Op.LICENCE);
      }

      @Override
      public boolean degraded() {
        return call(
            args -> {
              args.any();
              args.any();
              return args.flag();
            },
            Op.LICENCE);
      }

      @Override
      public Optional<Instant> paidUntil() {
        return call(
            args -> {
              args.any();
              args.any();
              args.any();
              return args.absent() ? Optional.empty() : Optional.of(args.instant());
            },
            Op.LICENCE);
      }

      @Override
      public boolean use(String metric, long amount) {
        if (amount < 1) {
          throw new IllegalArgumentException("an amount is 1 or more");
        }
        return call(Args::flag, Op.USE, Values.text(metric, 64), amount);
      }
    };
  }

  AppStore store() {
    return new AppStore() {
      @Override
      public Optional<byte[]> get(String name) {
        return call(
            args -> args.absent() ? Optional.empty() : Optional.of(args.bytes(MAX_BYTES)),
            Op.GET,
            Values.text(name, MAX_NAME));
      }

      @Override
      public void put(String name, byte[] value) {
        if (value.length > MAX_VALUE) {
          throw new IllegalArgumentException("a value has at most " + MAX_VALUE + " bytes");
        }
        call(args -> "", Op.PUT, Values.text(name, MAX_NAME), value);
      }

      @Override
      public void remove(String name) {
        call(args -> "", Op.REMOVE, Values.text(name, MAX_NAME));
      }

      @Override
      public List<String> names() {
        return call(args -> Values.texts(args.args()), Op.NAMES);
      }
    };
  }

  AppTimers timers() {
    return new AppTimers() {
      @Override
      public Timer after(Duration delay, Runnable task) {
        return set(delay, task, false);
      }

      @Override
      public Timer every(Duration period, Runnable task) {
        return set(period, task, true);
      }

      private Timer set(Duration time, Runnable task, boolean again) {
        if (time.isNegative() || time.compareTo(Duration.ofDays(31)) > 0) {
          throw new IllegalArgumentException("a timer runs for at most 31 days");
        }
        long id = ids.incrementAndGet();
        timers.put(id, new Due(task, again));
        try {
          call(args -> "", Op.TIMER, id, time.toMillis(), again);
        } catch (RuntimeException e) {
          timers.remove(id);
          throw e;
        }
        return () -> {
          if (timers.remove(id) != null) {
            call(args -> "", Op.CANCEL, id);
          }
        };
      }
    };
  }

  AppHttp http() {
    return request -> later(Values::response, Op.HTTP, Values.request(request));
  }

  AppActuators actuators() {
    return new AppActuators() {
      @Override
      public List<Available> available() {
        return call(args -> Values.available(args.args()), Op.ACTUATORS);
      }

      @Override
      public CompletionStage<Result> set(
          DeviceId device, String actuator, BigDecimal value, String reason, Duration lease) {
        if (lease.isNegative() || lease.compareTo(Duration.ofDays(1)) > 0) {
          throw new IllegalArgumentException("a lease lasts 10 s to 1 h");
        }
        return later(
            Values::result,
            Op.SET,
            device.toString(),
            Values.text(actuator, 64),
            Values.decimal(value),
            Values.text(reason, 200),
            lease.toMillis());
      }

      @Override
      public CompletionStage<Result> release(DeviceId device, String actuator) {
        return later(Values::result, Op.HAND_BACK, device.toString(), Values.text(actuator, 64));
      }
    };
  }

  EnergyData energy() {
    return new EnergyData() {
      @Override
      public Recipient recipient() {
        return Recipient.parse(call(args -> args.text(MAX_TEXT), Op.RECIPIENT));
      }

      @Override
      public Grant ask(Terms asked, String text) throws TermsException {
        try {
          return Values.grant(
              Services.this.ask(Op.ASK, TermsCodec.map(asked), Values.text(text, 500)));
        } catch (TermsException | RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IllegalStateException(e.getMessage(), e);
        }
      }

      @Override
      public List<Grant> grants() {
        return call(
            args -> {
              List<Grant> grants = new java.util.ArrayList<>();
              for (Args each = args.args(); each.left() > 0; ) {
                grants.add(Values.grant(each.args()));
              }
              return grants;
            },
            Op.GRANTS);
      }

      @Override
      public Release read(Purpose purpose, Instant from, Instant to) throws RefusedException {
        return refusable(
            Values::release, Op.READ, purpose.name(), Values.instant(from), Values.instant(to));
      }

      @Override
      public Flow subscribe(Purpose purpose, Consumer<Release> listener) throws RefusedException {
        long id = ids.incrementAndGet();
        flows.put(id, listener);
        try {
          refusable(args -> "", Op.SUBSCRIBE, purpose.name(), id);
        } catch (RefusedException | RuntimeException e) {
          flows.remove(id);
          throw e;
        }
        Set<Long> once = new HashSet<>(Set.of(id));
        return () -> {
          if (once.remove(id)) {
            flows.remove(id);
            call(args -> "", Op.UNSUBSCRIBE, id);
          }
        };
      }

      private <T> T refusable(Reader<T> reader, Op op, Object... body) throws RefusedException {
        try {
          return reader.read(Services.this.ask(op, body));
        } catch (RefusedException | RuntimeException e) {
          throw e;
        } catch (Exception e) {
          throw new IllegalStateException(e.getMessage(), e);
        }
      }
    };
  }
}
