package org.commonshub.features;

/** Boots feature {@code metering-ocpp}. */
public class MeteringOcppFeatureTest extends FeatureBoot {
  public MeteringOcppFeatureTest() {
    super("metering-ocpp");
  }
}
