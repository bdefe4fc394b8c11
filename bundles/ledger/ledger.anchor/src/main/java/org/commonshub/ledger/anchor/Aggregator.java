package org.commonshub.ledger.anchor;

import static org.commonshub.neighbour.api.NeighbourException.Kind.REFUSED;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.anchor.AggregateWire.Head;
import org.commonshub.ledger.anchor.AggregateWire.Placed;
import org.commonshub.ledger.anchor.AggregateWire.Promise;
import org.commonshub.ledger.anchor.AggregateWire.Proof;
import org.commonshub.ledger.anchor.AggregateWire.Question;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.SubmissionKind;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Collects roots of neighbours, builds one tree per quarter of an hour, puts its root on the
 * ledgers and tells each hub where it is. A root is durable before it is promised. Any thread.
 */
final class Aggregator implements NeighbourService {
  static final int PER_HUB = 4;
  static final Duration PROMISED = Anchoring.QUARTER.multipliedBy(2);

  private static final Logger LOG = LoggerFactory.getLogger(Aggregator.class);

  /** How long after the beginning of a quarter roots of that quarter are waited for. */
  private static final Duration WINDOW = Duration.ofMinutes(3);

  private static final int KEPT = 16;
  private static final int MAX_FILE = AggregateWire.MAX_LEAVES * 600 + 4096;

  /** A hub and its root. */
  record Leaf(String did, byte[] root) {}

  /** A tree: its signed head and what is in it. */
  record Aggregate(long number, byte[] head, List<Leaf> leaves) {
    String key() {
      return "aggregate/" + number;
    }

    byte[] encode() {
      return Cbor.encode(
          Map.of(1L, number, 2L, head, 3L, leaves.stream().map(Aggregate::value).toList()));
    }

    private static List<Object> value(Leaf leaf) {
      return List.of(leaf.did(), leaf.root());
    }

    static Aggregate decode(byte[] bytes) throws MalformedCborException {
      if (Cbor.decode(bytes) instanceof Map<?, ?> map
          && map.get(1L) instanceof Long number
          && map.get(2L) instanceof byte[] head
          && map.get(3L) instanceof List<?> list
          && list.size() <= AggregateWire.MAX_LEAVES) {
        List<Leaf> leaves = new ArrayList<>();
        for (Object each : list) {
          if (!(each instanceof List<?> leaf
              && leaf.size() == 2
              && leaf.get(0) instanceof String did
              && leaf.get(1) instanceof byte[] root
              && root.length == MerkleTree.HASH)) {
            throw new MalformedCborException("not a leaf");
          }
          leaves.add(new Leaf(did, root));
        }
        return new Aggregate(number, head, leaves);
      }
      throw new MalformedCborException("not an aggregate");
    }
  }

  private final Path directory;
  private final HubIdentity identity;
  private final HubClock clock;
  private final Map<String, Ledger> ledgers;
  private final Troubles troubles;
  private final TreeMap<Long, Aggregate> closed = new TreeMap<>();
  private final List<Leaf> open = new ArrayList<>();
  private long closedAt;
  private long floor = -1;

