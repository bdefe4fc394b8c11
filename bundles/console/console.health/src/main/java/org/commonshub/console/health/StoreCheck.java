package org.commonshub.console.health;

import java.util.Locale;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.history.api.HistoryStore;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Whether readings are kept, and how soon. */
@Component(
    name = "org.commonshub.console.health.store",
    property = {HealthCheck.NAME + "=History", HealthCheck.TAGS + "=store"})
public final class StoreCheck implements HealthCheck {
  /** A reading must be durable this soon after receipt. */
  private static final long MAX_LAG_MILLIS = 5_000;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile HistoryStore store;

  @Override
  public Result execute() {
    HistoryStore now = store;
    if (now == null) {
      return new Verdict()
          .warn("No history store runs: readings wait in the ring until one does.")
          .result();
    }
    return judge(now.status());
  }

  static Result judge(HistoryStore.Status status) {
    Verdict verdict =
        new Verdict()
            .ok(
                String.format(
                    Locale.ROOT,
                    "%d records since start, %.1f MB, durable after %d ms (p99).",
                    status.records(),
                    status.bytes() / 1e6,
                    status.lagMillisP99()));
    status.problem().ifPresent(verdict::critical);
    if (status.lagMillisP99() > MAX_LAG_MILLIS) {
      verdict.warn(
          "Readings become durable only after "
              + status.lagMillisP99()
              + " ms (p99): the disk is too slow or too busy.");
    }
    status.repairs().forEach(repair -> verdict.ok("Repaired at start: " + repair));
    return verdict.result();
  }
}
