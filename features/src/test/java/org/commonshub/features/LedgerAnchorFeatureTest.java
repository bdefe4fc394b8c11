package org.commonshub.features;

/** Boots feature {@code ledger-anchor}. */
public class LedgerAnchorFeatureTest extends FeatureBoot {
  public LedgerAnchorFeatureTest() {
    super("ledger-anchor");
  }
}
