package org.commonshub.features;

/** Boots feature {@code base}. */
public class BaseFeatureTest extends FeatureBoot {
  public BaseFeatureTest() {
    super("base");
  }
}
