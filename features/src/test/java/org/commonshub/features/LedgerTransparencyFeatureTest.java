package org.commonshub.features;

/** Boots feature {@code ledger-transparency}. */
public class LedgerTransparencyFeatureTest extends FeatureBoot {
  public LedgerTransparencyFeatureTest() {
    super("ledger-transparency");
  }
}
