package org.commonshub.features;

/** Boots feature {@code metering-serial}. */
public class MeteringSerialFeatureTest extends FeatureBoot {
  public MeteringSerialFeatureTest() {
    super("metering-serial");
  }
}
