package org.commonshub.features;

/** Boots feature {@code metering-vedirect}. */
public class MeteringVedirectFeatureTest extends FeatureBoot {
  public MeteringVedirectFeatureTest() {
    super("metering-vedirect");
  }
}
