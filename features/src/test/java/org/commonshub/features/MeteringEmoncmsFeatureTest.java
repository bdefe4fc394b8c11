package org.commonshub.features;

/** Boots feature {@code metering-emoncms}. */
public class MeteringEmoncmsFeatureTest extends FeatureBoot {
  public MeteringEmoncmsFeatureTest() {
    super("metering-emoncms");
  }
}