  Aggregator(
      Path directory,
      HubIdentity identity,
      HubClock clock,
      Map<String, Ledger> ledgers,
      Troubles troubles)
      throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
    this.identity = identity;
    this.clock = clock;
    this.ledgers = ledgers;
    this.troubles = troubles;
    this.closedAt = clock.monotonicNanos();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.aggregate")) {
      for (Path file : files) {
        Aggregate aggregate = Aggregate.decode(DurableFiles.read(file, MAX_FILE));
        closed.put(aggregate.number(), aggregate);
      }
      Aggregate waiting = Aggregate.decode(DurableFiles.read(openFile(), MAX_FILE));
      open.addAll(waiting.leaves());
      floor = waiting.number();
    } catch (NoSuchFileException e) {
      LOG.debug("Nothing waits", e);
    } catch (MalformedCborException e) {
      throw new IOException(
          "What this aggregator collected is damaged ("
              + e.getMessage()
              + "): move "
              + directory
              + " away to begin anew.",
          e);
    }
  }

  @Override
  public byte[] answer(String did, byte[] bytes) throws NeighbourException {
    try {
      Question question = Question.decode(bytes);
      return question.offer() ? take(did, question.root()) : proof(did, question.root());
    } catch (MalformedCborException e) {
      throw new NeighbourException(REFUSED, "That was " + e.getMessage() + ".");
    }
  }

  private byte[] take(String did, byte[] root) throws NeighbourException {
    synchronized (this) {
      if (open.stream().noneMatch(leaf -> is(leaf, did, root))) {
        if (open.size() >= AggregateWire.MAX_LEAVES
            || open.stream().filter(leaf -> leaf.did().equals(did)).count() >= PER_HUB) {
          throw new NeighbourException(REFUSED, "This aggregator has enough roots for now.");
        }
        open.add(new Leaf(did, root));
        try {
          storeOpen();
        } catch (IOException e) {
          open.remove(open.size() - 1);
          LOG.debug("A root could not be stored", e);
          throw new NeighbourException(REFUSED, "This aggregator cannot write to its disk.");
        }
      }
    }
    long by = clock.now().plus(PROMISED).toEpochMilli();
    return identity.sign(
        SigningPurpose.AGGREGATE, new Promise(identity.did(), did, root, by).encode());
  }

  private byte[] proof(String did, byte[] root) throws NeighbourException {
    Aggregate found = null;
    synchronized (this) {
      for (Aggregate each : closed.descendingMap().values()) {
        if (each.leaves().stream().anyMatch(leaf -> is(leaf, did, root))) {
          found = each;
          break;
        }
      }
      if (found == null) {
        if (open.stream().anyMatch(leaf -> is(leaf, did, root))) {
          return Proof.WAITING;
        }
        throw new NeighbourException(REFUSED, "This aggregator does not have that root.");
      }
    }
    int index = 0;
    while (!is(found.leaves().get(index), did, root)) {
      index++;
    }
    List<byte[]> path = MerkleTree.inclusion(hashes(found.leaves()), index);
    List<Placed> placed = new ArrayList<>();
    int room = Neighbours.MAX_BYTES - 16 * 1024;
    for (Ledger ledger : ledgers.values()) {
      Optional<Status> status = ledger.status(found.key());
      if (status.isPresent() && placed.size() < AggregateWire.MAX_LEDGERS) {
        Optional<byte[]> proof = prove(ledger, found.key());
        if (proof.isPresent() && proof.get().length > room) {
          proof = Optional.empty();
        }
        room -= proof.map(p -> p.length).orElse(0);
        LedgerDescription description = ledger.description();
        placed.add(
            new Placed(
                description.technology(),
                description.network(),
                found.key(),
                status.get().stage(),
                status.get().position(),
                status.get().reference(),
                proof));
      }
    }
    return new Proof(found.head(), index, path, placed).encode();
  }

  private static Optional<byte[]> prove(Ledger ledger, String key) {
    try {
      return ledger.prove(key);
    } catch (IOException e) {
      LOG.debug("No proof of {}", key, e);
      return Optional.empty();
    }
  }

  /** Builds the tree of the quarter when it is due, and puts it on ledgers that lack it. */
  void tick() {
    try {
      close();
      place();
      troubles.over("aggregator");
    } catch (IllegalArgumentException e) {
      troubles.say(
          "aggregator",
          "The last tree of neighbours' roots has the number of one that this hub forgot (its data"
              + " was lost?): those neighbours anchor alone, the next tree has the next number.");
    } catch (IOException e) {
      troubles.say(
          "aggregator",
          "This hub cannot aggregate its neighbours' roots ("
              + e.getMessage()
              + "): make room on the disk. It tries again by itself.");
    }
  }

  /**
   * A backup was restored: another device may have signed trees with this hub's key up to now, so
   * this one begins with the next number.
   */
  synchronized void restored() throws IOException {
    floor = Math.max(floor, Anchoring.quarter(clock.now()));
    closedAt = clock.monotonicNanos();
    storeOpen();
  }

  private synchronized void close() throws IOException {
    long quarter = Anchoring.quarter(clock.now().minus(WINDOW));
    long last = closed.isEmpty() ? floor : Math.max(floor, closed.lastKey());
    // When the clock was set back, trees are numbered on, one per quarter of an hour that runs.
    boolean behind = clock.monotonicNanos() - closedAt >= Anchoring.QUARTER.toNanos();
    if (open.isEmpty() || quarter <= last && !behind) {
      return;
    }
    long number = Math.max(quarter, last + 1);
    List<Leaf> leaves = List.copyOf(open);
    byte[] root = MerkleTree.root(hashes(leaves));
    byte[] head =
        identity.sign(
            SigningPurpose.AGGREGATE,
            new Head(identity.did(), number, leaves.size(), root).encode());
    Aggregate aggregate = new Aggregate(number, head, leaves);
    DurableFiles.write(file(number), aggregate.encode(), true);
    closed.put(number, aggregate);
    closedAt = clock.monotonicNanos();
    open.clear();
    storeOpen(); // after a power cut before this line they are in the next tree as well
    while (closed.size() > KEPT) {
      Files.deleteIfExists(file(closed.firstKey()));
      closed.pollFirstEntry();
    }
  }

  private void place() throws IOException {
    Aggregate newest;
    synchronized (this) {
      if (closed.isEmpty()) {
        return;
      }
      newest = closed.lastEntry().getValue();
    }
    for (Ledger ledger : ledgers.values()) {
      if (ledger.status(newest.key()).isEmpty()) {
        ledger.submit(newest.key(), SubmissionKind.ROOT, MerkleTree.root(hashes(newest.leaves())));
      }
    }
  }

  private static List<byte[]> hashes(List<Leaf> leaves) {
    return leaves.stream().map(leaf -> MerkleTree.leaf(leaf.root())).toList();
  }

  private static boolean is(Leaf leaf, String did, byte[] root) {
    return leaf.did().equals(did) && Arrays.equals(leaf.root(), root);
  }

  private void storeOpen() throws IOException {
    DurableFiles.write(openFile(), new Aggregate(floor, new byte[0], open).encode(), true);
  }

  private Path openFile() {
    return directory.resolve("open");
  }

  private Path file(long number) {
    return directory.resolve(number + ".aggregate");
  }
}
