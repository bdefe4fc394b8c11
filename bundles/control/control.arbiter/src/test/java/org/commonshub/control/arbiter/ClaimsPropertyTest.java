package org.commonshub.control.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.commonshub.control.api.Intent;
import org.commonshub.control.api.Priority;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens, in whatever order: who may write, when, and that it ends. */
class ClaimsPropertyTest {
  private static final Duration WATCHDOG = Duration.ofSeconds(20);

  /** Devices as they are, which the claims do not see but through answers. */
  private static final class Device {
    Sight sight;
    boolean there = true;
    boolean answers = true;
    BigDecimal doing; // null: its default
    long fedAt;
  }

  private final Map<Key, Device> devices = new LinkedHashMap<>();
  private long now;
  private final Claims claims = new Claims(() -> now);
  private final List<Action.Tell> flying = new ArrayList<>();

  /** An intent as the test knows it. */
  private record Wanted(Intent intent, long until) {}

  private final Map<Key, Map<String, Wanted>> wanted = new HashMap<>();
  private final Map<Long, Long> since = new HashMap<>();
  private final Map<Long, Integer> answered = new HashMap<>();
  private final Map<Lease, Long> latestEnd = new HashMap<>();
  private long question;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void holdsUnderChance(long seed) {
    Random random = new Random(seed);
    now = random.nextLong();
    for (int i = 0; i < 4; i++) {
      Device device = new Device();
      device.sight =
          new Sight(
              "D" + i,
              false,
              Bench.actuator("a", i % 2 == 0 ? Optional.of(WATCHDOG) : Optional.empty()));
      devices.put(new Key(DeviceId.random(), "a"), device);
    }
    look();
    List<Key> keys = List.copyOf(devices.keySet());
    for (int step = 0; step < 3_000; step++) {
      Key key = keys.get(random.nextInt(keys.size()));
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> state(random, key);
        case 3 -> {
          String holder = "h" + random.nextInt(6);
          wanted(key).remove(holder);
          claims.withdraw(++question, key, holder, now);
        }
        case 4 -> {
          devices.get(key).there ^= random.nextInt(3) == 0;
          look();
        }
        case 5 -> devices.get(key).answers ^= random.nextInt(3) == 0;
        case 6 -> {
          devices.get(key).doing = null; // It was switched off and on again.
          claims.returned(key.device(), now);
        }
        case 7, 8 -> {
          now += (long) (random.nextDouble() * 30e9);
          claims.tick(now);
        }
        default -> land(random);
      }
      carryOut();
      strongestIsInForce();
    }
    quiesce(random);
    strongestIsInForce();
    for (Map.Entry<Key, Device> each : devices.entrySet()) {
      strongestApplies(each.getKey(), each.getValue());
    }
    claims.close(now);
    carryOut();
    quiesce(random);
    devices.values().forEach(device -> assertThat(device.doing).as("handed back").isNull());
    assertThat(claims.held()).isEmpty();
    assertThat(claims.views()).isEmpty();
    for (long asked = 1; asked <= question; asked++) {
      assertThat(answered).as("every question is answered once").containsEntry(asked, 1);
    }
  }

  private void look() {
    Map<Key, Sight> there = new LinkedHashMap<>();
    devices.forEach(
        (key, device) -> {
          if (device.there) {
            there.put(key, device.sight);
          }
        });
    claims.seen(there, now);
  }

  private void state(Random random, Key key) {
    Priority[] priorities = Priority.values();
    Intent intent =
        new Intent(
            key.device(),
            key.actuator(),
            BigDecimal.valueOf(random.nextInt(4, 35)),
            priorities[random.nextInt(priorities.length)],
            "h" + random.nextInt(6),
            "r",
            Duration.ofSeconds(1 + random.nextInt(120)));
    if (inRange(intent.value())) {
      wanted(key).put(intent.holder(), new Wanted(intent, now + intent.lease().toNanos()));
    }
    claims.state(++question, intent, now);
  }

  private static boolean inRange(BigDecimal value) {
    return value.intValue() >= 6 && value.intValue() <= 32;
  }

  private Map<String, Wanted> wanted(Key key) {
    return wanted.computeIfAbsent(key, k -> new HashMap<>());
  }

  /** Reckoned by the test: no weaker one is ever in force. */
  private void strongestIsInForce() {
    for (Key key : devices.keySet()) {
      Map<String, Wanted> all = wanted(key);
      all.values().removeIf(each -> now - each.until >= 0);
      Claims.View view = claims.views().get(key);
      Optional<Priority> strongest =
          all.values().stream().map(each -> each.intent.priority()).min(Comparator.naturalOrder());
      assertThat(view == null ? Optional.empty() : view.holding().map(Intent::priority))
          .isEqualTo(strongest);
      if (strongest.isPresent()) {
        Intent holding = view.holding().orElseThrow();
        assertThat(all.get(holding.holder()).intent).isEqualTo(holding);
        assertThat(view.waiting()).isEqualTo(all.size() - 1);
      }
    }
  }

  private void carryOut() {
    for (Action action : claims.actions()) {
      if (action instanceof Action.Tell tell) {
        assertThat(flying)
            .as("one at a time, but for those given up")
            .noneMatch(
                other ->
                    other.key().equals(tell.key())
                        && now - since.get(other.ticket()) <= Claims.ANSWER_LIMIT);
        since.put(tell.ticket(), now);
        assertThat(tell.lease().held()).as("never without a lease").isTrue();
        assertThat(claims.held()).as("noted before it is told").contains(tell.key());
        if (tell.value().isPresent()) {
          Claims.View view = claims.views().get(tell.key());
          assertThat(tell.lease().holder())
              .as("whoever is in force")
              .isEqualTo(view.holding().orElseThrow().holder());
        }
        latestEnd.put(tell.lease(), 0L);
        flying.add(tell);
      } else if (action instanceof Action.Note note) {
        if (note.verb().equals("control.refuse") && inRange(note.value().orElseThrow())) {
          wanted(note.key()).remove(note.actor());
        }
      } else if (action instanceof Action.Answer answer) {
        answered.merge(answer.question(), 1, Integer::sum);
      }
    }
    for (Map.Entry<Key, Claims.View> each : claims.views().entrySet()) {
      each.getValue()
          .holding()
          .ifPresent(
              intent ->
                  assertThat(each.getValue().until() - now)
                      .as("in force means not expired")
                      .isPositive());
    }
    long holding =
        latestEnd.keySet().stream()
            .filter(lease -> !lease.holder().equals("hub"))
            .filter(Lease::held)
            .count();
    assertThat(holding).as("one lease for each actuator").isLessThanOrEqualTo(devices.size());
    latestEnd.keySet().removeIf(lease -> !lease.held());
  }

  /** A device answers, in any order and perhaps late. */
  private void land(Random random) {
    if (flying.isEmpty()) {
      return;
    }
    Action.Tell tell = flying.remove(random.nextInt(flying.size()));
    Device device = devices.get(tell.key());
    DeviceException failure = null;
    if (!tell.lease().held()) {
      failure = new DeviceException(Kind.FORBIDDEN, "over");
    } else if (!device.there || !device.answers) {
      failure = new DeviceException(Kind.TIMEOUT, "away");
    } else if (random.nextInt(10) == 0) {
      failure = new DeviceException(Kind.REFUSED, "no");
    } else {
      device.doing = tell.value().orElse(null);
      device.fedAt = now;
      if (random.nextInt(10) == 0) { // Told, and the confirmation was lost.
        failure = new DeviceException(Kind.TIMEOUT, "lost");
      }
    }
    claims.done(tell.ticket(), failure, now);
  }

  /** Everybody is there and answers, until nothing is left to do. */
  private void quiesce(Random random) {
    devices
        .values()
        .forEach(
            device -> {
              device.there = true;
              device.answers = true;
            });
    look();
    carryOut();
    for (int i = 0; i < 400; i++) {
      while (!flying.isEmpty()) {
        Action.Tell tell = flying.remove(random.nextInt(flying.size()));
        Device device = devices.get(tell.key());
        DeviceException failure = null;
        if (tell.lease().held()) {
          device.doing = tell.value().orElse(null);
          device.fedAt = now;
        } else {
          failure = new DeviceException(Kind.FORBIDDEN, "over");
        }
        claims.done(tell.ticket(), failure, now);
        carryOut();
      }
      now += Duration.ofMillis(200).toNanos();
      claims.tick(now);
      carryOut();
    }
    while (!flying.isEmpty()) {
      Action.Tell tell = flying.remove(0);
      devices.get(tell.key()).doing = tell.value().orElse(null);
      claims.done(tell.ticket(), null, now);
      carryOut();
    }
  }

  private void strongestApplies(Key key, Device device) {
    Claims.View view = claims.views().get(key);
    if (view == null || view.holding().isEmpty()) {
      assertThat(device.doing).as("nobody holds it").isNull();
    } else {
      assertThat(device.doing).isEqualByComparingTo(view.holding().get().value());
      assertThat(view.value().orElseThrow()).isEqualByComparingTo(view.holding().get().value());
      if (device.sight.actuator().watchdog().isPresent()) {
        assertThat(now - device.fedAt).isLessThanOrEqualTo(WATCHDOG.toNanos() / 2 + 400_000_000L);
      }
    }
  }
}
