package org.commonshub.features;

/** Boots feature {@code control}. */
public class ControlFeatureTest extends FeatureBoot {
  public ControlFeatureTest() {
    super("control");
  }
}
