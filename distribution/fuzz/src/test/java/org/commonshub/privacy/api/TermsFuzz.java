package org.commonshub.privacy.api;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Terms that a stranger asks for, as JSON or CBOR. */
public final class TermsFuzz {
  private TermsFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) {
    Terms terms;
    try {
      terms = TermsCodec.read(data);
    } catch (TermsException e) {
      return; // As declared.
    }
    try {
      if (!TermsCodec.read(TermsCodec.cbor(terms)).equals(terms)
          || !TermsCodec.read(TermsCodec.json(terms).getBytes(UTF_8)).equals(terms)
          || !terms.meet(terms).equals(terms)
          || !terms.meet(Terms.ANY).equals(terms)) {
        throw new AssertionError("does not survive: " + terms);
      }
    } catch (TermsException e) {
      throw new AssertionError("does not survive: " + terms, e);
    }
  }
}
