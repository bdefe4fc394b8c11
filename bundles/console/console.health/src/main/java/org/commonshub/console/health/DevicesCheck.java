package org.commonshub.console.health;

import java.util.List;
import java.util.Locale;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.commonshub.metering.api.DeviceRegistry;
import org.commonshub.metering.api.DeviceRegistry.Entry;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Whether the devices answer. */
@Component(
    name = "org.commonshub.console.health.devices",
    property = {HealthCheck.NAME + "=Devices", HealthCheck.TAGS + "=devices"})
public final class DevicesCheck implements HealthCheck {
  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile DeviceRegistry registry;

  @Override
  public Result execute() {
    DeviceRegistry now = registry;
    return now == null
        ? new Verdict().critical("The device registry does not run: nothing is read.").result()
        : judge(now.devices());
  }

  static Result judge(List<Entry> devices) {
    List<Entry> wanted =
        devices.stream().filter(d -> d.health().state() != State.DISABLED).toList();
    long online = wanted.stream().filter(d -> d.health().state() == State.ONLINE).count();
    Verdict verdict =
        new Verdict()
            .ok(
                wanted.isEmpty()
                    ? "No device was added yet."
                    : online + " of " + wanted.size() + " devices answer.");
    for (Entry device : wanted) {
      State state = device.health().state();
      if (state != State.ONLINE && state != State.STARTING) {
        verdict.warn(
            device.definition().name()
                + " is "
                + state.name().toLowerCase(Locale.ROOT)
                + device.health().lastError().map(error -> ": " + error).orElse("")
                + ".");
      }
    }
    return verdict.result();
  }
}
