package org.commonshub.features;

/** Boots feature {@code metering-p1}. */
public class MeteringP1FeatureTest extends FeatureBoot {
  public MeteringP1FeatureTest() {
    super("metering-p1");
  }
}
