package org.commonshub.features;

/** Boots feature {@code metering-dlms}. */
public class MeteringDlmsFeatureTest extends FeatureBoot {
  public MeteringDlmsFeatureTest() {
    super("metering-dlms");
  }
}
