package org.commonshub.features;

/** Boots feature {@code metering-speedwire}. */
public class MeteringSpeedwireFeatureTest extends FeatureBoot {
  public MeteringSpeedwireFeatureTest() {
    super("metering-speedwire");
  }
}
