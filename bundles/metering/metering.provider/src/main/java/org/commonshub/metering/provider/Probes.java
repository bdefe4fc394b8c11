package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.ServiceBrowser;

/** Readings and searches that a person asks for, beside the schedule and never in its way. */
final class Probes {
  private static final Duration TEST = Duration.ofSeconds(15);

  /** A device that sends by itself may take its time. */
  private static final Duration LISTEN = Duration.ofSeconds(25);

  /** A probe has no device to set aside; its pool thread is made up for all the same. */
  static final WatchedPool.Owner NOBODY =
      new WatchedPool.Owner() {
        @Override
        public void blocked() {}

        @Override
        public void unblocked() {}
      };

  private final Scheduler scheduler;
  private final ScheduledExecutorService timer;

  Probes(Scheduler scheduler, ScheduledExecutorService timer) {
    this.scheduler = scheduler;
    this.timer = timer;
  }

  CompletionStage<List<Measurement>> test(DeviceDefinition definition) {
    MeterDriver driver = scheduler.driver(definition.driver());
    boolean push = driver != null && driver.description().push();
    return bounded(
            definition,
            push ? LISTEN : TEST,
            resources -> {
              Live live = scheduler.open(DeviceId.random(), definition, NOBODY);
              resources.add(live::close);
              CompletableFuture<List<Measurement>> values = new CompletableFuture<>();
              DriverSession session = live.session;
              if (session instanceof PollSession poll) {
                return poll.poll(TEST);
              }
              ((PushSession) session)
                  .start(
                      new PushSession.Receiver() {
                        @Override
                        public void values(
                            Optional<java.time.Instant> at, List<Measurement> received) {
                          values.complete(received);
                        }

                        @Override
                        public void failed(DeviceException why) {
                          values.completeExceptionally(why);
                        }
                      });
              return values;
            },
            (values, failure) -> {})
        .thenApply(values -> Correction.apply(values, definition.inverted(), 0));
  }

  /** Where time-outs run. */
  ScheduledExecutorService timer() {
    return timer;
  }

  /** Asks a driver; what it was given is released when the stage completes. */
  <T> CompletionStage<T> probe(DeviceDefinition definition, Duration limit, Work<T> work) {
    CompletableFuture<T> released = new CompletableFuture<>();
    var unused =
        bounded(
            definition,
            limit,
            work,
            (value, failure) -> {
              if (failure == null) {
                released.complete(value);
              } else {
                released.completeExceptionally(failure);
              }
            });
    return released;
  }

  /** Browses, bounded in time; continues on the pool. */
  CompletionStage<List<ServiceBrowser.Instance>> browse(
      Supplier<CompletionStage<List<ServiceBrowser.Instance>>> browsing, Duration limit) {
    CompletableFuture<List<ServiceBrowser.Instance>> result = new CompletableFuture<>();
    ScheduledFuture<?> timeout =
        timer.schedule(
            () ->
                result.completeExceptionally(
                    new DeviceException(
                        Kind.TIMEOUT,
                        "Browsing the network took too long. Search a range of addresses"
                            + " instead.")),
            limit.toMillis(),
            TimeUnit.MILLISECONDS);
    var unused = result.whenComplete((value, failure) -> timeout.cancel(false));
    browsing
        .get()
        .whenComplete(
            (instances, failure) -> {
              try {
                scheduler
                    .executor(NOBODY)
                    .execute(
                        () -> {
                          if (failure == null) {
                            result.complete(instances);
                          } else {
                            result.completeExceptionally(failure);
                          }
                        });
              } catch (RuntimeException e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  /** Driver work; what it adds to the resources is released when it is over. */
  interface Work<T> {
    CompletionStage<T> begin(List<Runnable> resources) throws Exception;
  }

  /** Runs driver work on the pool, ends it after a time, and releases what it opened. */
  private <T> CompletableFuture<T> bounded(
      DeviceDefinition definition,
      Duration limit,
      Work<T> work,
      BiConsumer<T, Throwable> released) {
    CompletableFuture<T> result = new CompletableFuture<>();
    List<Runnable> resources = new ArrayList<>();
    Supplier<DeviceException> late =
        () ->
            new DeviceException(
                Kind.TIMEOUT,
                "The device at "
                    + definition.endpoint()
                    + " was not read within "
                    + limit.toSeconds()
                    + " s. Check that it is powered and that address and settings are right."
                    + (limit.equals(LISTEN)
                        ? " A device that sends more rarely can be added without a test."
                        : ""));
    ScheduledFuture<?> timeout =
        timer.schedule(
            () -> result.completeExceptionally(late.get()),
            limit.toMillis(),
            TimeUnit.MILLISECONDS);
    var unused = result.whenComplete((value, failure) -> timeout.cancel(false));
    Runnable begin =
        () -> {
          List<Runnable> opened = new ArrayList<>();
          try {
            CompletionStage<T> stage = work.begin(opened);
            synchronized (resources) {
              resources.addAll(opened);
            }
            stage.whenComplete(
                (value, failure) -> {
                  if (failure == null) {
                    result.complete(value);
                  } else {
                    result.completeExceptionally(scheduler.explain(definition, failure));
                  }
                });
          } catch (Throwable e) { // A driver's, even an Error.
            synchronized (resources) {
              resources.addAll(opened);
            }
            result.completeExceptionally(scheduler.explain(definition, e));
          }
          // Released when it is over, which may have been while it began.
          var unusedToo =
              result.whenComplete(
                  (value, failure) -> release(resources, () -> released.accept(value, failure)));
        };
    try {
      scheduler.executor(NOBODY).execute(begin);
    } catch (RuntimeException e) {
      DeviceException why = scheduler.explain(definition, e);
      result.completeExceptionally(why);
      released.accept(null, why);
    }
    return result;
  }

  private void release(List<Runnable> resources, Runnable then) {
    Runnable ending =
        () -> {
          List<Runnable> all;
          synchronized (resources) {
            all = List.copyOf(resources);
            resources.clear();
          }
          try {
            all.forEach(Runnable::run);
          } finally {
            then.run();
          }
        };
    try {
      scheduler.executor(NOBODY).execute(ending);
    } catch (RuntimeException e) {
      ending.run();
    }
  }
}
