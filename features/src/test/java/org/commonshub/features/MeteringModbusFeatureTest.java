package org.commonshub.features;

/** Boots feature {@code metering-modbus}. */
public class MeteringModbusFeatureTest extends FeatureBoot {
  public MeteringModbusFeatureTest() {
    super("metering-modbus");
  }
}
