package org.commonshub.ledger.ethereum;

import java.util.List;
import java.util.OptionalLong;

/** What a submission does on the chain, and how to tell that it was done. */
interface Effect {
  /** State of an effect according to the contract. */
  enum Done {
    NO,
    YES,
    /** Its place is taken and passed; only the events tell by what. */
    PERHAPS,
    /** Something else stands in its place for ever. */
    CONFLICT
  }

  /**
   * What a contract says.
   *
   * @param done whether it was done
   * @param block where, if the contract knows
   */
  record Answer(Done done, OptionalLong block) {
    static Answer of(Done done) {
      return new Answer(done, OptionalLong.empty());
    }
  }

  /** The contract. */
  byte[] to();

  /** What to call it with. */
  byte[] data();

  /** A question to the contract whether it was done. */
  byte[] question();

  /** Reads the answer to the question. */
  Answer answer(byte[] answer) throws MalformedException;

  /** Topics of the event, null is anything; for {@code eth_getLogs}. */
  List<String> topics();

  /** Whether an event is that of this effect. */
  boolean is(Receipt.Log log);
}
