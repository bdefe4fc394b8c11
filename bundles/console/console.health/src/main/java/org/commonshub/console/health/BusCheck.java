package org.commonshub.console.health;

import java.util.List;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Whether the sinks of the reading bus keep up. */
@Component(
    name = "org.commonshub.console.health.bus",
    property = {HealthCheck.NAME + "=Reading bus", HealthCheck.TAGS + "=bus"})
public final class BusCheck implements HealthCheck {
  private static final long MAX_AGE_MILLIS = 5_000;

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile ReadingBus bus;

  @Override
  public Result execute() {
    ReadingBus now = bus;
    return now == null
        ? new Verdict().critical("The reading bus does not run: no reading is taken.").result()
        : judge(now.sinks());
  }

  static Result judge(List<SinkStatus> sinks) {
    Verdict verdict = new Verdict().ok(sinks.size() + " sinks keep up.");
    for (SinkStatus sink : sinks) {
      boolean storage = sink.storage();
      if (!sink.problem().isEmpty()) {
        verdict.warn(sink.name() + ": " + sink.problem());
      }
      if (storage && !sink.connected()) {
        verdict.warn(sink.name() + " is away; " + sink.spilledBytes() + " bytes wait for it.");
      } else if (storage && sink.oldestQueuedMillis() > MAX_AGE_MILLIS) {
        verdict.warn(sink.name() + " is " + sink.oldestQueuedMillis() / 1_000 + " s behind.");
      }
      if (storage && sink.dropped() > 0) {
        verdict.warn(
            sink.name() + " lost " + sink.dropped() + " records since start; gaps stand for them.");
      }
    }
    return verdict.result();
  }
}
