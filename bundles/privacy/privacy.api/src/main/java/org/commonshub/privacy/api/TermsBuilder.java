package org.commonshub.privacy.api;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.Unit;

/** Makes {@link Terms} field by field; fields not set restrict nothing. One thread. */
public final class TermsBuilder {
  private Optional<Recipient> recipient;
  private Optional<Set<Purpose>> purposes;
  private Optional<Set<DataKind>> kinds;
  private Optional<Set<String>> quantities;
  private Optional<Set<DeviceId>> devices;
  private Optional<Set<DeviceRole>> roles;
  private Mode mode;
  private Granularity resolution;
  private Duration delay;
  private final Map<Unit, Long> quantum;
  private Optional<Duration> history;
  private Optional<Instant> from;
  private Optional<Instant> until;
  private Optional<Noise> noise;
  private Optional<Duration> pseudonymRotation;
  private int cohort;
  private Optional<Set<String>> hosts;
  private Optional<Price> price;
  private final Map<String, String> policies;

  TermsBuilder(Terms terms) {
    recipient = terms.recipient();
    purposes = terms.purposes();
    kinds = terms.kinds();
    quantities = terms.quantities();
    devices = terms.devices();
    roles = terms.roles();
    mode = terms.mode();
    resolution = terms.resolution();
    delay = terms.delay();
    quantum = new EnumMap<>(Unit.class);
    quantum.putAll(terms.quantum());
    history = terms.history();
    from = terms.from();
    until = terms.until();
    noise = terms.noise();
    pseudonymRotation = terms.pseudonymRotation();
    cohort = terms.cohort();
    hosts = terms.hosts();
    price = terms.price();
    policies = new TreeMap<>(terms.policies());
  }

  public TermsBuilder recipient(Recipient value) {
    recipient = Optional.of(value);
    return this;
  }

  public TermsBuilder purposes(Purpose... values) {
    purposes = Optional.of(Set.of(values));
    return this;
  }

  public TermsBuilder kinds(DataKind... values) {
    kinds = Optional.of(Set.of(values));
    return this;
  }

  public TermsBuilder quantities(Quantity... values) {
    Set<String> names = new java.util.HashSet<>();
    for (Quantity value : values) {
      names.add(value.toString());
    }
    quantities = Optional.of(names);
    return this;
  }

  public TermsBuilder quantities(Set<String> names) {
    quantities = Optional.of(names);
    return this;
  }

  public TermsBuilder devices(Set<DeviceId> values) {
    devices = Optional.of(values);
    return this;
  }

  public TermsBuilder roles(Set<DeviceRole> values) {
    roles = Optional.of(values);
    return this;
  }

  /** Raw: without intervals, noise or cohort. */
  public TermsBuilder raw() {
    mode = Mode.RAW;
    resolution = Granularity.SECOND;
    cohort = 0;
    return this;
  }

  public TermsBuilder interval(Granularity value) {
    mode = Mode.INTERVAL;
    resolution = value;
    cohort = 0;
    return this;
  }

  public TermsBuilder aggregate(Granularity value, int homes) {
    mode = Mode.AGGREGATE;
    resolution = value;
    cohort = homes;
    return this;
  }

  public TermsBuilder delay(Duration value) {
    delay = value;
    return this;
  }

  /** Thousandths of the unit. */
  public TermsBuilder quantum(Unit unit, long thousandths) {
    quantum.put(unit, thousandths);
    return this;
  }

  public TermsBuilder history(Duration value) {
    history = Optional.of(value);
    return this;
  }

  public TermsBuilder from(Instant value) {
    from = Optional.of(value);
    return this;
  }

  public TermsBuilder until(Instant value) {
    until = Optional.of(value);
    return this;
  }

  public TermsBuilder noise(Noise value) {
    noise = Optional.of(value);
    return this;
  }

  public TermsBuilder pseudonymRotation(Duration value) {
    pseudonymRotation = Optional.of(value);
    return this;
  }

  public TermsBuilder hosts(Set<String> values) {
    hosts = Optional.of(values);
    return this;
  }

  public TermsBuilder price(Price value) {
    price = Optional.of(value);
    return this;
  }

  public TermsBuilder policy(String name, String parameter) {
    policies.put(name, parameter);
    return this;
  }

  /**
   * The terms.
   *
   * @throws IllegalArgumentException see {@link Terms}
   */
  public Terms build() {
    return new Terms(
        recipient,
        purposes,
        kinds,
        quantities,
        devices,
        roles,
        mode,
        resolution,
        delay,
        quantum,
        history,
        from,
        until,
        noise,
        pseudonymRotation,
        cohort,
        hosts,
        price,
        policies);
  }
}
