package org.commonshub.features;

/** Boots feature {@code metering-sml}. */
public class MeteringSmlFeatureTest extends FeatureBoot {
  public MeteringSmlFeatureTest() {
    super("metering-sml");
  }
}
