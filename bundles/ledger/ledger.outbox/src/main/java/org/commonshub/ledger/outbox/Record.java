package org.commonshub.ledger.outbox;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.LedgerDescription;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Submission;
import org.commonshub.ledger.api.SubmissionKind;

/** One line of the log, as deterministic CBOR: an array that begins with the kind of record. */
sealed interface Record {
  /** A submission was taken. */
  record Taken(Submission submission, Instant at) implements Record {}

  /**
   * An attempt, before it was sent.
   *
   * @param anew whether the ledger said that all earlier ones of the submission are void
   */
  record Tried(String key, int number, byte[] bytes, boolean anew) implements Record {
    /** Whether it was prepared, rather than replacing another one in its place. */
    boolean prepared() {
      return number == 0 || anew;
    }
  }

  /** A submission reached a stage, or fell back to one. */
  record Staged(
      String key,
      Stage stage,
      Instant at,
      Optional<String> reference,
      Optional<Long> position,
      Optional<Long> cost,
      Optional<byte[]> proof,
      Optional<String> problem)
      implements Record {}

  /** Every number of a stream up to this one was taken, and what came of it is forgotten. */
  record Mark(String stream, long number) implements Record {}

  /** What is left of a forgotten key. */
  record Forgotten(byte[] key, byte[] effect, Instant at, boolean rejected) implements Record {}

  /** The newest attempt ever prepared; empty after a person resumed. */
  record Last(Optional<byte[]> bytes) implements Record {}

  /** Why everything stopped until a person resumes; empty when one did. */
  record Stop(Optional<String> problem) implements Record {}

  /** State was restored or salvaged: look for effects before preparing. */
  record Fence() implements Record {}

  /** What the ledger last said of itself. */
  record Described(LedgerDescription description) implements Record {}

  /** Bytes of a kept key or effect. */
  int HASH = 16;

  /** Encodes. */
  default byte[] encode() {
    List<Object> parts;
    if (this instanceof Taken r) {
      Submission s = r.submission();
      parts = Arrays.asList(1L, s.key(), s.kind().name(), s.digest(), s.body(), millis(r.at()));
    } else if (this instanceof Tried r) {
      parts = Arrays.asList(2L, r.key(), (long) r.number(), r.bytes(), r.anew());
    } else if (this instanceof Staged r) {
      parts =
          Arrays.asList(
              3L,
              r.key(),
              r.stage().name(),
              millis(r.at()),
              r.reference().orElse(null),
              r.position().orElse(null),
              r.cost().orElse(null),
              r.proof().orElse(null),
              r.problem().orElse(null));
    } else if (this instanceof Mark r) {
      parts = Arrays.asList(4L, r.stream(), r.number());
    } else if (this instanceof Forgotten r) {
      parts = Arrays.asList(5L, r.key(), r.effect(), millis(r.at()), r.rejected());
    } else if (this instanceof Last r) {
      parts = Arrays.asList(6L, r.bytes().orElse(null));
    } else if (this instanceof Stop r) {
      parts = Arrays.asList(7L, r.problem().orElse(null));
    } else if (this instanceof Fence) {
      parts = Arrays.asList(8L);
    } else if (this instanceof Described r) {
      LedgerDescription d = r.description();
      parts = Arrays.asList(9L, d.name(), d.technology(), d.network(), d.costUnit(), d.trust());
    } else {
      throw new IllegalStateException("a record of a kind that is not known here");
    }
    return Cbor.encode(parts);
  }

  /**
   * Decodes.
   *
   * @throws MalformedCborException if it is anything that {@link #encode} does not write
   */
  static Record decode(byte[] bytes) throws MalformedCborException {
    if (!(Cbor.decode(bytes) instanceof List<?> parts)
        || parts.isEmpty()
        || !(parts.get(0) instanceof Long kind)) {
      throw new MalformedCborException("not a record of an outbox");
    }
    try {
      Record record = of(kind.intValue(), parts);
      if (kind != kind.intValue() || !Arrays.equals(record.encode(), bytes)) {
        throw new MalformedCborException("record " + kind + " with more than it should have");
      }
      return record;
    } catch (ClassCastException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | NullPointerException
        | ArithmeticException e) {
      throw new MalformedCborException("record " + kind + " of another shape: " + e.getMessage());
    }
  }

  private static Record of(int kind, List<?> parts) throws MalformedCborException {
    return switch (kind) {
      case 1 ->
          new Taken(
              new Submission(
                  (String) parts.get(1),
                  SubmissionKind.valueOf((String) parts.get(2)),
                  (byte[]) parts.get(3),
                  (byte[]) parts.get(4)),
              Instant.ofEpochMilli((Long) parts.get(5)));
      case 2 ->
          new Tried(
              (String) parts.get(1),
              Math.toIntExact((Long) parts.get(2)),
              (byte[]) parts.get(3),
              (Boolean) parts.get(4));
      case 3 ->
          new Staged(
              (String) parts.get(1),
              Stage.valueOf((String) parts.get(2)),
              Instant.ofEpochMilli((Long) parts.get(3)),
              Optional.ofNullable((String) parts.get(4)),
              Optional.ofNullable((Long) parts.get(5)),
              Optional.ofNullable((Long) parts.get(6)),
              Optional.ofNullable((byte[]) parts.get(7)),
              Optional.ofNullable((String) parts.get(8)));
      case 4 -> new Mark((String) parts.get(1), (Long) parts.get(2));
      case 5 ->
          new Forgotten(
              hash(parts.get(1)),
              hash(parts.get(2)),
              Instant.ofEpochMilli((Long) parts.get(3)),
              (Boolean) parts.get(4));
      case 6 -> new Last(Optional.ofNullable((byte[]) parts.get(1)));
      case 7 -> new Stop(Optional.ofNullable((String) parts.get(1)));
      case 8 -> new Fence();
      case 9 ->
          new Described(
              new LedgerDescription(
                  (String) parts.get(1),
                  (String) parts.get(2),
                  (String) parts.get(3),
                  (String) parts.get(4),
                  (String) parts.get(5)));
      default -> throw new MalformedCborException("record " + kind + " is not known here");
    };
  }

  private static byte[] hash(Object value) {
    byte[] hash = (byte[]) value;
    if (hash.length != HASH) {
      throw new IllegalArgumentException("a hash has " + HASH + " bytes");
    }
    return hash;
  }

  private static long millis(Instant instant) {
    return instant.toEpochMilli();
  }
}
