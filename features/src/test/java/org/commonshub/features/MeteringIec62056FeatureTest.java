package org.commonshub.features;

/** Boots feature {@code metering-iec62056}. */
public class MeteringIec62056FeatureTest extends FeatureBoot {
  public MeteringIec62056FeatureTest() {
    super("metering-iec62056");
  }
}
