package org.commonshub.testing.tck;

/** Ways in which a device that answers requests goes wrong. */
public enum Fault {
  /** None: answers as it should. */
  NONE,
  /** Answers after the driver has given up. */
  LATE,
  /** Answers with fewer bytes: cut off, or a whole message that is too short, by turns. */
  SHORT,
  /** Answers twice. */
  DUPLICATE,
  /** Another unit answers. */
  WRONG_UNIT,
  /** Answers another function with other values. */
  WRONG_FUNCTION,
  /** Answers with bytes that mean nothing. */
  GARBAGE,
  /** Keeps the connection and says nothing. */
  HALF_OPEN,
  /** Answers byte by byte, too slowly to be done in time. */
  SLOW_DRIP,
  /** Is not there: the connection is refused. */
  REFUSE,
  /** Breaks the connection in the middle of its answer. */
  RESET,
  /** Answers with one wrong bit, which only a check sum can tell. */
  CORRUPTED
}
