package org.commonshub.testing.tck;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.desk.api.AppManifest.Level;

/** What was bought: at the beginning the manifest's last level, for a year. */
public final class HarnessLicence implements AppLicence {
  private final AppHarness harness;
  private final Map<String, Long> used = new HashMap<>();
  private final Set<String> features = new HashSet<>();
  private Level level;
  private boolean degraded;

  HarnessLicence(AppHarness harness) {
    this.harness = harness;
    level = harness.manifest().levels().get(harness.manifest().levels().size() - 1);
    features.addAll(level.features());
  }

  /** Buys a level of the manifest; a new period begins. */
  public HarnessLicence buy(String id) {
    level =
        harness.manifest().levels().stream()
            .filter(l -> l.id().equals(id))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("the manifest has no level " + id));
    features.clear();
    features.addAll(level.features());
    used.clear();
    degraded = false;
    return this;
  }

  /** The licence and its grace are over: no features, no network, no actuators. */
  public HarnessLicence degrade() {
    degraded = true;
    harness.actuators().end();
    return this;
  }

  /** Units used in the running period. */
  public long used(String metric) {
    return used.getOrDefault(metric, 0L);
  }

  @Override
  public String level() {
    return level.id();
  }

  @Override
  public Set<String> features() {
    return degraded ? Set.of() : Set.copyOf(features);
  }

  @Override
  public boolean degraded() {
    return degraded;
  }

  @Override
  public Optional<Instant> paidUntil() {
    return level.priceMicros() == 0
        ? Optional.empty()
        : Optional.of(harness.clock().now().plusSeconds(365 * 86_400L));
  }

  @Override
  public boolean use(String metric, long amount) {
    if (amount < 1) {
      throw new IllegalArgumentException("an app uses 1 unit or more");
    }
    long limit = level.limits().getOrDefault(metric, 0L);
    if (degraded || amount > limit - used(metric)) {
      return false;
    }
    used.merge(metric, amount, Long::sum);
    return true;
  }
}
