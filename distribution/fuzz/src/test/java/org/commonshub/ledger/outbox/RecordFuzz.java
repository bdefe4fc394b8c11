package org.commonshub.ledger.outbox;

import java.util.Arrays;
import org.commonshub.identity.api.MalformedCborException;

/** Records of a log, as a restored backup may bring them. */
public final class RecordFuzz {
  private RecordFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Record record = Record.decode(data);
      if (!Arrays.equals(record.encode(), data)) {
        throw new AssertionError("read something else than was written");
      }
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
