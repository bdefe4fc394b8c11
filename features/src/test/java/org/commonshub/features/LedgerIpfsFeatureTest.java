package org.commonshub.features;

/** Boots feature {@code ledger-ipfs}. */
public class LedgerIpfsFeatureTest extends FeatureBoot {
  public LedgerIpfsFeatureTest() {
    super("ledger-ipfs");
  }
}
