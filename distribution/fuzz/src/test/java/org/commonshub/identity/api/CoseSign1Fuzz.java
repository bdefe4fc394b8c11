package org.commonshub.identity.api;

/** Signed messages of other hubs, verified with both kinds of key. */
public final class CoseSign1Fuzz {
  private static final VerificationKey EDWARDS =
      VerificationKey.parse("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp");
  private static final VerificationKey CURVE =
      VerificationKey.parse("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169");

  private CoseSign1Fuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      CoseSign1 cose = CoseSign1.parse(data);
      if (cose.verify(EDWARDS, SigningPurpose.CHECKPOINT)
          || cose.verify(CURVE, SigningPurpose.CHECKPOINT)) {
        throw new AssertionError("forged");
      }
    } catch (MalformedCborException e) {
      // The declared refusal.
    }
  }
}
