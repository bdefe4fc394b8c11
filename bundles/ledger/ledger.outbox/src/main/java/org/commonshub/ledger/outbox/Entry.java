package org.commonshub.ledger.outbox;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.commonshub.ledger.api.Stage;
import org.commonshub.ledger.api.Status;
import org.commonshub.ledger.api.SubmissionKind;

/** What the outbox holds in memory of a submission. Guarded by the outbox. */
final class Entry {
  /** Earliest due first. */
  static final Comparator<Entry> BY_DUE =
      Comparator.<Entry>comparingLong(e -> e.due).thenComparingLong(e -> e.sequence);

  /** An attempt; its bytes stand in the log. */
  static final class Try {
    final int number;

    /** Order of preparation among all submissions. */
    final long sequence;

    long at;

    /** Kept here when small. */
    final byte[] bytes;

    /** All earlier ones are void. */
    final boolean anew;

    Try(int number, long sequence, long at, byte[] bytes, boolean anew) {
      this.anew = anew;
      this.number = number;
      this.sequence = sequence;
      this.at = at;
      this.bytes = bytes;
    }
  }

  final String key;
  final String order;
  final SubmissionKind kind;
  final byte[] digest;
  final boolean hasBody;
  final long sequence;
  final Instant taken;

  /** Where its body stands in the log. */
  long at;

  List<Try> tries = new ArrayList<>();
  Stage stage = Stage.ACCEPTED;
  Instant since;
  Optional<String> reference = Optional.empty();
  Optional<Long> position = Optional.empty();
  Optional<Long> cost = Optional.empty();
  Optional<String> problem = Optional.empty();

  /** Where its stage, with the proof, stands in the log; -1 without one. */
  long stagedAt = -1;

  boolean hasProof;

  /** Must be prepared before anything can be sent. */
  boolean unprepared = true;

  /** The newest attempt was sent, or is known to the ledger. */
  boolean sent;

  /** The effect is to be looked for before anything is prepared. */
  boolean fenced;

  /** The ledger refused it, though something of it may be in. */
  Optional<String> refused = Optional.empty();

  /** When to look or prepare, on the monotonic clock. */
  long due;

  /** Looks or failures in a row without progress. */
  int waits;

  /** How it is counted at the moment. */
  boolean open;

  boolean pending;

  Entry(Record.Taken taken, long sequence, long at) {
    this.key = taken.submission().key();
    this.order = taken.submission().order();
    this.kind = taken.submission().kind();
    this.digest = taken.submission().digest();
    this.hasBody = taken.submission().body().length > 0;
    this.sequence = sequence;
    this.taken = taken.at();
    this.since = taken.at();
    this.at = at;
  }

  boolean terminal() {
    return stage == Stage.FINAL || stage == Stage.REJECTED;
  }

  /** Attempts that are not known to be void. */
  List<Try> alive() {
    int from = tries.size();
    do {
      from--;
    } while (from > 0 && !tries.get(from).anew);
    return tries.subList(Math.max(from, 0), tries.size());
  }

  Status status() {
    return new Status(key, stage, since, reference, position, cost, problem);
  }
}
