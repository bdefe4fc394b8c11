package org.commonshub.features;

/** Boots feature {@code metering-broker}. */
public class MeteringBrokerFeatureTest extends FeatureBoot {
  public MeteringBrokerFeatureTest() {
    super("metering-broker");
  }
}
