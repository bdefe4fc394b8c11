package org.commonshub.features;

/** Boots feature {@code console}. */
public class ConsoleFeatureTest extends FeatureBoot {
  public ConsoleFeatureTest() {
    super("console");
  }
}
