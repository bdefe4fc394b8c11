package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.anchor.AggregateWire.Head;
import org.commonshub.ledger.anchor.AggregateWire.Placed;
import org.commonshub.ledger.anchor.AggregateWire.Promise;
import org.commonshub.ledger.anchor.AggregateWire.Proof;
import org.commonshub.ledger.anchor.AggregateWire.Question;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an aggregator anchor this hub's roots, and believes nothing: its promise is signed, its proof
 * checked, and what is not proven two quarters of an hour later is anchored alone. After each
 * failure the hub stays alone for 4 quarters, 8, 16 … a week. Runs on the anchor's thread only.
 */
final class Aggregation {
  static final String SILENT = "aggregator-silent";
  static final String LOST = "aggregator-lost";
  static final String LIED = "aggregator-lied";
  static final String TWO_ANSWERS = "aggregator-two-answers";

  private static final Logger LOG = LoggerFactory.getLogger(Aggregation.class);
  private static final Duration PATIENCE = Aggregator.PROMISED;

  /** Clocks of hubs may differ; what counts is this hub's own. */
  private static final Duration SLACK = Duration.ofHours(12);

  private static final long AGAIN_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_PENDING = 8;
  private static final int HEADS = 16;
  private static final long WEEK = 7 * 96;
  private static final int MAX_FILE = 1 << 20;

  /** A root at the aggregator. */
  private static final class Pending {
    private final AnchorLog.Row row;
    private final long by;
    private final long since;
    private byte[] promise;
    private Proof best;
    private Head bestHead;
    private boolean waiting;
    private boolean asked;
    private long askedAt;
    private String last = "it said nothing";
    private boolean lost;

    Pending(AnchorLog.Row row, long by, byte[] promise, long since) {
      this.row = row;
      this.by = by;
      this.promise = promise;
      this.since = since;
    }
  }

  private final String aggregator;
  private final String self;
  private final Path file;
  private final HubClock clock;
  private final Peers peers;
  private final Map<String, Ledger> ledgers;
  private final Proofs proofs;
  private final Troubles troubles;
  private final Executor thread;
  private final TreeMap<Long, Pending> pending = new TreeMap<>();
  private final TreeMap<Long, byte[]> heads = new TreeMap<>();
  private long failures;
  private long resume;

  /** Reads what is under way. */
  Aggregation(
      String aggregator,
      String self,
      Path file,
      HubClock clock,
      Peers peers,
      Map<String, Ledger> ledgers,
      Proofs proofs,
      Troubles troubles,
      Executor thread)
      throws IOException {
    this.aggregator = aggregator;
    this.self = self;
    this.file = file;
    this.clock = clock;
    this.peers = peers;
    this.ledgers = ledgers;
    this.proofs = proofs;
    this.troubles = troubles;
    this.thread = thread;
    try {
      read(DurableFiles.read(file, MAX_FILE));
    } catch (NoSuchFileException e) {
      LOG.debug("Nothing at the aggregator", e);
    } catch (MalformedCborException e) {
      LOG.warn("What was under way at the aggregator is damaged: those roots are anchored alone.");
    }
  }

  /** Hands a root over; false if it has to be anchored alone. */
  boolean offer(AnchorLog.Row row) {
    if (row.number() < resume || pending.size() >= MAX_PENDING) {
      return false;
    }
    long by = clock.now().plus(PATIENCE).toEpochMilli();
    pending.put(row.number(), new Pending(row, by, new byte[0], clock.monotonicNanos()));
    try {
      write();
    } catch (IOException e) {
      pending.remove(row.number());
      LOG.debug("Cannot remember what is at the aggregator", e);
      return false;
    }
    ask(pending.get(row.number()));
    return true;
  }

  /** Whether a root is there, or came back proven. */
  boolean holds(long number) {
    return pending.containsKey(number) || proofs.has(number);
  }

  boolean waitsFor(long number) {
    return pending.containsKey(number);
  }

