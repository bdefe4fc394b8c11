package org.commonshub.privacy.api;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Unit;

/** Terms out of few values, so that two of them often agree and often contradict each other. */
final class RandomTerms {
  private static final List<String> QUANTITIES =
      List.of("power.active", "energy.import", "energy.export", "dc.power[2]", "x-a.b-c");
  private static final List<DeviceId> DEVICES =
      List.of(DeviceId.HOME, new DeviceId(new UUID(1, 2)), new DeviceId(new UUID(-1, -2)));
  private static final List<String> HOSTS = List.of("example.com", "a.example.org", "localhost");

  private final Random random;

  RandomTerms(Random random) {
    this.random = random;
  }

  Terms next() {
    TermsBuilder builder = Terms.ANY.toBuilder();
    Granularity resolution = pick(List.of(Granularity.values()));
    switch (random.nextInt(4)) {
      case 0 -> builder.raw();
      case 1 -> builder.aggregate(resolution, 3 + random.nextInt(10));
      default -> {
        builder.interval(resolution);
        if (random.nextInt(2) == 0) {
          long epsilon = 1 + random.nextInt(1000);
          long lowest = random.nextInt(9) - 4;
          builder.noise(
              new Noise(
                  epsilon,
                  pick(List.of(Noise.Unit.values())),
                  epsilon + random.nextInt(1000),
                  lowest,
                  lowest + 1 + random.nextInt(8)));
        }
      }
    }
    if (rarely()) {
      builder.recipient(pick(List.of(Recipient.parse("app:a"), Recipient.parse("token:b"))));
    }
    some(List.of(Purpose.values()), 4).ifPresent(s -> builder.purposes(s.toArray(Purpose[]::new)));
    some(List.of(DataKind.values()), 2).ifPresent(s -> builder.kinds(s.toArray(DataKind[]::new)));
    some(QUANTITIES, 2).ifPresent(builder::quantities);
    some(DEVICES, 1).ifPresent(builder::devices);
    some(List.of(DeviceRole.values()), 4).ifPresent(builder::roles);
    maybe(() -> Duration.ofSeconds(random.nextInt(4) * 900L)).ifPresent(builder::delay);
    for (Unit unit : Unit.values()) {
      if (random.nextInt(8) == 0) {
        builder.quantum(unit, 1 + random.nextInt(5));
      }
    }
    maybe(() -> Duration.ofDays(random.nextInt(4))).ifPresent(builder::history);
    maybe(() -> day(random.nextInt(4))).ifPresent(builder::from);
    maybe(() -> day(3 + random.nextInt(4) + 1)).ifPresent(builder::until);
    maybe(() -> Duration.ofHours(1 + random.nextInt(4))).ifPresent(builder::pseudonymRotation);
    maybe(() -> subset(HOSTS, 0)).ifPresent(builder::hosts);
    if (rarely()) {
      builder.price(new Price(random.nextInt(3), random.nextInt(5) == 0 ? "CHF" : "EUR", 30));
    }
    if (rarely()) {
      builder.policy("com.example.a", random.nextInt(5) == 0 ? "other" : "1");
    }
    if (rarely()) {
      builder.policy("com.example.b", "\u00e4\"\n\ud83d\ude00");
    }
    return builder.build();
  }

  <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean rarely() {
    return random.nextInt(4) == 0;
  }

  private static Instant day(int number) {
    return Instant.parse("2027-01-01T00:00:00Z").plus(Duration.ofDays(number));
  }

  private <T> Optional<T> maybe(Supplier<T> value) {
    return random.nextInt(3) == 0 ? Optional.of(value.get()) : Optional.empty();
  }

  private <T> Optional<Set<T>> some(List<T> all, int least) {
    return maybe(() -> subset(all, least));
  }

  private <T> Set<T> subset(List<T> all, int least) {
    Set<T> set = new HashSet<>();
    while (set.size() < least) {
      set.add(pick(all));
    }
    all.stream().filter(member -> random.nextInt(3) > 0).forEach(set::add);
    return set;
  }
}
