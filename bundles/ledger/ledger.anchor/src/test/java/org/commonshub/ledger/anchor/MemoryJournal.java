package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.platform.api.HubClock;

/** A journal in memory, that can be forked and cut. */
final class MemoryJournal implements Journal {
  final HubIdentity identity;
  private final HubClock clock;
  private final List<byte[]> leaves = new ArrayList<>();
  private final List<byte[]> hub = new ArrayList<>();
  private final List<byte[]> cosignatures = new ArrayList<>();
  private final List<Alarm> alarms = new ArrayList<>();
  private Checkpoint latest;
  private int epoch = 1;

  MemoryJournal(HubIdentity identity, HubClock clock) {
    this.identity = identity;
    this.clock = clock;
  }

  /** As many entries as that, their content made from a word. */
  synchronized MemoryJournal fill(String word, int count) {
    for (int i = 0; i < count; i++) {
      append(EntryKind.READINGS, (word + i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }
    return this;
  }

  synchronized void cut(int size, int newEpoch) {
    while (leaves.size() > size) {
      leaves.remove(leaves.size() - 1);
    }
    epoch = newEpoch;
    latest = null;
  }

  /** Contents of entries of kind HUB. */
  synchronized List<byte[]> hub() {
    return List.copyOf(hub);
  }

  synchronized List<byte[]> cosignatures() {
    return List.copyOf(cosignatures);
  }

  @Override
  public synchronized long append(EntryKind kind, byte[] content) {
    if (kind == EntryKind.HUB) {
      hub.add(content);
    }
    leaves.add(MerkleTree.leaf(content));
    return leaves.size() - 1;
  }

  @Override
  public synchronized long size() {
    return leaves.size();
  }

  @Override
  public List<Entry> entries(long from, long to) {
    return List.of();
  }

  @Override
  public Optional<Entry> newest(EntryKind kind, Instant at) {
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> content(long index) {
    return Optional.empty();
  }

  @Override
  public synchronized Checkpoint checkpoint() {
    if (latest == null || latest.size() != leaves.size()) {
      byte[] root = MerkleTree.root(leaves);
      Instant now = clock.now();
      byte[] payload = Checkpoint.payload(identity.did(), epoch, leaves.size(), root, now);
      latest =
          new Checkpoint(
              identity.did(),
              epoch,
              leaves.size(),
              root,
              now,
              identity.sign(SigningPurpose.CHECKPOINT, payload),
              List.of());
    }
    return latest;
  }

  @Override
  public synchronized Optional<Checkpoint> latest() {
    return Optional.ofNullable(latest);
  }

  @Override
  public synchronized void cosigned(long size, byte[] cosignature) throws IOException {
    Checkpoint seen;
    try {
      seen = Checkpoint.of(cosignature, List.of());
    } catch (org.commonshub.identity.api.MalformedCborException e) {
      throw new IOException(e);
    }
    if (size > leaves.size()
        || !Arrays.equals(seen.root(), MerkleTree.root(leaves.subList(0, (int) size)))) {
      alarms.add(new Alarm(clock.now(), "two-hubs", "Another hub signs with this hub's key."));
      throw new IOException("another state");
    }
    cosignatures.add(cosignature);
  }

  @Override
  public synchronized List<byte[]> consistency(long from, long to) {
    return subproof((int) from, leaves.subList(0, (int) to), true);
  }

  /** RFC 9162, section 2.1.4.1. */
  private static List<byte[]> subproof(int m, List<byte[]> d, boolean whole) {
    int n = d.size();
    if (m == n) {
      return whole ? List.of() : List.of(MerkleTree.root(d));
    }
    int k = Integer.highestOneBit(n - 1);
    List<byte[]> proof = new ArrayList<>();
    if (m <= k) {
      proof.addAll(subproof(m, d.subList(0, k), whole));
      proof.add(MerkleTree.root(d.subList(k, n)));
    } else {
      proof.addAll(subproof(m - k, d.subList(k, n), false));
      proof.add(MerkleTree.root(d.subList(0, k)));
    }
    return proof;
  }

  @Override
  public byte[] receipt(long index) throws IOException {
    throw new IOException("not here");
  }

  @Override
  public void erase(List<Long> indices) throws IOException {
    throw new IOException("not here");
  }

  @Override
  public synchronized List<Alarm> alarms() {
    return List.copyOf(alarms);
  }
}
