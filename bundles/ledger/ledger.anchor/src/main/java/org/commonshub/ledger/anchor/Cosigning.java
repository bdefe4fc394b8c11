package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has neighbours co-sign the newest checkpoint. One question per witness on its way; who does not
 * answer is asked again after a minute. Runs on the anchor's thread only.
 */
final class Cosigning {
  private static final Logger LOG = LoggerFactory.getLogger(Cosigning.class);
  private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final List<String> witnesses;
  private final Journal journal;
  private final HubClock clock;
  private final Peers peers;
  private final Troubles troubles;
  private final Executor thread;
  private final Map<String, Asked> asked = new HashMap<>();

  private static final class Asked {
    private long from;
    private byte[] signed = new byte[0];
    private boolean waiting;
    private long notBefore;
    private boolean later;
    private String why = "";
  }

  Cosigning(
      List<String> witnesses,
      HubIdentity identity,
      Journal journal,
      HubClock clock,
      Peers peers,
      Troubles troubles,
      Executor thread) {
    this.witnesses = witnesses.stream().distinct().filter(w -> !w.equals(identity.did())).toList();
    this.journal = journal;
    this.clock = clock;
    this.peers = peers;
    this.troubles = troubles;
    this.thread = thread;
    this.witnesses.forEach(witness -> asked.put(witness, new Asked()));
  }

  /** How many of so many must have signed for nobody to worry: more than two thirds. */
  static int enough(int witnesses) {
    return witnesses - (witnesses - 1) / 3;
  }

  /** Asks whoever has not signed this one. */
  void tick(Checkpoint newest) {
    long signed =
        asked.values().stream().filter(a -> Arrays.equals(a.signed, newest.signed())).count();
    if (signed >= enough(witnesses.size())) {
      troubles.over("witnesses");
    } else if (asked.values().stream()
        .allMatch(a -> a.later || Arrays.equals(a.signed, newest.signed()))) {
      troubles.say(
          "witnesses",
          "Only "
              + signed
              + " of "
              + witnesses.size()
              + " neighbours co-signed the last checkpoint; they are asked again every minute. "
              + String.join(
                  " ", asked.values().stream().filter(a -> a.later).map(a -> a.why).toList()));
    }
    for (String witness : witnesses) {
      Asked state = asked.get(witness);
      if (!state.waiting
          && !Arrays.equals(state.signed, newest.signed())
          && (!state.later || clock.monotonicNanos() - state.notBefore >= 0)) {
        ask(witness, state, newest, true);
      }
    }
  }

  private void ask(String witness, Asked state, Checkpoint checkpoint, boolean first) {
    List<byte[]> path = List.of();
    try {
      if (state.from > 0 && state.from < checkpoint.size()) {
        path = journal.consistency(state.from, checkpoint.size());
      }
    } catch (IOException | IndexOutOfBoundsException e) {
      state.from = 0;
      LOG.debug("No proof for a witness", e);
    }
    state.waiting = true;
    peers
        .ask(
            witness,
            Topic.CHECKPOINT,
            new WitnessWire.Question(checkpoint.signed(), state.from, path).encode())
        .whenComplete(
            (answer, failure) ->
                thread.execute(
                    () -> {
                      state.waiting = false;
                      if (failure == null) {
                        take(witness, state, checkpoint, answer, first);
                      } else {
                        again(state, missing(witness, Peers.why(failure)));
                      }
                    }));
  }

  private void again(Asked state, String why) {
    state.later = true;
    state.why = why;
    state.notBefore = clock.monotonicNanos() + AGAIN_NANOS;
  }

  private void take(
      String witness, Asked state, Checkpoint checkpoint, byte[] bytes, boolean first) {
    try {
      WitnessWire.Answer answer = WitnessWire.Answer.decode(bytes);
      if (answer.seen() != null) {
        seen(witness, state, checkpoint, answer.seen(), first);
        return;
      }
      byte[] payload = peers.signedBy(witness, SigningPurpose.COSIGNATURE, answer.cosignature());
      if (!Arrays.equals(
          payload,
          Checkpoint.payload(
              checkpoint.origin(),
              checkpoint.epoch(),
              checkpoint.size(),
              checkpoint.root(),
              checkpoint.instant()))) {
        throw new MalformedCborException("it signed something else");
      }
      journal.cosigned(checkpoint.size(), answer.cosignature());
      state.from = checkpoint.size();
      state.signed = checkpoint.signed();
      state.later = false;
    } catch (MalformedCborException | IOException e) {
      again(state, peers.name(witness) + " gave no valid co-signature: " + e.getMessage() + ".");
    }
  }

  /** The witness has seen another state of this journal. */
  private void seen(
      String witness, Asked state, Checkpoint checkpoint, byte[] signed, boolean first)
      throws IOException, MalformedCborException {
    peers.signedBySelf(SigningPurpose.CHECKPOINT, signed);
    Checkpoint seen = Checkpoint.of(signed, List.of());
    if (seen.epoch() == checkpoint.epoch()
        && seen.origin().equals(checkpoint.origin())
        && seen.size() <= checkpoint.size()
        && grew(seen, checkpoint)) {
      if (!first) {
        throw new MalformedCborException("it does not take a valid proof");
      }
      state.from = seen.size();
      ask(witness, state, checkpoint, false);
      return;
    }
    again(state, peers.name(witness) + " refuses.");
    try {
      journal.cosigned(seen.size(), signed); // keeps the evidence and raises the alarm two-hubs
    } catch (IOException e) {
      LOG.debug("The journal keeps what the witness showed", e);
    }
    troubles.alarm(
        "witness-refused",
        witness,
        peers.name(witness)
            + " refuses to co-sign: it has seen another state of this hub's journal, signed with"
            + " this hub's key. Either the journal here was changed or cut, or a second hub (a"
            + " restored backup, a cloned memory card) runs with this hub's key: switch the copy"
            + " off, and make a new key on the Settings page.",
        (long) seen.epoch(),
        seen.size(),
        seen.root());
  }

  private boolean grew(Checkpoint seen, Checkpoint checkpoint) throws IOException {
    if (seen.size() == checkpoint.size()) {
      return Arrays.equals(seen.root(), checkpoint.root());
    }
    return MerkleTree.verifyConsistency(
        seen.size(),
        seen.root(),
        checkpoint.size(),
        checkpoint.root(),
        journal.consistency(seen.size(), checkpoint.size()));
  }

  private String missing(String witness, NeighbourException why) {
    return why.kind() == NeighbourException.Kind.UNKNOWN
        ? "A witness in the settings of org.commonshub.ledger.anchor is not on the list of"
            + " neighbours: enter it, or take it out."
        : why.getMessage();
  }
}
