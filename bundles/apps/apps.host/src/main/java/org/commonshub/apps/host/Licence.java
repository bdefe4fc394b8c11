package org.commonshub.apps.host;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.commonshub.apps.api.AppLicence;
import org.commonshub.apps.desk.api.AppManifest;
import org.commonshub.apps.desk.api.Licences;
import org.commonshub.apps.desk.api.Standing;

/** What was bought, as the licences say now. Any thread. */
final class Licence implements AppLicence {
  private final AppManifest manifest;
  private final Supplier<Licences> licences;
  private final Day day;
  private final Runnable alive;

  /**
   * @param licences null while there are none: a free app is at its first level then, another is
   *     degraded
   */
  Licence(AppManifest manifest, Supplier<Licences> licences, Day day, Runnable alive) {
    this.manifest = manifest;
    this.licences = licences;
    this.day = day;
    this.alive = alive;
  }

  private Optional<Standing> standing() {
    Licences now = licences.get();
    return now == null ? Optional.empty() : Optional.of(now.standing(manifest.id()));
  }

  @Override
  public String level() {
    String first = manifest.levels().get(0).id();
    return standing().map(Standing::level).filter(level -> !level.isEmpty()).orElse(first);
  }

  @Override
  public Set<String> features() {
    if (degraded()) {
      return Set.of();
    }
    return standing().map(Standing::features).orElseGet(manifest.levels().get(0)::features);
  }

  @Override
  public boolean degraded() {
    return standing().map(standing -> !standing.mayAct()).orElse(!manifest.free());
  }

  @Override
  public Optional<Instant> paidUntil() {
    return standing().flatMap(Standing::paidUntil);
  }

  @Override
  public boolean use(String metric, long amount) {
    alive.run();
    Objects.requireNonNull(metric, "metric");
    if (amount < 1) {
      throw new IllegalArgumentException("An app uses one unit or more.");
    }
    Licences now = licences.get();
    if (now == null
        || degraded()
        || manifest.levels().stream().noneMatch(level -> level.limits().containsKey(metric))
        || !now.use(manifest.id(), metric, amount)) {
      return false;
    }
    day.metered(metric, amount);
    return true;
  }
}
