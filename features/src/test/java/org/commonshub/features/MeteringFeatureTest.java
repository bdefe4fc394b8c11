package org.commonshub.features;

/** Boots feature {@code metering}. */
public class MeteringFeatureTest extends FeatureBoot {
  public MeteringFeatureTest() {
    super("metering");
  }
}
