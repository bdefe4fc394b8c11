package org.commonshub.ledger.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.MalformedCborException;

/** Receipts, exported journals, checkpoints and entries from strangers. */
public final class ReceiptFuzz {
  private static final byte[] MAGIC =
      ReceiptVerifier.JOURNAL_MAGIC.getBytes(StandardCharsets.US_ASCII);

  private ReceiptFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    ReceiptVerifier verifier = new ReceiptVerifier(Optional.empty());
    try {
      verifier.receipt(data);
    } catch (MalformedCborException e) {
      // As declared.
    }
    try {
      verifier.journal(
          new SequenceInputStream(new ByteArrayInputStream(MAGIC), new ByteArrayInputStream(data)));
    } catch (IOException e) {
      // As declared.
    }
    try {
      Checkpoint.of(data, List.of());
    } catch (MalformedCborException e) {
      // As declared.
    }
    try {
      SlotRegisters registers = SlotRegisters.of(data);
      if (!SlotRegisters.of(registers.encode()).equals(registers)) {
        throw new AssertionError("does not survive a round trip: " + registers);
      }
    } catch (MalformedCborException e) {
      // As declared.
    }
    try {
      SlotGap.of(data);
    } catch (MalformedCborException e) {
      // As declared.
    }
  }
}
