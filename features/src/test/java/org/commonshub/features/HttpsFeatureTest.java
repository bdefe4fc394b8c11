package org.commonshub.features;

/** Boots feature {@code https}. */
public class HttpsFeatureTest extends FeatureBoot {
  public HttpsFeatureTest() {
    super("https");
  }
}
