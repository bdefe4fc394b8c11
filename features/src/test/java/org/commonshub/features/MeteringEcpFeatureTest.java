package org.commonshub.features;

/** Boots feature {@code metering-ecp}. */
public class MeteringEcpFeatureTest extends FeatureBoot {
  public MeteringEcpFeatureTest() {
    super("metering-ecp");
  }
}
