package org.commonshub.features;

/** Boots feature {@code metering-http}. */
public class MeteringHttpFeatureTest extends FeatureBoot {
  public MeteringHttpFeatureTest() {
    super("metering-http");
  }
}
