package org.commonshub.features;

/** Boots feature {@code metering-mbus}. */
public class MeteringMbusFeatureTest extends FeatureBoot {
  public MeteringMbusFeatureTest() {
    super("metering-mbus");
  }
}
