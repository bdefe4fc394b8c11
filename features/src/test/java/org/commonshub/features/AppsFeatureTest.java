package org.commonshub.features;

/** Boots feature {@code apps}. */
public class AppsFeatureTest extends FeatureBoot {
  public AppsFeatureTest() {
    super("apps");
  }
}
