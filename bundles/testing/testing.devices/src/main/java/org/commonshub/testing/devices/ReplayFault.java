package org.commonshub.testing.devices;

import java.util.Set;

/** Ways in which what a device sends is spoilt on its way. */
public enum ReplayFault {
  /** None: messages come as they were captured. */
  NONE(false, false),
  /** A message stops in the middle and goes on later. */
  LATE(true, false),
  /** The beginning or the end of a message is missing. */
  CUT(false, false),
  /** Bytes in the middle of a message are missing. */
  LOST(false, true),
  /** A message comes twice. */
  REPEATED(false, false),
  /** Some bytes of a message come twice. */
  STUTTERED(false, true),
  /** One bit of a message is wrong. */
  CORRUPTED(false, true),
  /** A run of up to four bytes of a message is wrong. */
  GARBLED(false, true),
  /** Messages change places. */
  REORDERED(false, false),
  /** Bytes of a message change places. */
  SHUFFLED(false, true),
  /** Bytes that mean nothing come between messages. */
  NOISE(false, false),
  /** Messages run together without a pause. */
  MERGED(true, false),
  /** A message comes byte by byte. */
  SPLIT(true, false),
  /** The connection breaks in the middle of a message; the end of a later one comes first then. */
  DISCONNECT(true, false);

  private final boolean streamOnly;
  private final boolean alters;

  ReplayFault(boolean streamOnly, boolean alters) {
    this.streamOnly = streamOnly;
    this.alters = alters;
  }

  /** Whether it means something on a stream only, not where messages travel whole. */
  public boolean streamOnly() {
    return streamOnly;
  }

  /**
   * Whether it changes the inside of a message, so that only a check sum can tell. A sum does not
   * tell {@link #SHUFFLED}; one of 8 bits misses one {@link #GARBLED}, {@link #LOST} or {@link
   * #STUTTERED} message in 256.
   */
  public boolean alters() {
    return alters;
  }

  /** Whether nothing is lost by it, nor added. */
  public boolean harmless() {
    return Set.of(NONE, LATE, MERGED, SPLIT).contains(this);
  }
}
