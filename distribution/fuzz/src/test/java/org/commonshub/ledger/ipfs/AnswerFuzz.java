package org.commonshub.ledger.ipfs;

import java.io.IOException;

/** What an IPFS node answers. */
public final class AnswerFuzz {
  private AnswerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Answer.at(Answer.read(data), "Root.Cid./");
    } catch (IOException e) {
      // what it may say
    }
  }
}
