package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.anchor.AggregateWire.Head;
import org.commonshub.ledger.anchor.AggregateWire.Placed;
import org.commonshub.ledger.anchor.AggregateWire.Proof;
import org.commonshub.platform.api.DurableFiles;

/**
 * What aggregators proved: one file per number, named {@code NUMBER-SIZE}. The newest 3,000 (a
 * month) are all kept, of older ones the last of each day: it covers the entries of that day as
 * well. Not thread-safe.
 */
final class Proofs {
  static final int ALL = 3000;

  private static final int PER_DAY = 96;
  static final int MAX_FILE = 96 * 1024;
  private static final Pattern NAME = Pattern.compile("([0-9]{1,18})-([0-9]{1,18})");

  /**
   * One.
   *
   * @param row what was anchored
   * @param aggregator DID
   * @param millis when it was proven
   */
  record Proven(AnchorLog.Row row, String aggregator, long millis, Head head, Proof proof) {
    /** The ledger that it is best proven on. */
    Placed placed() {
      return proof.placed().stream()
          .filter(Placed::in)
          .max((a, b) -> a.stage().compareTo(b.stage()))
          .orElseThrow();
    }
  }

  private final Path directory;
  private final TreeMap<Long, Long> sizes = new TreeMap<>();

  Proofs(Path directory) throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches()) {
          sizes.put(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)));
        }
      }
    }
  }

  boolean has(long number) {
    return sizes.containsKey(number);
  }

  void store(Proven proven, byte[] signedHead) throws IOException {
    AnchorLog.Row row = proven.row();
    Map<Object, Object> map =
        Map.of(
            1L, proven.aggregator(),
            2L, row.number(),
            3L, (long) row.epoch(),
            4L, row.size(),
            5L, row.root(),
            6L, row.millis(),
            7L, proven.millis(),
            8L, proven.head().encode(),
            9L,
                new Proof(
                        signedHead,
                        proven.proof().index(),
                        proven.proof().path(),
                        proven.proof().placed())
                    .encode());
    DurableFiles.write(file(row.number(), row.size()), Cbor.encode(map), true);
    sizes.put(row.number(), row.size());
    if (sizes.size() > ALL) {
      thin();
    }
  }

  /** Rows over more entries than this are of a journal that is no more. */
  void forgetAbove(long size) throws IOException {
    for (Map.Entry<Long, Long> each : new TreeMap<>(sizes).entrySet()) {
      if (each.getValue() > size) {
        Files.deleteIfExists(file(each.getKey(), each.getValue()));
        sizes.remove(each.getKey());
      }
    }
  }

  /** All of them. */
  void clear() throws IOException {
    forgetAbove(-1);
  }

  /** Numbers of all, oldest first. */
  List<Long> numbers() {
    return List.copyOf(sizes.keySet());
  }

  /** One as it is on the disk; empty if it is not there any more. */
  Optional<byte[]> bytes(long number) throws IOException {
    Long size = sizes.get(number);
    return size == null
        ? Optional.empty()
        : Optional.of(DurableFiles.read(file(number, size), MAX_FILE));
  }

  /** Takes one over from a backup, unless there is one of that number. */
  void restore(byte[] bytes) throws IOException {
    try {
      AnchorLog.Row row = parse(bytes).row();
      if (!has(row.number())) {
        DurableFiles.write(file(row.number(), row.size()), bytes, true);
        sizes.put(row.number(), row.size());
      }
    } catch (MalformedCborException e) {
      throw new IOException("A proof of an aggregator in the backup is damaged.", e);
    }
  }

  private void thin() throws IOException {
    long newest = sizes.lastKey();
    Long above = null;
    for (Long number : sizes.descendingKeySet().stream().toList()) {
      if (number <= newest - ALL && above != null && above / PER_DAY == number / PER_DAY) {
        Files.deleteIfExists(file(number, sizes.get(number)));
        sizes.remove(number);
      } else {
        above = number;
      }
    }
  }

  /** The oldest that covers an entry. */
  Optional<Proven> covering(long index) throws IOException {
    for (Map.Entry<Long, Long> each : sizes.entrySet()) {
      if (each.getValue() > index) {
        return read(each.getKey());
      }
    }
    return Optional.empty();
  }

  /** The one of a number. */
  Optional<Proven> read(long number) throws IOException {
    Long size = sizes.get(number);
    if (size == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse(DurableFiles.read(file(number, size), MAX_FILE)));
    } catch (MalformedCborException e) {
      throw new IOException("Proof " + number + " of an aggregator is damaged on the disk.", e);
    }
  }

  static Proven parse(byte[] bytes) throws MalformedCborException {
    if (Cbor.decode(bytes) instanceof Map<?, ?> map
        && map.get(1L) instanceof String aggregator
        && map.get(2L) instanceof Long number
        && map.get(3L) instanceof Long epoch
        && map.get(4L) instanceof Long size
        && map.get(5L) instanceof byte[] root
        && map.get(6L) instanceof Long millis
        && map.get(7L) instanceof Long proven
        && map.get(8L) instanceof byte[] head
        && map.get(9L) instanceof byte[] proof) {
      Proof parsed = Proof.decode(proof).orElseThrow(() -> new MalformedCborException("no proof"));
      if (parsed.placed().stream().noneMatch(Placed::in)) {
        throw new MalformedCborException("on no ledger");
      }
      return new Proven(
          new AnchorLog.Row(number, epoch.intValue(), size, root, millis),
          aggregator,
          proven,
          Head.decode(head),
          parsed);
    }
    throw new MalformedCborException("not a proof");
  }

  private Path file(long number, long size) {
    return directory.resolve(number + "-" + size);
  }
}
