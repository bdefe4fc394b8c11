package org.commonshub.features;

/** Boots feature {@code identity}. */
public class IdentityFeatureTest extends FeatureBoot {
  public IdentityFeatureTest() {
    super("identity");
  }
}
