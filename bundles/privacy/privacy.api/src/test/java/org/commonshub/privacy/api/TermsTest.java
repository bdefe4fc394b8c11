package org.commonshub.privacy.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;
import org.junit.jupiter.api.Test;

/** The most restrictive wins, always. */
class TermsTest {
  private static final int ROUNDS = 20_000;

  private final RandomTerms random = new RandomTerms(new Random(1));

  @Test
  void meetingIsCommutativeAndContradictionsAreMutual() {
    int met = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Terms a = random.next();
      Terms b = random.next();
      Optional<Terms> meet = meet(a, b);
      assertThat(meet(b, a)).isEqualTo(meet);
      met += meet.isPresent() ? 1 : 0;
    }
    // Both happen often, or this shows little.
    assertThat(met).isBetween(ROUNDS / 20, ROUNDS * 19 / 20);
  }

  @Test
  void meetingIsAssociative() {
    int met = 0;
    for (int i = 0; i < ROUNDS; i++) {
      Terms a = random.next();
      Terms b = random.next();
      Terms c = random.next();
      Optional<Terms> left = meet(a, b).flatMap(ab -> meet(ab, c));
      assertThat(meet(b, c).flatMap(bc -> meet(a, bc))).isEqualTo(left);
      met += left.isPresent() ? 1 : 0;
    }
    assertThat(met).isGreaterThan(ROUNDS / 20);
  }

  @Test
  void meetingIsIdempotentAndNoRestrictionIsNeutral() throws TermsException {
    for (int i = 0; i < ROUNDS; i++) {
      Terms a = random.next();
      assertThat(a.meet(a)).isEqualTo(a).hasSameHashCodeAs(a);
      assertThat(a.meet(Terms.ANY)).isEqualTo(a);
      assertThat(Terms.ANY.meet(a)).isEqualTo(a);
      assertThat(a.within(Terms.ANY)).isTrue();
      assertThat(a.within(a)).isTrue();
      assertThat(a.toBuilder().build()).isEqualTo(a);
    }
  }

  @Test
  void whatIsReleasedIsWithinBothSidesInEveryField() {
    for (int i = 0; i < ROUNDS; i++) {
      Terms a = random.next();
      Terms b = random.next();
      meet(a, b)
          .ifPresent(
              meet -> {
                assertThat(meet.within(a)).isTrue();
                assertThat(meet.within(b)).isTrue();
                assertThat(wider(meet, a)).isEmpty();
                assertThat(wider(meet, b)).isEmpty();
              });
      // And within says the same as looking at each field.
      assertThat(a.within(b)).as("%s within %s", a, b).isEqualTo(wider(a, b).isEmpty());
    }
  }

  @Test
  void whatIsReleasedGetsNotWiderByMoreSides() {
    for (int i = 0; i < ROUNDS; i++) {
      Terms a = random.next();
      Terms b = random.next();
      meet(a, b)
          .flatMap(ab -> meet(ab, random.next()))
          .ifPresent(all -> assertThat(wider(all, a)).isEmpty());
    }
  }

  /** Fields in which {@code a} releases more than {@code b}; knows nothing of {@code meet}. */
  private static List<String> wider(Terms a, Terms b) {
    Map<String, Boolean> wider = new HashMap<>();
    wider.put("recipient", b.recipient().isPresent() && !a.recipient().equals(b.recipient()));
    wider.put("purposes", wider(a.purposes(), b.purposes()));
    wider.put("kinds", wider(a.kinds(), b.kinds()));
    wider.put("quantities", wider(a.quantities(), b.quantities()));
    wider.put("devices", wider(a.devices(), b.devices()));
    wider.put("roles", wider(a.roles(), b.roles()));
    wider.put("hosts", wider(a.hosts(), b.hosts()));
    wider.put("mode", a.mode().compareTo(b.mode()) < 0);
    wider.put("resolution", a.resolution().seconds() < b.resolution().seconds());
    wider.put("delay", a.delay().compareTo(b.delay()) < 0);
    wider.put(
        "quantum",
        b.quantum().entrySet().stream()
            .anyMatch(q -> a.quantum().getOrDefault(q.getKey(), 0L) < q.getValue()));
    wider.put("history", longer(a.history(), b.history()));
    wider.put(
        "from",
        b.from().isPresent() && (a.from().isEmpty() || a.from().get().isBefore(b.from().get())));
    wider.put(
        "until",
        b.until().isPresent() && (a.until().isEmpty() || a.until().get().isAfter(b.until().get())));
    wider.put("pseudonym", longer(a.pseudonymRotation(), b.pseudonymRotation()));
    wider.put("cohort", a.cohort() < b.cohort());
    if (b.noise().isPresent()) {
      Noise theirs = b.noise().get();
      wider.put(
          "noise",
          a.noise().isEmpty()
              || a.noise().get().microEpsilon() > theirs.microEpsilon()
              || a.noise().get().dailyMicroEpsilon() > theirs.dailyMicroEpsilon()
              || a.noise().get().unit() == Noise.Unit.INTERVAL && theirs.unit() == Noise.Unit.DAY
              || a.noise().get().lowest() < theirs.lowest()
              || a.noise().get().highest() > theirs.highest());
    }
    if (b.price().isPresent()) {
      Price theirs = b.price().get();
      wider.put(
          "price",
          a.price().isEmpty()
              || !a.price().get().currency().equals(theirs.currency())
              || a.price().get().days() != theirs.days()
              || a.price().get().microUnits() < theirs.microUnits());
    }
    wider.put("policies", !a.policies().entrySet().containsAll(b.policies().entrySet()));
    return wider.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
  }

  private static <T> boolean wider(Optional<Set<T>> a, Optional<Set<T>> b) {
    return b.isPresent() && (a.isEmpty() || !b.get().containsAll(a.get()));
  }

  private static boolean longer(Optional<Duration> a, Optional<Duration> b) {
    return b.isPresent() && (a.isEmpty() || a.get().compareTo(b.get()) > 0);
  }

  private static Optional<Terms> meet(Terms a, Terms b) {
    try {
      return Optional.of(a.meet(b));
    } catch (TermsException e) {
      assertThat(e.getMessage()).matches("(?s)[a-z_]+: .+");
      return Optional.empty();
    }
  }

  @Test
  void contradictionsSayWhichField() {
    Instant day = Instant.parse("2027-01-01T00:00:00Z");
    contradict("recipient", any().recipient(app("a")), any().recipient(app("b")));
    contradict("purposes", any().purposes(Purpose.BILLING), any().purposes(Purpose.RESEARCH));
    contradict("kinds", any().kinds(DataKind.PRICES), any().kinds(DataKind.TRADES));
    contradict(
        "quantities",
        any().quantities(Quantity.ACTIVE_POWER),
        any().quantities(Quantity.ENERGY_IMPORT));
    contradict(
        "devices", any().devices(Set.of(DeviceId.HOME)), any().devices(Set.of(DeviceId.random())));
    contradict("until", any().from(day), any().until(day));
    contradict(
        "noise",
        any().interval(Granularity.HOUR).noise(new Noise(1, Noise.Unit.DAY, 1, 0, 5)),
        any().interval(Granularity.HOUR).noise(new Noise(1, Noise.Unit.DAY, 1, 5, 9)));
    contradict("price", any().price(new Price(1, "EUR", 30)), any().price(new Price(1, "EUR", 31)));
    contradict("policies", any().policy("a", "1"), any().policy("a", "2"));
  }

  private static void contradict(String field, TermsBuilder a, TermsBuilder b) {
    assertThatThrownBy(() -> a.build().meet(b.build()))
        .isInstanceOf(TermsException.class)
        .hasMessageStartingWith(field + ": ");
    assertThatThrownBy(() -> b.build().meet(a.build()))
        .isInstanceOf(TermsException.class)
        .hasMessageStartingWith(field + ": ");
  }

  @Test
  void hostsMayMeetInNothingSinceThatMeansThatItStaysHere() throws TermsException {
    Terms meet =
        any().hosts(Set.of("a.example")).build().meet(any().hosts(Set.of("b.example")).build());
    assertThat(meet.hosts()).contains(Set.of());
  }

  @Test
  void saysWhatIsMissing() {
    assertThat(Terms.ANY.missing())
        .containsExactly("recipient", "purposes", "kinds", "quantities", "history", "until");
    TermsBuilder whole =
        any()
            .recipient(app("a"))
            .purposes(Purpose.BILLING)
            .kinds(DataKind.READINGS)
            .quantities(Quantity.ENERGY_IMPORT)
            .history(Duration.ZERO)
            .until(Instant.parse("2027-01-01T00:00:00Z"));
    assertThat(whole.build().missing()).isEmpty();
    assertThat(whole.purposes(Purpose.BILLING, Purpose.ADVICE).build().missing())
        .containsExactly("purposes");
  }

  @Test
  void pseudonymPeriodsAreWholeRotationsSince1970() {
    Terms terms = any().pseudonymRotation(Duration.ofDays(1)).build();
    assertThat(terms.pseudonymPeriod(Instant.EPOCH.minusSeconds(1))).isEqualTo(-1);
    assertThat(terms.pseudonymPeriod(Instant.EPOCH)).isZero();
    assertThat(terms.pseudonymPeriod(Instant.EPOCH.plusSeconds(86_399))).isZero();
    assertThat(terms.pseudonymPeriod(Instant.EPOCH.plusSeconds(86_400))).isEqualTo(1);
    assertThat(Terms.ANY.pseudonymPeriod(Instant.EPOCH.plusSeconds(86_400))).isZero();
  }

  @Test
  void setsAreBoundedAndBuildersRefuseWhatCannotBe() {
    refused("quantum", any().quantum(Unit.WATT, 0));
    refused("quantum", any().quantum(Unit.WATT, 1_000_000_000_001L));
    refused("delay", any().delay(Duration.ofSeconds(-1)));
    refused("delay", any().delay(Duration.ofMillis(1500)));
    refused("delay", any().delay(Duration.ofDays(367)));
    refused("history", any().history(Duration.ofDays(3661)));
    refused("history", any().history(Duration.ofMillis(1)));
    refused("pseudonym_rotation", any().pseudonymRotation(Duration.ofMinutes(59)));
    refused("pseudonym_rotation", any().pseudonymRotation(Duration.ofDays(367)));
    refused("until", any().until(Instant.MAX));
    refused("from", any().from(Instant.MIN));
    refused("cohort", any().aggregate(Granularity.HOUR, 2));
    refused("cohort", any().aggregate(Granularity.HOUR, 100_001));
    refused("policies", any().policy("A", ""));
    refused("policies", any().policy("a", "x".repeat(1025)));
    refused("hosts", any().hosts(Set.of("-a.example")));
    refused("quantities", any().quantities(Set.of("Power")));
    refused("kinds", any().kinds());
    TermsBuilder many = any();
    for (int i = 0; i < 257; i++) {
      many.policy("p" + i, "");
    }
    refused("policies", many);
  }

  private static void refused(String field, TermsBuilder terms) {
    assertThatThrownBy(terms::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(field + ": ");
  }

  private static TermsBuilder any() {
    return Terms.ANY.toBuilder();
  }

  private static Recipient app(String name) {
    return new Recipient(Recipient.Kind.APP, name);
  }
}
