package org.commonshub.features;

/** Boots feature {@code history}. */
public class HistoryFeatureTest extends FeatureBoot {
  public HistoryFeatureTest() {
    super("history");
  }
}
