package org.commonshub.features;

/** Boots feature {@code metering-messaging}. */
public class MeteringMessagingFeatureTest extends FeatureBoot {
  public MeteringMessagingFeatureTest() {
    super("metering-messaging");
  }
}
