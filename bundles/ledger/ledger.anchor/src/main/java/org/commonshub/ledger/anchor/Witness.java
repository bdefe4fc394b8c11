package org.commonshub.ledger.anchor;

import static org.commonshub.neighbour.api.NeighbourException.Kind.REFUSED;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.platform.api.DurableFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Co-signs neighbours' checkpoints: each that grew out of the last one of the same hub, and never
 * two that did not. What was seen is durable before anything is signed. Any thread.
 */
final class Witness implements NeighbourService {
  static final int MAX = 128;

  private static final Logger LOG = LoggerFactory.getLogger(Witness.class);
  static final int MAX_FILE = MAX * (WitnessWire.MAX_SIGNED + 64);

  private final Path file;
  private final HubIdentity identity;
  private final Peers peers;
  private final Troubles troubles;
  private final Map<String, Checkpoint> seen = new LinkedHashMap<>();

  Witness(Path file, HubIdentity identity, Peers peers, Troubles troubles) throws IOException {
    this.file = file;
    this.identity = identity;
    this.peers = peers;
    this.troubles = troubles;
    try {
      for (Checkpoint each : parse(DurableFiles.read(file, MAX_FILE))) {
        seen.put(each.origin(), each);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("No checkpoint of a neighbour was seen yet", e);
    } catch (MalformedCborException e) {
      throw new IOException(
          "What this hub saw of its neighbours' journals is damaged ("
              + e.getMessage()
              + "): move "
              + file
              + " away to begin anew.",
          e);
    }
  }

  /** Reads the file: signed checkpoints, one per hub. */
  static List<Checkpoint> parse(byte[] bytes) throws MalformedCborException {
    if (!(Cbor.decode(bytes) instanceof List<?> list) || list.size() > MAX) {
      throw new MalformedCborException("not a list of checkpoints");
    }
    Map<String, Checkpoint> checkpoints = new LinkedHashMap<>();
    for (Object each : list) {
      if (!(each instanceof byte[] signed)) {
        throw new MalformedCborException("not a checkpoint");
      }
      Checkpoint checkpoint = Checkpoint.of(signed, List.of());
      checkpoints.put(checkpoint.origin(), checkpoint);
    }
    return List.copyOf(checkpoints.values());
  }

  /** What was seen, in the form of the file. */
  synchronized byte[] bytes() {
    return Cbor.encode(seen.values().stream().map(Checkpoint::signed).toList());
  }

  /** Takes over what a backup has seen and this hub has not: the later state of each hub. */
  synchronized void restore(byte[] bytes) throws IOException {
    Map<String, Checkpoint> before = new LinkedHashMap<>(seen);
    try {
      for (Checkpoint each : parse(bytes)) {
        Checkpoint known = seen.get(each.origin());
        boolean later =
            known == null
                ? seen.size() < MAX
                : each.epoch() > known.epoch()
                    || each.epoch() == known.epoch() && each.size() > known.size();
        if (later) {
          seen.put(each.origin(), each);
        }
      }
      DurableFiles.write(file, bytes(), true);
    } catch (MalformedCborException | IOException e) {
      seen.clear();
      seen.putAll(before);
      throw new IOException("What the backup saw of neighbours cannot be taken over: " + e, e);
    }
  }

  @Override
  public byte[] answer(String did, byte[] bytes) throws NeighbourException {
    WitnessWire.Question question;
    Checkpoint shown;
    try {
      question = WitnessWire.Question.decode(bytes);
      shown = Checkpoint.of(question.signed(), List.of());
      if (!shown.origin().equals(did)) {
        throw new MalformedCborException("it is another hub's");
      }
      peers.signedBy(did, SigningPurpose.CHECKPOINT, question.signed());
    } catch (MalformedCborException e) {
      throw new NeighbourException(
          REFUSED, "That is not a checkpoint of yours (" + e.getMessage() + ").");
    }
    return witness(shown, question).encode();
  }

  private synchronized WitnessWire.Answer witness(Checkpoint shown, WitnessWire.Question question)
      throws NeighbourException {
    Checkpoint before = seen.get(shown.origin());
    if (before != null && shown.epoch() < before.epoch()) {
      fork(before, shown, "an older epoch of its journal");
      return new WitnessWire.Answer(null, before.signed());
    }
    if (before != null && shown.epoch() == before.epoch()) {
      if (shown.size() < before.size()
          || shown.size() == before.size() && !Arrays.equals(shown.root(), before.root())) {
        fork(before, shown, "fewer or other entries than before");
        return new WitnessWire.Answer(null, before.signed());
      }
      if (shown.size() > before.size() && before.size() != question.from()) {
        return new WitnessWire.Answer(null, before.signed());
      }
      if (shown.size() > before.size()
          && !MerkleTree.verifyConsistency(
              before.size(), before.root(), shown.size(), shown.root(), question.path())) {
        fork(before, shown, "a journal that did not grow out of the one before");
        return new WitnessWire.Answer(null, before.signed());
      }
    }
    remember(shown);
    return new WitnessWire.Answer(
        identity.sign(
            SigningPurpose.COSIGNATURE,
            Checkpoint.payload(
                shown.origin(), shown.epoch(), shown.size(), shown.root(), shown.instant())),
        null);
  }

  private void remember(Checkpoint shown) throws NeighbourException {
    Checkpoint before = seen.put(shown.origin(), shown);
    if (before != null && before.epoch() == shown.epoch() && before.size() == shown.size()) {
      seen.put(shown.origin(), before); // nothing new
      return;
    }
    if (seen.size() > MAX) {
      seen.keySet().removeIf(did -> !did.equals(shown.origin()) && !peers.knows(did));
    }
    try {
      if (seen.size() > MAX) {
        throw new IOException("too many hubs");
      }
      DurableFiles.write(file, bytes(), true);
      troubles.over("witness");
    } catch (IOException e) {
      if (before == null) {
        seen.remove(shown.origin());
      } else {
        seen.put(shown.origin(), before);
      }
      troubles.say(
          "witness",
          "This hub cannot co-sign for neighbours: what it saw cannot be written ("
              + e.getMessage()
              + "). Make room on the disk.");
      throw new NeighbourException(REFUSED, "This hub cannot write down what it saw: try later.");
    }
  }

  private void fork(Checkpoint before, Checkpoint shown, String what) {
    troubles.alarm(
        "neighbour-forked",
        shown.origin(),
        peers.name(shown.origin())
            + " showed "
            + what
            + ": its journal was changed, or two hubs run with its key. Do not rely on its figures,"
            + " and tell its owner.",
        (long) before.epoch(),
        before.size(),
        before.root(),
        (long) shown.epoch(),
        shown.size(),
        shown.root());
  }
}
