package org.commonshub.privacy.cohort;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.privacy.cohort.CohortException.Why;

/** Signatures by hub keys, held against the neighbours' key logs: the current key only. */
final class HubSignatures implements Signatures {
  private final Setup setup;
  private final HubIdentity identity;
  private final Supplier<Neighbours> neighbours;
  private final Consumer<String> unknown;

  /**
   * Over a service that comes and goes.
   *
   * @param neighbours null while there is none
   * @param unknown told the DID of whose keys are not known here, or not the newest
   */
  HubSignatures(
      Setup setup,
      HubIdentity identity,
      Supplier<Neighbours> neighbours,
      Consumer<String> unknown) {
    this.setup = setup;
    this.identity = identity;
    this.neighbours = neighbours;
    this.unknown = unknown;
  }

  @Override
  public byte[] sign(byte[] payload) {
    return identity.sign(SigningPurpose.COHORT, payload);
  }

  @Override
  public byte[] payload(int member, byte[] signed) throws CohortException {
    if (member >= setup.members().size()) {
      throw new CohortException(Why.SIGNATURE, "There is no such member in this cohort.");
    }
    String did = setup.members().get(member);
    Optional<VerificationKey> key = key(did);
    try {
      CoseSign1 cose = CoseSign1.parse(signed);
      if (key.isPresent() && cose.verify(key.get(), SigningPurpose.COHORT)) {
        return cose.payload().orElseThrow();
      }
    } catch (MalformedCborException e) {
      throw new CohortException(Why.SIGNATURE, "What should be signed is " + e.getMessage() + ".");
    }
    if (!did.equals(identity.did())) {
      unknown.accept(did);
    }
    throw new CohortException(
        Why.SIGNATURE,
        key.isPresent()
            ? "Not signed with the current key of " + did + "."
            : "The keys of " + did + " are not known here: enter that hub as a neighbour.");
  }

  private Optional<VerificationKey> key(String did) {
    if (did.equals(identity.did())) {
      return Optional.of(identity.key());
    }
    Neighbours there = neighbours.get();
    return there == null ? Optional.empty() : there.keyLog(did).map(KeyLog::current);
  }
}
