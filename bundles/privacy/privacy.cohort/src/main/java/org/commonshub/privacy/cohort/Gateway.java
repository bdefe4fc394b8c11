package org.commonshub.privacy.cohort;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.CohortSums.Window;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects: asks the members of a window round by round. One thread. */
final class Gateway {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
  private static final int CATCH_UP = 8;
  private static final long ROUND_SECONDS = 15;

  /** Asks a member. */
  interface Asker {
    CompletionStage<byte[]> ask(int member, byte[] question);
  }

  private final Setup setup;
  private final Suite suite;
  private final Signatures signatures;
  private final HubClock clock;
  private final Duration delay;
  private final Sums sums;
  private final Asker asker;
  private boolean refused;

  /**
   * Makes a collector.
   *
   * @param delay how long after the end of an interval it begins, so that homes have their values
   */
  Gateway(
      Setup setup,
      Suite suite,
      Signatures signatures,
      HubClock clock,
      Duration delay,
      Sums sums,
      Asker asker) {
    this.setup = setup;
    this.suite = suite;
    this.signatures = signatures;
    this.clock = clock;
    this.delay = delay;
    this.sums = sums;
    this.asker = asker;
  }

  /** Runs the windows that are due, the oldest first; at most the last 8 are made up for. */
  void look() throws InterruptedException, IOException {
    long interval = setup.intervalSeconds();
    long newest = floor(clock.now().minus(delay).getEpochSecond() - interval);
    long first =
        sums.end()
            .map(end -> Math.max(ceiling(end.getEpochSecond()), newest - CATCH_UP * interval))
            .orElse(newest);
    for (long window = first; window <= newest; window += interval) {
      run(window);
    }
  }

  private long floor(long second) {
    return Math.floorDiv(second, setup.intervalSeconds()) * setup.intervalSeconds();
  }

  private long ceiling(long second) {
    return -floor(-second);
  }

  private void run(long window) throws InterruptedException, IOException {
    Collector collector = new Collector(setup, window, suite, signatures);
    try {
      SortedMap<Integer, byte[]> questions = collector.next();
      while (!questions.isEmpty()) {
        round(collector, questions);
        questions = collector.next();
      }
      long sum = collector.sum();
      sums.add(result(window, OptionalLong.of(sum), collector.homes(), ""));
      LOG.info(
          "Cohort {}: the sum of {} homes for {} is there",
          setup.cohort(),
          collector.homes(),
          Instant.ofEpochSecond(window));
      refused = false;
    } catch (CohortException e) {
      sums.add(result(window, OptionalLong.empty(), 0, e.getMessage()));
      if (!refused) {
        LOG.warn(
            "Cohort {}: no sum for {}: {}",
            setup.cohort(),
            Instant.ofEpochSecond(window),
            e.getMessage());
      }
      refused = true;
    }
  }

  private Window result(long window, OptionalLong sum, int homes, String refusal) {
    return new Window(
        setup.cohort(),
        Instant.ofEpochSecond(window),
        setup.intervalSeconds(),
        setup.quantity(),
        setup.exponent(),
        sum,
        homes,
        refusal);
  }

  private void round(Collector collector, SortedMap<Integer, byte[]> questions)
      throws InterruptedException {
    Map<Integer, CompletableFuture<byte[]>> asked = new TreeMap<>();
    questions.forEach(
        (member, question) -> asked.put(member, asker.ask(member, question).toCompletableFuture()));
    long end = clock.monotonicNanos() + TimeUnit.SECONDS.toNanos(ROUND_SECONDS);
    for (Map.Entry<Integer, CompletableFuture<byte[]>> each : asked.entrySet()) {
      try {
        long left = Math.max(0, end - clock.monotonicNanos());
        collector.answer(each.getKey(), each.getValue().get(left, TimeUnit.NANOSECONDS));
      } catch (ExecutionException | TimeoutException | CohortException e) {
        LOG.debug("{} is out of the window", setup.members().get(each.getKey()), e);
      }
    }
  }
}
