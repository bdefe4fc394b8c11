package org.commonshub.privacy.api;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BinaryOperator;
import java.util.regex.Pattern;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Unit;

/**
 * What one side asks, chooses or allows. The recipient's request, the prosumer's choice, the
 * operator's floor and the law are all of this form, and what is released is their {@link #meet}:
 * commutative, associative, idempotent, and never more than either side. An absent set or limit
 * restricts nothing. The wire form is {@link TermsCodec}; the schema is in docs/privacy.md.
 *
 * @param recipient who gets it
 * @param purposes what for
 * @param kinds what kind of data
 * @param quantities names of quantities, {@code power.active}, {@code dc.power[2]}
 * @param devices which devices
 * @param roles devices of which roles; a device must be in both where both are there
 * @param mode how a single home shows
 * @param resolution shortest interval; {@link Granularity#SECOND} exactly if raw
 * @param delay age a value (the end of its interval) must have before it is released, 0 … 366 days
 * @param quantum values are rounded to multiples of it; per unit, in thousandths of the unit, ≥ 1
 * @param history how far back from the consent, at most 3,660 days; 0 means only what comes after
 *     it
 * @param from begin of validity, inclusive
 * @param until end of validity, exclusive
 * @param noise noise to be added; not on raw values
 * @param pseudonymRotation devices go by a name that changes that often, 1 h … 366 days
 * @param cohort least number of homes in a sum: 3 … 100,000 if {@link Mode#AGGREGATE}, otherwise 0
 * @param hosts where it may be sent: host names; an empty set means it may not leave the hub
 * @param price what is paid for it, or must be paid at least
 * @param policies further policies by name, each with its parameter
 */