  /** How a root that is there is shown. */
  Anchor.Anchored waiting(AnchorLog.Row row) {
    Instant since = Instant.ofEpochMilli(row.millis());
    return new Anchor.Anchored(
        peers.name(aggregator),
        row.size(),
        row.root(),
        since,
        Optional.of(aggregator),
        new Status(
            row.key(),
            Stage.ACCEPTED,
            since,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  void tick() {
    for (Pending each : List.copyOf(pending.values())) {
      if (!pending.containsKey(each.row.number())) {
        continue;
      }
      boolean over =
          clock.now().toEpochMilli() >= each.by
              || clock.monotonicNanos() - each.since >= PATIENCE.toNanos();
      if (over && each.best != null) {
        settle(each);
      } else if (over) {
        fail(
            each.lost ? LOST : SILENT,
            "did not show in time where this hub's root is: " + each.last,
            each.row);
      } else if (!each.waiting
          && (!each.asked || clock.monotonicNanos() - each.askedAt >= AGAIN_NANOS)) {
        ask(each);
      }
    }
  }

  private void ask(Pending each) {
    boolean offer = each.promise.length == 0;
    each.waiting = true;
    each.asked = true;
    each.askedAt = clock.monotonicNanos();
    peers
        .ask(aggregator, Topic.ROOT, new Question(offer, each.row.root()).encode())
        .whenComplete(
            (answer, failure) ->
                thread.execute(
                    () -> {
                      each.waiting = false;
                      if (pending.get(each.row.number()) != each) {
                        return;
                      }
                      if (failure != null) {
                        refused(each, offer, Peers.why(failure));
                      } else if (offer) {
                        promised(each, answer);
                      } else {
                        proven(each, answer);
                      }
                    }));
  }

  private void refused(Pending each, boolean offer, NeighbourException why) {
    each.last = why.getMessage();
    if (offer) {
      fail(SILENT, "does not take this hub's root: " + why.getMessage(), each.row);
    } else if (why.kind() == NeighbourException.Kind.REFUSED) {
      each.lost = true;
    }
  }

  private void promised(Pending each, byte[] answer) {
    try {
      Promise promise =
          Promise.decode(peers.signedBy(aggregator, SigningPurpose.AGGREGATE, answer));
      if (!promise.aggregator().equals(aggregator)
          || !promise.hub().equals(self)
          || !Arrays.equals(promise.root(), each.row.root())
          || promise.by() > clock.now().plus(PATIENCE).plus(SLACK).toEpochMilli()) {
        throw new MalformedCborException("it promises something else");
      }
      each.promise = answer;
      write();
    } catch (MalformedCborException e) {
      fail(LIED, "gave a promise that is not one: " + e.getMessage(), each.row);
    } catch (IOException e) {
      each.promise = new byte[0]; // asked for once more
      LOG.debug("Cannot remember a promise", e);
    }
  }

  private void proven(Pending each, byte[] answer) {
    each.last = "its root is on no ledger yet";
    each.lost = false;
    try {
      Optional<Proof> shown = Proof.decode(answer);
      if (shown.isEmpty()) {
        return;
      }
      Proof proof = shown.get();
      byte[] signed = peers.signedBy(aggregator, SigningPurpose.AGGREGATE, proof.head());
      Head head = Head.decode(signed);
      if (!head.aggregator().equals(aggregator)) {
        throw new MalformedCborException("a tree of another hub");
      }
      byte[] before = heads.putIfAbsent(head.number(), signed);
      if (before != null && !Arrays.equals(before, signed)) {
        Head other = Head.decode(before);
        fail(
            TWO_ANSWERS,
            "signed two different trees for the same quarter of an hour",
            each.row,
            other.root(),
            head.root());
        return;
      }
      while (heads.size() > HEADS) {
        heads.pollFirstEntry();
      }
      if (!MerkleTree.verifyInclusion(
          MerkleTree.leaf(each.row.root()),
          proof.index(),
          head.size(),
          proof.path(),
          head.root())) {
        throw new MalformedCborException("this hub's root is not in the tree that it shows");
      }
      for (Placed placed : proof.placed()) {
        if (!placed.key().equals("aggregate/" + head.number())) {
          throw new MalformedCborException("another submission than the one of the tree");
        }
      }
      if (proof.placed().stream().anyMatch(Placed::in)) {
        confirm(each, proof, head);
      }
    } catch (MalformedCborException e) {
      fail(LIED, "gave a false proof: " + e.getMessage(), each.row);
    }
  }

  /** Asks a ledger of this hub's own, if it is the same one; else the signature has to do. */
  private void confirm(Pending each, Proof proof, Head head) {
    for (Placed placed : proof.placed()) {
      Optional<Ledger> own =
          ledgers.values().stream()
              .filter(ledger -> placed.in() && placed.isOn(ledger.description()))
              .findFirst();
      if (own.isPresent()) {
        each.waiting = true;
        own.get()
            .confirms(head.root(), placed.proof().orElseThrow())
            .exceptionally(failure -> Optional.empty())
            .whenComplete(
                (confirmed, failure) ->
                    thread.execute(
                        () -> {
                          each.waiting = false;
                          if (pending.get(each.row.number()) != each) {
                            return;
                          }
                          if (confirmed.orElse(true)) {
                            accept(each, proof, head);
                          } else {
                            fail(
                                LIED,
                                "says that this hub's root is on "
                                    + placed.network()
                                    + ", where it is not",
                                each.row,
                                head.root());
                          }
                        }));
        return;
      }
    }
    accept(each, proof, head);
  }

  private void accept(Pending each, Proof proof, Head head) {
    each.best = proof;
    each.bestHead = head;
    if (proof.placed().stream().anyMatch(p -> p.in() && p.stage() == Stage.FINAL)) {
      settle(each);
    }
  }

  private void settle(Pending each) {
    try {
      proofs.store(
          new Proofs.Proven(
              each.row, aggregator, clock.now().toEpochMilli(), each.bestHead, each.best),
          each.best.head());
      pending.remove(each.row.number());
      failures = 0;
      write();
      for (String word : List.of(SILENT, LOST, LIED, TWO_ANSWERS)) {
        troubles.over(word + " " + aggregator);
      }
      troubles.over("aggregation");
    } catch (IOException e) {
      troubles.say(
          "aggregation",
          "What the aggregator proved cannot be written ("
              + e.getMessage()
              + "): make room on the disk. It is asked again.");
    }
  }

  /** Takes back what is there and stays alone for a while. */
  private void fail(String word, String what, AnchorLog.Row row, Object... parts) {
    long newest = pending.lastKey();
    failures++;
    long quarters = Math.min(WEEK, 4L << Math.min(failures - 1, 16));
    resume = newest + quarters;
    pending.clear();
    List<Object> all = new ArrayList<>(List.of(row.number(), row.root()));
    all.addAll(List.of(parts));
    troubles.alarm(
        word,
        aggregator,
        peers.name(aggregator)
            + ", the aggregator, "
            + what
            + (what.endsWith(".") ? "" : ".")
            + " This hub anchors alone for the next "
            + (quarters / 4 == 1 ? "hour" : quarters / 4 + " hours")
            + " and then tries again; choose another aggregator if it goes on.",
        all.toArray());
    try {
      write();
    } catch (IOException e) {
      LOG.debug("Cannot remember that the aggregator failed", e);
    }
  }

  private void write() throws IOException {
    List<Object> rows = new ArrayList<>();
    for (Pending each : pending.values()) {
      rows.add(
          List.of(
              each.row.number(),
              (long) each.row.epoch(),
              each.row.size(),
              each.row.root(),
              each.row.millis(),
              each.by,
              each.promise));
    }
    Map<Object, Object> map = new HashMap<>();
    map.put(0L, aggregator);
    map.put(1L, failures);
    map.put(2L, resume);
    map.put(3L, rows);
    map.put(4L, List.copyOf(heads.values()));
    DurableFiles.write(file, Cbor.encode(map), true);
  }

  private void read(byte[] bytes) throws MalformedCborException {
    if (!(Cbor.decode(bytes) instanceof Map<?, ?> map
        && map.get(0L) instanceof String of
        && map.get(1L) instanceof Long failed
        && map.get(2L) instanceof Long from
        && map.get(3L) instanceof List<?> rows
        && rows.size() <= MAX_PENDING
        && map.get(4L) instanceof List<?> known
        && known.size() <= HEADS + 1)) {
      throw new MalformedCborException("not the state of an aggregation");
    }
    if (!of.equals(aggregator)) {
      return; // the settings name another one now: what was there is anchored alone
    }
    for (Object each : rows) {
      if (!(each instanceof List<?> row
          && row.size() == 7
          && row.get(0) instanceof Long number
          && row.get(1) instanceof Long epoch
          && row.get(2) instanceof Long size
          && row.get(3) instanceof byte[] root
          && row.get(4) instanceof Long millis
          && row.get(5) instanceof Long by
          && row.get(6) instanceof byte[] promise)) {
        throw new MalformedCborException("not a root");
      }
      pending.put(
          number,
          new Pending(
              new AnchorLog.Row(number, epoch.intValue(), size, root, millis),
              by,
              promise,
              clock.monotonicNanos()));
    }
    for (Object each : known) {
      if (!(each instanceof byte[] head)) {
        throw new MalformedCborException("not a head");
      }
      heads.put(Head.decode(head).number(), head);
    }
    failures = failed;
    resume = from;
  }
}
