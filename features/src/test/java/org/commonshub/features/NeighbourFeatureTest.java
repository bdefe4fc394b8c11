package org.commonshub.features;

/** Boots feature {@code neighbour}. */
public class NeighbourFeatureTest extends FeatureBoot {
  public NeighbourFeatureTest() {
    super("neighbour");
  }
}
