package org.commonshub.neighbour.https;

import java.io.IOException;
import java.util.List;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/** Says that it is one hub, with the key log of another, and signs as a third. */
record Impostor(HubIdentity claimed, HubIdentity shown, HubIdentity signer) implements HubIdentity {
  @Override
  public String did() {
    return claimed.did();
  }

  @Override
  public VerificationKey key() {
    return signer.key();
  }

  @Override
  public List<String> aliases() {
    return List.of();
  }

  @Override
  public String fingerprint() {
    return claimed.fingerprint();
  }

  @Override
  public String card() {
    return claimed.card();
  }

  @Override
  public byte[] keyLog() {
    return shown.keyLog();
  }

  @Override
  public byte[] sign(SigningPurpose purpose, byte[] payload) {
    return signer.sign(purpose, payload);
  }

  @Override
  public String jws(SigningPurpose purpose, byte[] payload) {
    return signer.jws(purpose, payload);
  }

  @Override
  public VerificationKey rotate() throws IOException {
    throw new IOException("not this one");
  }
}
