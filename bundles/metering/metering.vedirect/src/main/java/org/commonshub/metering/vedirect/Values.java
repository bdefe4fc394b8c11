package org.commonshub.metering.vedirect;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.measure.api.Quantity;

/**
 * Values of a block in the hub's signs: a solar charger gives, a charging battery takes. Which of
 * them a device has shows in its fields.
 */
final class Values {
  /** What a shunt measures. */
  enum Meter {
    /** As the device says (field MON): battery unless it was set up as a DC meter. */
    AUTO,
    BATTERY,
    SOURCE,
    LOAD
  }

  private final Block block;
  private final List<Measurement> values = new ArrayList<>();

  private Values(Block block) {
    this.block = block;
  }

  /** The values of a block; none if it has but history or states that the hub does not know. */
  static List<Measurement> of(Block block, Meter meter) {
    Values values = new Values(block);
    values.output();
    values.panels();
    values.shunt(meter);
    values.alternating();
    return List.copyOf(values.values);
  }

  private void add(Quantity quantity, String label, int exponent) {
    add(quantity, block.number(label), exponent);
  }

  private void add(Quantity quantity, OptionalLong value, int exponent) {
    if (value.isPresent()
        && (quantity.nature() != Nature.REGISTER || value.getAsLong() >= 0)
        && values.stream().noneMatch(known -> known.quantity().equals(quantity))) {
      values.add(Measurement.of(quantity, value.getAsLong(), exponent));
    }
  }

  /** The battery's side: channel 0 is the main battery, 2 and 3 a charger's further outputs. */
  private void output() {
    add(Quantity.DC_VOLTAGE, "V", -3);
    add(Quantity.DC_CURRENT, "I", -3);
    for (int i = 2; i <= 3; i++) {
      add(Quantity.DC_VOLTAGE.channel(i), "V" + i, -3);
      add(Quantity.DC_CURRENT.channel(i), "I" + i, -3);
    }
    add(Quantity.BATTERY_TEMPERATURE, "T", 0);
    add(Quantity.BATTERY_SOC, "SOC", -1);
    add(Quantity.DEVICE_STATE, "CS", 0);
    add(Quantity.DEVICE_EVENTS, "AR", 0);
  }

  /** The side a charger or converter takes from: channel 1. */
  private void panels() {
    add(Quantity.DC_VOLTAGE.channel(1), "VPV", -3);
    add(Quantity.DC_POWER.channel(1), "PPV", 0);
    OptionalLong power = block.number("PPV");
    if (power.isPresent()) {
      add(Quantity.ACTIVE_POWER, OptionalLong.of(-power.getAsLong()), 0);
    }
    add(Quantity.ENERGY_EXPORT, "H19", 1); // in 0.01 kWh
    add(Quantity.DC_VOLTAGE.channel(1), "DC_IN_V", -2);
    add(Quantity.DC_CURRENT.channel(1), "DC_IN_I", -2);
    add(Quantity.DC_POWER.channel(1), "DC_IN_P", 0);
  }

  private void shunt(Meter set) {
    long mode = block.number("MON").orElse(0);
    Meter meter =
        set != Meter.AUTO ? set : mode < 0 ? Meter.SOURCE : mode > 0 ? Meter.LOAD : Meter.BATTERY;
    OptionalLong power = block.number("P");
    if (power.isPresent()) {
      long watts = power.getAsLong();
      // How a DC meter's shunt is mounted is anybody's guess; what it measures is not.
      long signed =
          switch (meter) {
            case SOURCE -> -Math.abs(watts);
            case LOAD -> Math.abs(watts);
            default -> watts;
          };
      add(Quantity.ACTIVE_POWER, OptionalLong.of(signed), 0);
    }
    add(Quantity.ENERGY_EXPORT, "H17", 1); // discharged, produced
    add(Quantity.ENERGY_IMPORT, "H18", 1); // charged, consumed
    add(Quantity.BATTERY_CYCLES, "H4", 0);
  }

  /** An inverter's output. */
  private void alternating() {
    add(Quantity.VOLTAGE, "AC_OUT_V", -2);
    add(Quantity.CURRENT, "AC_OUT_I", -1);
    add(Quantity.APPARENT_POWER, "AC_OUT_S", 0);
  }
}
