package org.commonshub.features;

/** Boots feature {@code metering-web}. */
public class MeteringWebFeatureTest extends FeatureBoot {
  public MeteringWebFeatureTest() {
    super("metering-web");
  }
}
