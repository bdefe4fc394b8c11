package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.neighbour.api.Neighbour;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;

/** The neighbours as the anchor sees them, also while nobody connects to any. */
final class Peers {
  private final Supplier<Neighbours> neighbours;
  private final HubIdentity self;
  private final NeighbourService ownRoots;

  /**
   * Over a service that comes and goes.
   *
   * @param neighbours null while there is none
   * @param ownRoots answers about roots if this hub names itself as aggregator; null if it is none
   */
  Peers(Supplier<Neighbours> neighbours, HubIdentity self, NeighbourService ownRoots) {
    this.neighbours = neighbours;
    this.self = self;
    this.ownRoots = ownRoots;
  }

  CompletionStage<byte[]> ask(String did, Topic topic, byte[] question) {
    if (did.equals(self.did()) && topic == Topic.ROOT && ownRoots != null) {
      try {
        return CompletableFuture.completedFuture(ownRoots.answer(did, question));
      } catch (NeighbourException e) {
        return CompletableFuture.failedFuture(e);
      }
    }
    Neighbours there = neighbours.get();
    if (there == null) {
      return CompletableFuture.failedFuture(
          new NeighbourException(
              NeighbourException.Kind.UNREACHABLE, "Talking to neighbours is switched off here."));
    }
    return there.ask(did, topic, question);
  }

  /** What people call it. */
  String name(String did) {
    Neighbours there = neighbours.get();
    return there == null
        ? "A neighbour"
        : there.find(did).map(Neighbour::name).orElse("A hub that is not on the list any more");
  }

  boolean knows(String did) {
    Neighbours there = neighbours.get();
    return there == null || there.find(did).isPresent();
  }

  /**
   * What a neighbour signed.
   *
   * @return the payload
   * @throws MalformedCborException saying why it is not its signature
   */
  byte[] signedBy(String did, SigningPurpose purpose, byte[] signed) throws MalformedCborException {
    Neighbours there = neighbours.get();
    Optional<KeyLog> log = there == null ? Optional.empty() : there.keyLog(did);
    if (did.equals(self.did())) {
      return signedBySelf(purpose, signed);
    }
    if (log.isEmpty()) {
      throw new MalformedCborException("its keys are not known here yet");
    }
    return signedBy(log.get(), purpose, signed);
  }

  /** What this hub signed, with any of its keys. */
  byte[] signedBySelf(SigningPurpose purpose, byte[] signed) throws MalformedCborException {
    try {
      return signedBy(KeyLog.verify(self.keyLog()), purpose, signed);
    } catch (IOException e) {
      throw new MalformedCborException("the key log of this hub is damaged: " + e.getMessage());
    }
  }

  private static byte[] signedBy(KeyLog log, SigningPurpose purpose, byte[] signed)
      throws MalformedCborException {
    CoseSign1 cose = CoseSign1.parse(signed);
    if (!(cose.unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid)) {
      throw new MalformedCborException("a signature without a key's name");
    }
    Optional<VerificationKey> key = log.key(new String(kid, StandardCharsets.UTF_8));
    if (key.isEmpty() || !cose.verify(key.get(), purpose)) {
      throw new MalformedCborException("not signed by that hub for this purpose");
    }
    return cose.payload().orElseThrow();
  }

  /** Why a question got no answer. */
  static NeighbourException why(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof NeighbourException known
        ? known
        : new NeighbourException(NeighbourException.Kind.UNREACHABLE, String.valueOf(cause));
  }
}
