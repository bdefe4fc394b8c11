package org.commonshub.ledger.transparency;

import org.commonshub.identity.api.MalformedCborException;

/** Answers of a log, and proofs that another hub shows. */
public final class AnswerFuzz {
  private AnswerFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Answer answer = Answer.parse(data);
      answer.path("path");
      Head.of(answer).signed();
    } catch (Answer.Malformed e) {
      // The declared refusal.
    }
    try {
      Proof.decode(data).includes(new byte[32]);
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
