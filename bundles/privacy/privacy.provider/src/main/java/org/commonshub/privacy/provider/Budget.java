package org.commonshub.privacy.provider;

import java.io.IOException;
import java.time.Instant;

/** What may still be told of a day. */
interface Budget {
  /**
   * Takes ε, unless it was taken under the same label before.
   *
   * @param daily the most that may be taken for that day and subject, in millionths
   * @return whether it was there to take
   */
  boolean spend(Instant day, String subject, String label, long microEpsilon, long daily);

  /** Makes what was taken durable; what rests on it is not released before. */
  void seal() throws IOException;
}
