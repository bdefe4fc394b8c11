package org.commonshub.features;

/** Boots feature {@code metering-mqtt}. */
public class MeteringMqttFeatureTest extends FeatureBoot {
  public MeteringMqttFeatureTest() {
    super("metering-mqtt");
  }
}
