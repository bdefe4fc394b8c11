package org.commonshub.console.health;

import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.platform.api.HubClock;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Whether the time can be trusted. */
@Component(
    name = "org.commonshub.console.health.clock",
    property = {HealthCheck.NAME + "=Clock", HealthCheck.TAGS + "=clock"})
public final class ClockCheck implements HealthCheck {
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HubClock clock;

  @Override
  public Result execute() {
    HubClock now = clock;
    return now == null
        ? new Verdict().critical("The hub's clock does not run.").result()
        : judge(now.quality());
  }

  static Result judge(HubClock.Quality quality) {
    return switch (quality) {
      case SYNCHRONISED -> new Verdict().ok("Synchronised.").result();
      case HOLDOVER ->
          new Verdict()
              .warn("The time server is out of reach; the clock drifts by seconds a week.")
              .result();
      case UNSYNCHRONISED ->
          new Verdict()
              .warn(
                  "No time service was seen: readings are marked. Install systemd-timesyncd or"
                      + " chrony, or set assumeSynchronised in org.commonshub.platform.clock.")
              .result();
    };
  }
}
