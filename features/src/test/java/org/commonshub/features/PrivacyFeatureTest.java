package org.commonshub.features;

/** Boots feature {@code privacy}. */
public class PrivacyFeatureTest extends FeatureBoot {
  public PrivacyFeatureTest() {
    super("privacy");
  }
}
