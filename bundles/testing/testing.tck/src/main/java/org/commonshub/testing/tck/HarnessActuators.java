package org.commonshub.testing.tck;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.apps.api.AppActuators;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;

/**
 * Devices that take wishes, within the manifest: what it does not ask for the app does not see.
 * Leases end by the harness's clock.
 */
public final class HarnessActuators implements AppActuators {
  private static final Duration SHORTEST = Duration.ofSeconds(10);
  private static final Duration LONGEST = Duration.ofHours(1);

  /**
   * A wish that was accepted.
   *
   * @param value in the actuator's unit
   * @param reason for the person
   */
  public record Wish(
      DeviceId device, String actuator, BigDecimal value, String reason, Duration lease) {}

  private record Key(DeviceId device, String actuator) {}

  private record Held(BigDecimal value, long until) {}

  private final AppHarness harness;
  private final Map<Key, Available> all = new LinkedHashMap<>();
  private final Map<Key, Held> held = new LinkedHashMap<>();
  private final Set<Key> stronger = new HashSet<>();
  private final Set<String> refused = new HashSet<>();
  private final List<Wish> wishes = new ArrayList<>();

  HarnessActuators(AppHarness harness) {
    this.harness = harness;
  }

  /** Adds an actuator on a device of its own. */
  public DeviceId add(
      DeviceRole role, String name, String actuator, String unit, double min, double max) {
    DeviceId device = DeviceId.random();
    add(
        new Available(
            device,
            name,
            role,
            actuator,
            unit,
            BigDecimal.valueOf(min),
            BigDecimal.valueOf(max),
            BigDecimal.ZERO));
    return device;
  }

  /** Adds an actuator. */
  public void add(Available actuator) {
    all.put(new Key(actuator.device(), actuator.actuator()), actuator);
  }

  /** The device is gone. */
  public void remove(DeviceId device) {
    all.keySet().removeIf(key -> key.device().equals(device));
    held.keySet().removeIf(key -> key.device().equals(device));
  }

  /** Somebody with a higher priority takes the actuator, or gives it back. */
  public void stronger(DeviceId device, String actuator, boolean value) {
    if (value) {
      stronger.add(new Key(device, actuator));
    } else {
      stronger.remove(new Key(device, actuator));
    }
  }

  /** The person says no to an actuator: {@code ev-charger/current-limit}. */
  public void refuse(String key) {
    refused.add(key);
    end();
  }

  /** All wishes that were accepted, oldest first. */
  public List<Wish> wishes() {
    return List.copyOf(wishes);
  }

  /** What the app has the device do now. */
  public Optional<BigDecimal> holding(DeviceId device, String actuator) {
    Key key = new Key(device, actuator);
    return Optional.ofNullable(held.get(key))
        .filter(h -> h.until() > harness.clock().monotonicNanos() && !stronger.contains(key))
        .map(Held::value);
  }

  @Override
  public List<Available> available() {
    return all.values().stream().filter(this::granted).toList();
  }

  private boolean granted(Available actuator) {
    String key =
        actuator.role().name().toLowerCase(Locale.ROOT).replace('_', '-')
            + "/"
            + actuator.actuator();
    return !refused.contains(key)
        && harness.manifest().actuators().stream().anyMatch(r -> r.key().equals(key));
  }

  @Override
  public CompletionStage<Result> set(
      DeviceId device, String actuator, BigDecimal value, String reason, Duration lease) {
    Key key = new Key(device, actuator);
    Available available = all.get(key);
    if (reason.isBlank() || reason.length() > 200) {
      throw new IllegalArgumentException("a reason has 1 to 200 characters");
    }
    if (lease.compareTo(SHORTEST) < 0 || lease.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("a lease lasts 10 s to 1 h, not " + lease);
    }
    if (harness.licence().degraded()) {
      return later(new Result(false, false, "The app's licence has ended."));
    }
    if (available == null || !granted(available)) {
      return later(new Result(false, false, "The app has no such actuator."));
    }
    if (value.compareTo(available.min()) < 0
        || value.compareTo(available.max()) > 0
        || available.step().signum() > 0
            && value.subtract(available.min()).remainder(available.step()).signum() != 0) {
      return later(new Result(false, false, value.toPlainString() + " is out of range."));
    }
    wishes.add(new Wish(device, actuator, value, reason, lease));
    held.put(key, new Held(value, harness.clock().monotonicNanos() + lease.toNanos()));
    return stronger.contains(key)
        ? later(new Result(true, false, "Somebody with a higher priority holds it."))
        : later(new Result(true, true, "Done."));
  }

  @Override
  public CompletionStage<Result> release(DeviceId device, String actuator) {
    boolean was = held.remove(new Key(device, actuator)) != null;
    return later(new Result(was, was, was ? "Handed back." : "Nothing was held."));
  }

  private CompletionStage<Result> later(Result result) {
    CompletableFuture<Result> answer = new CompletableFuture<>();
    harness.later(() -> answer.complete(result));
    return answer;
  }

  void end() {
    held.clear();
  }
}
