package org.commonshub.metering.provider;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.DeviceRegistry.Found;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.PushSession;

/** Readings and searches that a person asks for, beside the schedule and never in its way. */
final class Probes {
  /** Probes at once in one search. */
  static final int PARALLEL = 16;

  private static final Duration TEST = Duration.ofSeconds(15);
  private static final Duration PROBE = Duration.ofSeconds(8);
  private static final int FOUND_LIMIT = 256;

  /** A probe has no device to set aside; its pool thread is made up for all the same. */
  private static final WatchedPool.Owner NOBODY =
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
    return bounded(
            definition,
            TEST,
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
            })
        .thenApply(values -> Correction.apply(values, definition.inverted(), 0));
  }

  CompletionStage<List<Found>> discover(String driverId, String where) {
    MeterDriver driver = scheduler.driver(driverId);
    if (!(driver instanceof Discoverer discoverer)) {
      return CompletableFuture.failedFuture(
          new DeviceException(
              Kind.SETTINGS,
              driver == null
                  ? "The driver '" + driverId + "' is not installed or not running."
                  : "The driver '" + driverId + "' cannot search; enter the device's address."));
    }
    List<Endpoint> endpoints;
    try {
      endpoints = HostRange.parse(where);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(new DeviceException(Kind.SETTINGS, e.getMessage(), e));
    }
    Search search = new Search(driverId, discoverer, endpoints);
    search.begin();
    return search.result;
  }

  private final class Search {
    private final String driverId;
    private final Discoverer discoverer;
    private final boolean single;
    private final ArrayDeque<Endpoint> left;
    private final List<Found> found = new ArrayList<>();
    private final CompletableFuture<List<Found>> result = new CompletableFuture<>();
    private int running;

    Search(String driverId, Discoverer discoverer, List<Endpoint> endpoints) {
      this.driverId = driverId;
      this.discoverer = discoverer;
      this.left = new ArrayDeque<>(endpoints);
      this.single = endpoints.size() == 1;
    }

    void begin() {
      for (int i = 0; i < PARALLEL; i++) {
        next();
      }
    }

    private void next() {
      Endpoint endpoint;
      List<Found> done = null;
      synchronized (this) {
        endpoint = left.poll();
        if (endpoint == null && running == 0) {
          done = List.copyOf(found);
        } else if (endpoint != null) {
          running++;
        }
      }
      if (done != null) {
        result.complete(done);
        return;
      }
      if (endpoint == null) {
        return;
      }
      DeviceDefinition definition = proposal(endpoint, "Search", DeviceRole.LOAD, Map.of());
      var unused =
          bounded(
                  definition,
                  PROBE,
                  resources -> {
                    Bound context = scheduler.bind(DeviceId.random(), definition, NOBODY);
                    resources.add(context::close);
                    return discoverer.probe(context);
                  })
              .whenComplete((candidates, failure) -> probed(endpoint, candidates, failure));
    }

    private void probed(
        Endpoint endpoint, List<Discoverer.Candidate> candidates, Throwable failure) {
      DeviceException why = null;
      synchronized (this) {
        running--;
        if (failure != null && single) {
          why = Scheduler.explain(proposal(endpoint, "Search", DeviceRole.LOAD, Map.of()), failure);
        } else if (failure == null) {
          for (Discoverer.Candidate candidate : candidates) {
            if (found.size() < FOUND_LIMIT) {
              String name = candidate.name().strip();
              found.add(
                  new Found(
                      proposal(
                          endpoint,
                          name.isEmpty()
                              ? driverId
                              : name.substring(0, Math.min(64, name.length())),
                          candidate.role(),
                          candidate.settings()),
                      Map.copyOf(candidate.identity())));
            }
          }
        }
      }
      if (why != null) {
        result.completeExceptionally(why);
      }
      next();
    }

    private DeviceDefinition proposal(
        Endpoint endpoint, String name, DeviceRole role, Map<String, String> settings) {
      return new DeviceDefinition(
          name,
          role,
          Optional.empty(),
          driverId,
          endpoint,
          settings,
          Duration.ofSeconds(1),
          false,
          true,
          true,
          0);
    }
  }

  private interface Work<T> {
    CompletionStage<T> begin(List<Runnable> resources) throws Exception;
  }

  /** Runs driver work on the pool, ends it after a time, and releases what it opened. */
  private <T> CompletableFuture<T> bounded(
      DeviceDefinition definition, Duration limit, Work<T> work) {
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
                    + " s. Check that it is powered and that address and settings are right.");
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
                    result.completeExceptionally(Scheduler.explain(definition, failure));
                  }
                });
          } catch (Throwable e) { // A driver's, even an Error.
            synchronized (resources) {
              resources.addAll(opened);
            }
            result.completeExceptionally(Scheduler.explain(definition, e));
          }
          // Released when it is over, which may have been while it began.
          var unusedToo = result.whenComplete((value, failure) -> release(resources));
        };
    try {
      scheduler.executor(NOBODY).execute(begin);
    } catch (RuntimeException e) {
      result.completeExceptionally(Scheduler.explain(definition, e));
    }
    return result;
  }

  private void release(List<Runnable> resources) {
    List<Runnable> ending;
    synchronized (resources) {
      ending = List.copyOf(resources);
      resources.clear();
    }
    for (Runnable resource : ending) {
      try {
        scheduler.executor(NOBODY).execute(resource);
      } catch (RuntimeException e) {
        resource.run();
      }
    }
  }
}
