package org.commonshub.identity.api;

/**
 * What a signature is for. It stands as content type in the protected header (COSE label 3, RFC
 * 9052 section 3.1; JWS {@code typ}), so a signature made for one purpose does not verify for
 * another.
 */
public enum SigningPurpose {
  /** A signed state of the hub's journal. */
  CHECKPOINT("checkpoint"),
  /** A neighbour's signature over another hub's checkpoint: it saw a consistent log. */
  COSIGNATURE("cosignature"),
  /** An aggregator's promise to anchor a root. */
  AGGREGATE("aggregate"),
  /** A transport key of the connection between neighbours. */
  NEIGHBOUR("neighbour"),
  /** Rights of a person's account on another hub. */
  DELEGATION("delegation"),
  /** A batch of readings of one device. */
  READINGS("readings"),
  /** A consent receipt. */
  CONSENT("consent"),
  /** What a recipient asks for (privacy.api's Terms). */
  TERMS("terms"),
  /** An order or standing mandate on the market. */
  ORDER("order"),
  /** A request for a licence and reports of usage. */
  LICENCE("licence"),
  /** A provider's word that a hub may use an app. */
  LICENCE_TOKEN("licence-token"),
  /** The operator's word that it knows of that. */
  LICENCE_SEAL("licence-seal"),
  /** A round of a masked sum over homes: one-time keys, and sets of who takes part. */
  COHORT("cohort");

  private final String word;

  SigningPurpose(String word) {
    this.word = word;
  }

  /** Media type, {@code application/vnd.commonshub.WORD+cbor}. */
  public String contentType() {
    return "application/vnd.commonshub." + word + "+cbor";
  }
}
