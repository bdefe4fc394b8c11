package org.commonshub.features;

/** Boots feature {@code privacy-cohort}. */
public class PrivacyCohortFeatureTest extends FeatureBoot {
  public PrivacyCohortFeatureTest() {
    super("privacy-cohort");
  }
}
