package org.commonshub.metering.vedirect;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.devices.ReplayFault;
import org.commonshub.testing.tck.PushDriverTck;

/** A charger and then a shunt against the compatibility kit. */
class VeDirectTckTest extends PushDriverTck {
  @Override
  protected MeterDriver driver() {
    return new VeDirectDriver();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of();
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("meter", "yes");
  }

  @Override
  protected Set<ReplayFault> faults(String link) throws Exception {
    Set<ReplayFault> faults = new HashSet<>(super.faults(link));
    // A sum is the same in any order.
    faults.remove(ReplayFault.SHUFFLED);
    return faults;
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(
        Blocks.solar(0), Blocks.solar(1), Blocks.shunt(0), Blocks.history(0), Blocks.shunt(1));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return List.of(
            Map.of("power.active", "-34", "dc.power[1]", "34", "energy.export", "417000"),
            Map.of("power.active", "-41", "dc.current", "0.7", "energy.export", "417010"),
            Map.of("power.active", "-39", "battery.soc", "98.7", "dc.voltage", "26.201"),
            Map.of("energy.export", "123450", "energy.import", "234560"),
            Map.of("power.active", "-13", "battery.soc", "98.8", "dc.current", "-0.5"))
        .get(step);
  }
}
