package org.commonshub.apps.licence;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.apps.desk.api.AppException;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.Standing;
import org.commonshub.apps.desk.api.Standing.State;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thousand days of clock games, offline spells, renewals, revocations, restarts and kills. The
 * model beside it knows nothing of marks, files and edges: it counts running time itself and paints
 * hours into an array.
 */
class ThousandDaysTest {
  private static final int DAYS = 1_000;
  private static final int HOURS = (DAYS + 500) * 24;
  private static final Duration KILL = Duration.ofMinutes(10);
  private static final AppManifest MANIFEST =
      Shop.manifest("1.0.0", "P5D", "P400D", Shop.level("basic", 1_000_000, "P30D", "P14D", 0));

  /** The world, the hub in it, and the model. */
  private static final class World {
    final Random random;
    final Shop shop = new Shop();
    final Shop.Memory marks = new Shop.Memory();
    final Shop.Memory disk = new Shop.Memory();
    final List<String> old = new ArrayList<>();

    /** True time since the start. */
    Duration truth = Duration.ZERO;

    /** What the monotonic clock of the running JVM shows. */
    long nanos;

    TrustedTimeClock clock;
    LicenceBook book;

    // The model.
    /** Latest bound and the time that ran since, if kills had cost nothing; and if all they may. */
    Duration high = Duration.ZERO;

    Duration low = Duration.ZERO;
    Duration ranHigh = Duration.ZERO;
    Duration ranLow = Duration.ZERO;
    final long[] leasedUntil = new long[HOURS];
    long revokedAt = Long.MIN_VALUE;
    Optional<Duration> triedHigh = Optional.empty();
    Optional<Duration> triedLow = Optional.empty();
    int kills;
    final Map<State, Integer> seen = new EnumMap<>(State.class);

    World(long seed) {
      random = new Random(seed);
      start();
      clock.atLeast(Shop.START, "catalogue:x");
    }

    void start() {
      nanos = random.nextLong() >> 8;
      clock = new TrustedTimeClock(() -> nanos, marks);
      book = new LicenceBook(clock, disk, () -> Optional.of(Shop.HUB));
      book.admit(shop.listing(MANIFEST));
    }

    Instant at(Duration since) {
      return Shop.START.plus(since);
    }

    void run(Duration time) {
      Duration left = time;
      while (!left.isZero()) {
        Duration step = left.compareTo(Duration.ofMinutes(1)) > 0 ? Duration.ofMinutes(1) : left;
        nanos += step.toNanos();
        clock.saveIfDue();
        book.saveUsed(false);
        left = left.minus(step);
      }
      truth = truth.plus(time);
      high = high.plus(time);
      low = low.plus(time);
      ranHigh = ranHigh.plus(time);
      ranLow = ranLow.plus(time);
    }

    void stop() {
      clock.save();
      start();
    }

    void kill() {
      kills++;
      start();
      low = low.minus(KILL);
      ranLow = ranLow.minus(KILL);
    }

    void bound(Duration instant) {
      high = high.compareTo(instant) > 0 ? high : instant;
      low = low.compareTo(instant) > 0 ? low : instant;
    }

    /** Somebody honest says what time it is. */
    void catalogue() {
      Duration signed = truth.minus(Duration.ofMinutes(random.nextInt(3_000)));
      clock.atLeast(at(signed), "catalogue:x");
      bound(signed);
    }

    long hour(Duration since) {
      return Math.floorDiv(since.toSeconds(), 3600);
    }

    /** Whole hours only, so that the model can paint them. */
    void buy() throws AppException {
      long issued = hour(truth);
      long from =
          switch (random.nextInt(4)) {
            case 0 -> issued + random.nextInt(20 * 24);
            case 1 -> issued;
            default -> issued - random.nextInt(5 * 24);
          };
      from = Math.max(0, from);
      long until = from + 24L * (1 + random.nextInt(40));
      long lease = random.nextBoolean() ? until : from + random.nextInt((int) (until - from) + 1);
      add(issued, from, until, lease);
    }

    void revoke() throws AppException {
      long issued = hour(truth);
      long end = Math.max(0, issued - random.nextInt(30 * 24));
      add(issued, end, end, end);
    }

    void add(long issued, long from, long until, long lease) throws AppException {
      LicenceToken token =
          shop.token("basic", hours(issued), hours(from), hours(until), hours(lease));
      String text = shop.seal(token);
      book.add(text);
      old.add(text);
      bound(Duration.ofHours(issued));
      if (until <= issued) {
        java.util.Arrays.fill(leasedUntil, 0);
        revokedAt = until;
      }
      for (long h = from; h < until; h++) {
        leasedUntil[(int) h] = lease;
      }
    }

    Instant hours(long hours) {
      return at(Duration.ofHours(hours));
    }

    void replay() {
      if (old.size() > 1) {
        String text = old.get(random.nextInt(old.size() - 1));
        try {
          book.add(text);
          throw new AssertionError("an old licence was taken");
        } catch (AppException e) {
          assertThat(e).hasMessageContaining("older one");
        }
      }
    }

