package org.commonshub.ledger.content;

import java.io.IOException;
import java.io.OutputStream;

/** What is inside sealed content: anybody who has the recipient's public key can seal. */
public final class SealedFileFuzz {
  private SealedFileFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    try (SealedFile.Items items = new SealedFile.Items(OutputStream.nullOutputStream())) {
      items.write(data);
      items.end();
    } catch (MalformedContentException e) {
      return;
    }
    throw new AssertionError("took what nobody signed");
  }
}