public record Terms(
    Optional<Recipient> recipient,
    Optional<Set<Purpose>> purposes,
    Optional<Set<DataKind>> kinds,
    Optional<Set<String>> quantities,
    Optional<Set<DeviceId>> devices,
    Optional<Set<DeviceRole>> roles,
    Mode mode,
    Granularity resolution,
    Duration delay,
    Map<Unit, Long> quantum,
    Optional<Duration> history,
    Optional<Instant> from,
    Optional<Instant> until,
    Optional<Noise> noise,
    Optional<Duration> pseudonymRotation,
    int cohort,
    Optional<Set<String>> hosts,
    Optional<Price> price,
    Map<String, String> policies) {

  /** Smallest cohort. */
  public static final int MIN_COHORT = 3;

  /** Most members of each set, and most further policies. */
  public static final int MAX_MEMBERS = 256;

  private static final Pattern QUANTITY = Pattern.compile("[a-z0-9.-]{1,64}(\\[\\d{1,3}])?");
  private static final Pattern HOST =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");
  private static final Pattern POLICY = Pattern.compile("[a-z0-9.-]{1,64}");
  private static final long FIRST = Instant.parse("0000-01-01T00:00:00Z").getEpochSecond();
  private static final long LAST = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final Duration LONGEST = Duration.ofDays(366);

  /** No restriction at all: the neutral element of {@link #meet}. */
  public static final Terms ANY = any(); // after the patterns that it is checked with

  /**
   * Checks every field and that none contradicts another.
   *
   * @throws IllegalArgumentException naming the field, for people
   */
  public Terms {
    purposes = copy("purposes", purposes, false);
    kinds = copy("kinds", kinds, false);
    quantities = copy("quantities", quantities, false);
    devices = copy("devices", devices, false);
    roles = copy("roles", roles, false);
    hosts = copy("hosts", hosts, true);
    from = from.map(i -> i.truncatedTo(ChronoUnit.SECONDS));
    until = until.map(i -> i.truncatedTo(ChronoUnit.SECONDS));
    quantum = Collections.unmodifiableMap(new TreeMap<>(quantum));
    policies = Collections.unmodifiableMap(new TreeMap<>(policies));
    each("quantities", quantities, QUANTITY);
    each("hosts", hosts, HOST);
    each("policies", Optional.of(policies.keySet()), POLICY);
    check(policies.size() <= MAX_MEMBERS, "policies: at most " + MAX_MEMBERS);
    check(
        policies.values().stream().allMatch(p -> p.codePointCount(0, p.length()) <= 1024),
        "policies: a parameter has at most 1024 characters");
    check(between(delay, Duration.ZERO, LONGEST), "delay: 0 to 366 days");
    check(delay.getNano() == 0, "delay: whole seconds");
    check(
        history.isEmpty()
            || between(history.get(), Duration.ZERO, LONGEST.multipliedBy(10))
                && history.get().getNano() == 0,
        "history: 0 to 3660 days, whole seconds");
    check(
        pseudonymRotation.isEmpty()
            || between(pseudonymRotation.get(), Duration.ofHours(1), LONGEST)
                && pseudonymRotation.get().getNano() == 0,
        "pseudonym_rotation: 1 hour to 366 days, whole seconds");
    check(
        quantum.values().stream().allMatch(q -> q >= 1 && q <= 1_000_000_000_000L),
        "quantum: 0.001 to 1,000,000,000 of the unit");
    check(from.isEmpty() || year(from.get()), "from: years 0 to 9999");
    check(until.isEmpty() || year(until.get()), "until: years 0 to 9999");
    check(
        from.isEmpty() || until.isEmpty() || until.get().isAfter(from.get()),
        "until: ends before it begins");
    check(
        mode == Mode.AGGREGATE ? cohort >= MIN_COHORT && cohort <= 100_000 : cohort == 0,
        mode == Mode.AGGREGATE
            ? "cohort: mode aggregate needs a cohort of " + MIN_COHORT + " to 100000"
            : "cohort: only with mode aggregate");
    if (mode == Mode.RAW) {
      check(resolution == Granularity.SECOND, "resolution: raw values have none but 1 s");
      check(noise.isEmpty(), "noise: not on raw values; ask for intervals");
    }
  }

  /** Of both the more restrictive in every field. */
  public Terms meet(Terms other) throws TermsException {
    try {
      Mode stricter = max(mode, other.mode);
      Granularity coarser = max(resolution, other.resolution);
      return new Terms(
          same("recipient", recipient, other.recipient),
          common("purposes", purposes, other.purposes),
          common("kinds", kinds, other.kinds),
          common("quantities", quantities, other.quantities),
          common("devices", devices, other.devices),
          common("roles", roles, other.roles),
          stricter,
          coarser,
          max(delay, other.delay),
          union(quantum, other.quantum, Math::max),
          both(history, other.history, Terms::min),
          both(from, other.from, Terms::max),
          both(until, other.until, Terms::min),
          noise.isPresent() && other.noise.isPresent()
              ? Optional.of(stronger(noise.get(), other.noise.get()))
              : noise.or(other::noise),
          both(pseudonymRotation, other.pseudonymRotation, Terms::min),
          Math.max(cohort, other.cohort),
          both(hosts, other.hosts, Terms::intersection),
          price.isPresent() && other.price.isPresent()
              ? Optional.of(dearer(price.get(), other.price.get()))
              : price.or(other::price),
          union(
              policies,
              other.policies,
              (a, b) -> {
                check(a.equals(b), "policies: two sides want different parameters");
                return a;
              }));
    } catch (IllegalArgumentException e) {
      throw new TermsException(e.getMessage());
    }
  }

  /** Whether these terms release at most what others would. */
  public boolean within(Terms other) {
    try {
      return meet(other).equals(this);
    } catch (TermsException e) {
      return false;
    }
  }

  /**
   * What is missing before anything can be released under these terms, as names of fields: it must
   * say who gets what for which one purpose, how far back, and until when.
   */
  public List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (recipient.isEmpty()) {
      missing.add("recipient");
    }
    if (purposes.isEmpty() || purposes.get().size() != 1) {
      missing.add("purposes");
    }
    if (kinds.isEmpty()) {
      missing.add("kinds");
    }
    if (quantities.isEmpty()) {
      missing.add("quantities");
    }
    if (history.isEmpty()) {
      missing.add("history");
    }
    if (until.isEmpty()) {
      missing.add("until");
    }
    return missing;
  }

  /**
   * Number of the pseudonym period that an instant is in: whole rotations since 1970, UTC; 0
   * without pseudonyms. A block that goes to policies holds values of one period only, since it has
   * one name.
   */
  public long pseudonymPeriod(Instant instant) {
    return pseudonymRotation
        .map(rotation -> Math.floorDiv(instant.getEpochSecond(), rotation.toSeconds()))
        .orElse(0L);
  }

  /** A copy to change. */
  public TermsBuilder toBuilder() {
    return new TermsBuilder(this);
  }

  private static Terms any() {
    return new Terms(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Mode.RAW,
        Granularity.SECOND,
        Duration.ZERO,
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty(),
        Optional.empty(),
        Map.of());
  }

  private static <T> Optional<Set<T>> copy(String field, Optional<Set<T>> set, boolean mayBeEmpty) {
    set.ifPresent(
        s -> {
          check(mayBeEmpty || !s.isEmpty(), field + ": nothing is left");
          check(s.size() <= MAX_MEMBERS, field + ": at most " + MAX_MEMBERS);
        });
    return set.map(s -> Collections.unmodifiableSet(new TreeSet<>(s)));
  }

  private static void each(String field, Optional<Set<String>> texts, Pattern form) {
    for (String text : texts.orElse(Set.of())) {
      check(form.matcher(text).matches(), field + ": a member is malformed");
    }
  }

  private static <T> Optional<T> same(String field, Optional<T> a, Optional<T> b) {
    check(a.isEmpty() || b.isEmpty() || a.equals(b), field + ": is another one");
    return a.or(() -> b);
  }

  private static <T> Optional<Set<T>> common(String field, Optional<Set<T>> a, Optional<Set<T>> b) {
    Optional<Set<T>> common = both(a, b, Terms::intersection);
    check(common.isEmpty() || !common.get().isEmpty(), field + ": nothing is left");
    return common;
  }

  private static <T> Set<T> intersection(Set<T> a, Set<T> b) {
    Set<T> common = new HashSet<>(a);
    common.retainAll(b);
    return common;
  }

  private static <T> Optional<T> both(Optional<T> a, Optional<T> b, BinaryOperator<T> meet) {
    return a.isPresent() && b.isPresent()
        ? Optional.of(meet.apply(a.get(), b.get()))
        : a.or(() -> b);
  }

  private static <K, V> Map<K, V> union(Map<K, V> a, Map<K, V> b, BinaryOperator<V> meet) {
    Map<K, V> union = new TreeMap<>(a);
    b.forEach((key, value) -> union.merge(key, value, meet));
    return union;
  }

  private static Noise stronger(Noise a, Noise b) {
    Noise meet = Noise.meet(a, b);
    check(meet != null, "noise: the ranges have nothing in common");
    return meet;
  }

  private static Price dearer(Price a, Price b) {
    check(
        a.currency().equals(b.currency()) && a.days() == b.days(),
        "price: two sides name different currencies or periods");
    return a.microUnits() >= b.microUnits() ? a : b;
  }

  private static <T extends Comparable<? super T>> T max(T a, T b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  private static <T extends Comparable<? super T>> T min(T a, T b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static boolean between(Duration d, Duration least, Duration most) {
    return d.compareTo(least) >= 0 && d.compareTo(most) <= 0;
  }

  private static boolean year(Instant instant) {
    return instant.getEpochSecond() >= FIRST && instant.getEpochSecond() <= LAST;
  }

  private static void check(boolean good, String message) {
    if (!good) {
      throw new IllegalArgumentException(message);
    }
  }
}
