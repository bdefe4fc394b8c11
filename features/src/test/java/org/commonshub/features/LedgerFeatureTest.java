package org.commonshub.features;

/** Boots feature {@code ledger}. */
public class LedgerFeatureTest extends FeatureBoot {
  public LedgerFeatureTest() {
    super("ledger");
  }
}
