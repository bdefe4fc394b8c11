package org.commonshub.privacy.provider;

import org.commonshub.privacy.api.TermsException;

/** A signed request that somebody brought to the console. */
public final class SignedTermsFuzz {
  private SignedTermsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    try {
      SignedTerms.read(data);
    } catch (TermsException e) {
      // As declared.
    }
  }
}
