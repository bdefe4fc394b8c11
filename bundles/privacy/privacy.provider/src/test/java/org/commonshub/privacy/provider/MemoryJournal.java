package org.commonshub.privacy.provider;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;

/** A journal in memory. */
final class MemoryJournal implements Journal {
  final List<EntryKind> kinds = new ArrayList<>();
  final List<byte[]> contents = new ArrayList<>();
  final List<Long> erased = new ArrayList<>();

  @Override
  public synchronized long append(EntryKind kind, byte[] content) throws IOException {
    if (content.length > MAX_CONTENT) {
      throw new IOException("too long");
    }
    kinds.add(kind);
    contents.add(content);
    return kinds.size() - 1;
  }

  @Override
  public synchronized long size() {
    return kinds.size();
  }

  @Override
  public List<Entry> entries(long from, long to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized Optional<Entry> newest(EntryKind kind, Instant at) {
    int index = kinds.lastIndexOf(kind);
    return index < 0 ? Optional.empty() : Optional.of(new Entry(index, kind, Instant.EPOCH, false));
  }

  @Override
  public synchronized Optional<byte[]> content(long index) {
    return Optional.of(contents.get((int) index));
  }

  @Override
  public Checkpoint checkpoint() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Checkpoint> latest() {
    return Optional.empty();
  }

  @Override
  public void cosigned(long size, byte[] cosignature) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<byte[]> consistency(long from, long to) {
    throw new UnsupportedOperationException();
  }

  @Override
  public byte[] receipt(long index) {
    throw new UnsupportedOperationException();
  }

  @Override
  public synchronized void erase(List<Long> indices) {
    erased.addAll(indices);
  }

  @Override
  public List<Alarm> alarms() {
    return List.of();
  }
}
