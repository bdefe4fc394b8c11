package org.commonshub.features;

/** Boots feature {@code ledger-ethereum}. */
public class LedgerEthereumFeatureTest extends FeatureBoot {
  public LedgerEthereumFeatureTest() {
    super("ledger-ethereum");
  }
}
