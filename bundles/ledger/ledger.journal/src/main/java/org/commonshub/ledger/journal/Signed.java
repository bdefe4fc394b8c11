package org.commonshub.ledger.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Checkpoint;

/**
 * The newest {@value #KEPT} checkpoints of the current epoch with their co-signatures, the epoch,
 * and evidence of a second hub. Records of file {@code signed}: {@code [1, checkpoint]}, {@code [2,
 * size, co-signature]}, {@code [3, epoch]}, {@code [4, epoch, key, instant, evidence]}. Not
 * thread-safe.
 */
final class Signed {
  static final int KEPT = 32;
  static final int COSIGNATURES = 16;
  static final int MAX_COSIGNATURE = 4096;
  private static final int FILE = 256 * 1024;

  /** A signature of ours that we did not make. */
  record Evidence(int epoch, String key, Instant since, byte[] signature) {}

  private final RecordLog log;
  private final TreeMap<Long, Checkpoint> kept = new TreeMap<>();
  private int epoch = 1;
  private Optional<Evidence> evidence = Optional.empty();
  private int unreadable;

  Signed(Disk disk) throws IOException {
    log = new RecordLog(disk, "signed");
    for (byte[] record : log.recover()) {
      try {
        read(record);
      } catch (MalformedCborException e) {
        unreadable++;
      }
    }
  }

  private void read(byte[] record) throws MalformedCborException {
    if (!(Cbor.decode(record) instanceof List<?> parts && !parts.isEmpty())) {
      throw new MalformedCborException("not a record");
    }
    if (parts.get(0).equals(1L) && parts.size() == 2 && parts.get(1) instanceof byte[] signed) {
      Checkpoint checkpoint = Checkpoint.of(signed, List.of());
      if (checkpoint.epoch() == epoch) {
        keep(checkpoint);
      }
    } else if (parts.get(0).equals(2L)
        && parts.size() == 3
        && parts.get(1) instanceof Long size
        && parts.get(2) instanceof byte[] cosignature) {
      with(size, cosignature);
    } else if (parts.get(0).equals(3L)
        && parts.size() == 2
        && parts.get(1) instanceof Long next
        && next > 0
        && next < Integer.MAX_VALUE) {
      epoch = next.intValue();
      kept.clear();
    } else if (parts.get(0).equals(4L)
        && parts.size() == 5
        && parts.get(1) instanceof Long at
        && at >= 0
        && at <= Integer.MAX_VALUE
        && parts.get(2) instanceof String key
        && parts.get(3) instanceof Long since
        && parts.get(4) instanceof byte[] signature) {
      evidence =
          Optional.of(new Evidence(at.intValue(), key, Instant.ofEpochMilli(since), signature));
    } else {
      throw new MalformedCborException("not a record");
    }
  }

  private void keep(Checkpoint checkpoint) {
    kept.put(checkpoint.size(), checkpoint);
    while (kept.size() > KEPT) {
      kept.pollFirstEntry();
    }
  }

  private void with(long size, byte[] cosignature) {
    Checkpoint checkpoint = kept.get(size);
    if (checkpoint != null) {
      List<byte[]> all = new ArrayList<>(checkpoint.cosignatures());
      all.add(cosignature);
      kept.put(
          size,
          new Checkpoint(
              checkpoint.origin(),
              checkpoint.epoch(),
              size,
              checkpoint.root(),
              checkpoint.instant(),
              checkpoint.signed(),
              all));
    }
  }

  int epoch() {
    return epoch;
  }

  Optional<Evidence> evidence() {
    return evidence;
  }

  int unreadable() {
    return unreadable;
  }

  Optional<Checkpoint> newest() {
    return kept.isEmpty() ? Optional.empty() : Optional.of(kept.lastEntry().getValue());
  }

  Optional<Checkpoint> of(long size) {
    return Optional.ofNullable(kept.get(size));
  }

  /** The checkpoint that most neighbours signed among those over an entry; the newest of these. */
  Optional<Checkpoint> covering(long index) {
    Checkpoint best = null;
    for (Checkpoint each : kept.tailMap(index, false).values()) {
      if (best == null || each.cosignatures().size() >= best.cosignatures().size()) {
        best = each;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Forgets checkpoints whose signature does not hold. */
  void drop(Checkpoint checkpoint) {
    kept.remove(checkpoint.size());
  }

  private void append(byte[] record) throws IOException {
    if (log.size() + record.length > FILE) {
      List<byte[]> records = new ArrayList<>();
      records.add(Cbor.encode(List.of(3L, (long) epoch)));
      evidence.ifPresent(e -> records.add(encode(e)));
      for (Checkpoint each : kept.values()) {
        records.add(Cbor.encode(List.of(1L, each.signed())));
        for (byte[] cosignature : each.cosignatures()) {
          records.add(Cbor.encode(List.of(2L, each.size(), cosignature)));
        }
      }
      log.rewrite(records);
    }
    log.append(List.of(record));
  }

  void add(Checkpoint checkpoint) throws IOException {
    append(Cbor.encode(List.of(1L, checkpoint.signed())));
    keep(checkpoint);
  }

  /** Adds a co-signature unless that key signed already. */
  void cosign(Checkpoint checkpoint, byte[] cosignature, String kid) throws IOException {
    for (byte[] each : checkpoint.cosignatures()) {
      try {
        if (kid(CoseSign1.parse(each)).equals(kid)) {
          return;
        }
      } catch (MalformedCborException e) {
        throw new IOException("A kept co-signature cannot be read", e);
      }
    }
    if (checkpoint.cosignatures().size() >= COSIGNATURES) {
      return;
    }
    append(Cbor.encode(List.of(2L, checkpoint.size(), cosignature)));
    with(checkpoint.size(), cosignature);
  }

  void begin(int next) throws IOException {
    append(Cbor.encode(List.of(3L, (long) next)));
    epoch = next;
    kept.clear();
  }

  void accuse(Evidence found) throws IOException {
    append(encode(found));
    evidence = Optional.of(found);
  }

  private static byte[] encode(Evidence e) {
    return Cbor.encode(
        Arrays.asList(4L, (long) e.epoch(), e.key(), e.since().toEpochMilli(), e.signature()));
  }

  /** Key identifier in the unprotected header; empty if there is none. */
  static String kid(CoseSign1 cose) {
    Map<Object, Object> header = cose.unprotectedHeader();
    return header.get(CoseSign1.KID) instanceof byte[] kid && kid.length <= 128
        ? new String(kid, StandardCharsets.UTF_8)
        : "";
  }
}