    void tryIt() {
      try {
        book.startTrial(Shop.APP, "basic");
        assertThat(triedHigh).isEmpty();
        // If a kill had cost time, less of it has run.
        triedHigh = Optional.of(ranHigh.plus(Duration.ofDays(14)));
        triedLow = Optional.of(ranLow.plus(Duration.ofDays(14)));
      } catch (AppException e) {
        assertThat(triedHigh).isPresent();
      }
    }

    boolean paid(Duration time) {
      long h = hour(time);
      return h >= 0 && h < HOURS && leasedUntil[(int) h] > h;
    }

    /** The model's word for one time, and one running time that is left of the trial. */
    State state(Duration time, Optional<Duration> trialLeft) {
      if (paid(time)) {
        return State.ACTIVE;
      }
      if (trialLeft.isPresent() && !trialLeft.get().isNegative() && !trialLeft.get().isZero()) {
        return State.ACTIVE;
      }
      Duration end = null;
      for (long h = Math.min(hour(time), HOURS - 1); h >= 0; h--) {
        if (leasedUntil[(int) h] > h) {
          end = Duration.ofHours(h + 1);
          break;
        }
      }
      if (end == null && revokedAt != Long.MIN_VALUE) {
        end = Duration.ofHours(revokedAt);
      }
      Duration over = end == null ? null : end.plus(Duration.ofDays(5));
      if (over != null && time.compareTo(over) < 0) {
        return State.GRACE;
      }
      if (trialLeft.isPresent()) {
        Duration ended = time.plus(trialLeft.get());
        over = over == null || over.compareTo(ended) < 0 ? ended : over;
      }
      if (over == null) {
        return State.NONE;
      }
      return time.compareTo(over.plus(Duration.ofDays(7))) < 0 ? State.DEGRADED : State.STOPPED;
    }

    void check(String when) {
      Duration now = Duration.between(Shop.START, clock.now());
      assertThat(now).as(when).isBetween(low, high);
      assertThat(now).as("%s: never later than the truth", when).isLessThanOrEqualTo(truth);
      Standing standing = book.standing(Shop.APP);
      State actual = standing.state() == State.RENEW_DUE ? State.ACTIVE : standing.state();
      seen.merge(standing.state(), 1, Integer::sum);
      // Every state that the model has between the earliest and the latest it may be.
      List<State> possible = new ArrayList<>();
      Optional<Duration> most = triedHigh.map(until -> until.minus(ranLow));
      Optional<Duration> least = triedLow.map(until -> until.minus(ranHigh));
      for (Optional<Duration> left : List.of(most, least)) {
        possible.add(state(low, left));
        possible.add(state(high, left));
        possible.add(state(now, left));
      }
      assertThat(possible).as("%s: %s", when, standing).contains(actual);
      if (kills == 0) {
        assertThat(possible).as(when).containsOnly(actual);
      }
      // The two sentences, without the model's state machine.
      if (paid(low) && paid(high)) {
        assertThat(standing.mayAct()).as("%s: a paid day is lost", when).isTrue();
      }
      boolean near = false;
      for (long h = Math.max(0, hour(low) - 5 * 24); h <= Math.min(hour(high), HOURS - 1); h++) {
        near |= leasedUntil[(int) h] > h;
      }
      near |= revokedAt != Long.MIN_VALUE && revokedAt + 5 * 24 > hour(low);
      near |= most.isPresent() && !most.get().isNegative();
      if (!near) {
        assertThat(standing.mayAct()).as("%s: a free day", when).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void neverAFreeDayNeverAPaidDayLost(int kind) throws Exception {
    Map<State, Integer> seen = new EnumMap<>(State.class);
    for (int seed = 0; seed < 12; seed++) {
      World world = new World(seed * 4L + kind);
      boolean kills = kind % 2 == 1;
      boolean offline = kind >= 2;
      while (world.truth.compareTo(Duration.ofDays(DAYS)) < 0) {
        int event = world.random.nextInt(100);
        if (event < 12) {
          world.buy();
        } else if (event < 14) {
          world.revoke();
        } else if (event < 18) {
          world.replay();
        } else if (event < 19) {
          world.tryIt();
        } else if (event < 25) {
          world.stop();
        } else if (event < 30 && kills) {
          world.kill();
        } else if (event < 35) {
          // Switched off; the truth goes on without it.
          world.clock.save();
          world.truth = world.truth.plus(Duration.ofHours(world.random.nextInt(20 * 24)));
          world.start();
        } else if (event < 50 && !offline) {
          world.catalogue();
        }
        world.run(Duration.ofMinutes(world.random.nextInt(4 * 24 * 60)));
        world.check("kind " + kind + ", seed " + seed + ", day " + world.truth.toDays());
      }
      world.seen.forEach((state, count) -> seen.merge(state, count, Integer::sum));
    }
    assertThat(seen.keySet())
        .as("all states are met")
        .contains(
            State.NONE, State.ACTIVE, State.RENEW_DUE, State.GRACE, State.DEGRADED, State.STOPPED);
  }
}
