package org.commonshub.ledger.ethereum;

/**
 * When a block is in for good.
 *
 * @param confirmations blocks from it to the newest one, both counted; 0: what the network itself
 *     calls {@code finalized}
 */
record Finality(int confirmations) {
  /** As it is written in the configuration: {@code finalized}, {@code immediate} or a number. */
  static Finality parse(String text) {
    if (text.equals("finalized")) {
      return new Finality(0);
    }
    if (text.equals("immediate")) {
      return new Finality(1);
    }
    if (text.matches("[1-9][0-9]{0,3}")) {
      return new Finality(Integer.parseInt(text));
    }
    throw new IllegalArgumentException(
        "finality is \"finalized\", \"immediate\" or a number of blocks, not \"" + text + "\"");
  }
}
