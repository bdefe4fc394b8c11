package org.commonshub.ledger.ethereum;

import java.util.List;

/** What a submission does on the chain, and how to tell that it was done. */
interface Effect {
  /** State of an effect according to the contract. */
  enum Done {
    NO,
    YES,
    /** Something else stands in its place for ever. */
    CONFLICT
  }

  /** The contract. */
  byte[] to();

  /** What to call it with. */
  byte[] data();

  /** A question to the contract whether it was done. */
  byte[] question();

  /** Reads the answer to the question. */
  Done answer(byte[] answer) throws MalformedException;

  /** Topics of the event, null is anything; for {@code eth_getLogs}. */
  List<String> topics();

  /** Whether an event is that of this effect. */
  boolean is(Receipt.Log log);
}
