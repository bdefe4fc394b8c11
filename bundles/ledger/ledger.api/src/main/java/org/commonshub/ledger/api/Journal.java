package org.commonshub.ledger.api;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * This hub's append-only log. Entries are hash-chained and stand in an RFC 9162 tree; a leaf
 * commits to its content under a salt of its own, so content can be erased without touching
 * anybody's proof. Methods that return content or proofs read the disk; any thread, but not a
 * polling one.
 */
@ProviderType
public interface Journal {
  /** Most bytes of an entry's content. */
  int MAX_CONTENT = 16 * 1024;

  /**
   * An entry without its content.
   *
   * @param index place in the log, from 0
   * @param kind what it records
   * @param instant when it was appended, by the hub's clock
   * @param erased whether its content was erased
   */
  record Entry(long index, EntryKind kind, Instant instant, boolean erased) {}

  /**
   * Something that must not be overlooked.
   *
   * @param since when it was first seen
   * @param word stable, for programs: {@code row-tampered}, {@code truncated}, {@code two-hubs},
   *     {@code clock-back}, {@code meter-contradiction}, {@code disk}
   * @param text for people: what happened, and what to do
   */
  record Alarm(Instant since, String word, String text) {}

  /**
   * Appends; durable when it returns.
   *
   * @param content deterministic CBOR, at most {@link #MAX_CONTENT} bytes
   * @return its index
   * @throws IOException if nothing was appended
   */
  long append(EntryKind kind, byte[] content) throws IOException;

  /** Number of entries. */
  long size();

  /** Entries with {@code from} ≤ index &lt; {@code to}, at most 1,000. */
  List<Entry> entries(long from, long to) throws IOException;

  /** The newest entry of a kind at or before an instant. */
  Optional<Entry> newest(EntryKind kind, Instant at) throws IOException;

  /** Content of an entry, checked against its leaf; empty if it was erased. */
  Optional<byte[]> content(long index) throws IOException;

  /** Signs the state as it is now, unless the newest checkpoint has it already. */
  Checkpoint checkpoint() throws IOException;

  /** The newest signed state; empty before the first entry. */
  Optional<Checkpoint> latest();

  /**
   * Adds a neighbour's co-signature to the checkpoint of that size. Checked before.
   *
   * <p>A signature over another root of the same epoch and size (a co-signature, or a {@code
   * CHECKPOINT} that was made with this hub's key elsewhere) is kept as evidence: alarm {@code
   * two-hubs}, and the caller is told.
   *
   * @throws IOException if it was not kept: it contradicts this journal, belongs to no checkpoint
   *     that is still kept, or the disk refused
   */
  void cosigned(long size, byte[] cosignature) throws IOException;

  /** Proof that a tree of {@code to} entries grew out of one of {@code from} (RFC 9162, 2.1.4). */
  List<byte[]> consistency(long from, long to) throws IOException;

  /**
   * Everything needed to check one entry offline: content, salt, path, checkpoint, co-signatures,
   * key log, and anchors' proofs as far as there are any. See docs/data-structure.md.
   *
   * @return deterministic CBOR, file extension {@code .receipt}
   */
  byte[] receipt(long index) throws IOException;

  /**
   * Writes the whole journal up to a fresh checkpoint, for {@code verify.jar} and as backup. See
   * docs/data-structure.md, file extension {@code .journal}.
   */
  default void export(OutputStream out) throws IOException {
    throw new IOException("this journal cannot be exported");
  }

  /**
   * Erases content and salts for ever; leaves stay. Appends an entry of kind {@link EntryKind#HUB}
   * that says how many and which.
   *
   * @throws IllegalArgumentException if one of them does not exist or is of kind HUB itself, which
   *     holds nothing personal
   */
  void erase(List<Long> indices) throws IOException;

  /** What is wrong, newest first; empty on a good day. */
  List<Alarm> alarms();
}
