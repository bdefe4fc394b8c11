package org.commonshub.features;

/** Boots feature {@code metering-sunspec}. */
public class MeteringSunspecFeatureTest extends FeatureBoot {
  public MeteringSunspecFeatureTest() {
    super("metering-sunspec");
  }
}
