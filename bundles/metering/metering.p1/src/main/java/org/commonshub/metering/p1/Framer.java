package org.commonshub.metering.p1;

/**
 * Finds telegrams in a stream of bytes, however it is cut. Bounded; keeps nothing of what it gave.
 */
interface Framer {
  /** Takes bytes in the order received. */
  void take(byte[] bytes, Sink sink);

  /** Forgets a telegram that was begun: the stream broke. */
  void reset();

  /** What keeps a telegram from being read. */
  enum Trouble {
    /** It came, but not as it was sent. */
    DAMAGED,
    /** Bytes come, but nothing like a telegram. */
    NOTHING_KNOWN,
    /** It is encrypted and there is no key. */
    ENCRYPTED,
    /** It is not encrypted though there is a key. */
    NOT_ENCRYPTED,
    /** It does not open with the key. */
    NOT_OPENED,
    /** It opens, but came before. */
    REPLAYED
  }

  /** Takes what was found. */
  interface Sink {
    /** A telegram that can be believed. */
    void telegram(Telegram telegram);

    /** Something else. */
    void trouble(Trouble trouble, String why);
  }
}
