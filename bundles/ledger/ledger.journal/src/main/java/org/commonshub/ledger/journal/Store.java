package org.commonshub.ledger.journal;

import java.io.Closeable;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.zip.CRC32C;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.MerkleTree;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.platform.api.HubClock;

/**
 * The log on disk: rows (one per entry), contents (salt and content, apart from the rows), the tree
 * over the rows, and what was signed. An entry counts from the moment its row and its content are
 * durable. All methods: any thread, one at a time.
 */
final class Store implements Closeable {
  static final int SALT = 16;
  private static final Instant LATEST = Instant.ofEpochMilli(Long.MAX_VALUE);
  private static final int HEAD = 8;
  private static final int ROWS = 4 << 20;
  private static final int CONTENTS = 8 << 20;

  /** The tree is forced to the disk before an entry whose number is a multiple of this. */
  private static final int TREE_FORCED = 1024;

  private static final int ERASED_RANGES = 500;
  private static final int JITTER_MS = 1000;
  private static final int BLOCK = 1000;

  /** Most bytes of anchors' proofs in a receipt. */
  private static final int MAX_ANCHORS = 512 * 1024;

  private final Disk disk;
  private final HubClock clock;
  private final HubIdentity identity;
  private final Alarms alarms;
  private final SecureRandom random = new SecureRandom();
  private final Segments rows;
  private final Segments contents;
  private final Tree tree;
  private final Signed signed;
  private long size;
  private long contentsEnd;
  private byte[] lastHash = MerkleTree.empty();
  private long lastMillis = Long.MIN_VALUE;
  private long highestMillis = Long.MIN_VALUE;
  private boolean unsure;

  /** Salt and content of an entry; both empty once erased. */
  record Content(Optional<byte[]> salt, Optional<byte[]> bytes) {
    static final Content ERASED = new Content(Optional.empty(), Optional.empty());
  }

  /**
   * @param empty whether a new journal stays empty, to be filled from a backup
   */
  Store(Disk disk, HubClock clock, HubIdentity identity, Alarms alarms, boolean empty)
      throws IOException {
    this.disk = disk;
    this.clock = clock;
    this.identity = identity;
    this.alarms = alarms;
    rows = new Segments(disk, "rows", ROWS);
    contents = new Segments(disk, "contents", CONTENTS);
    tree = new Tree(disk);
    signed = new Signed(disk);
    recover();
    resumeErasing();
    if (size == 0 && !empty) {
      write(EntryKind.HUB, HubEntry.of(HubEntry.STARTED, identity.did()), now());
    }
  }

  // ------------------------------------------------------------------------------ start

  private void recover() throws IOException {
    Optional<Checkpoint> newest = newestSigned();
    long promised = newest.map(Checkpoint::size).orElse(0L);
    long stored = rows.size();
    size = stored / Row.BYTES;
    if (size > promised && read(rowAt(size - 1)) == null) {
      size--; // written when the power went, never acknowledged
    }
    if (stored > size * Row.BYTES) {
      rows.truncate(size * Row.BYTES);
    }
    String broken = recoverTree(newest);
    contentsEnd = contents.size();
    if (size > 0) {
      lastHash = tree.leaf(size - 1);
      for (long i = Math.max(0, size - TREE_FORCED); i < size; i++) {
        Row row = rowAt(i);
        if (row.sound()) {
          lastMillis = row.millis();
          highestMillis = Math.max(highestMillis, row.millis());
          noteContradiction(i, row);
        }
      }
      if (lastMillis < highestMillis) {
        alarmClockBack();
      }
    }
    signed
        .evidence()
        .filter(e -> e.epoch() == signed.epoch() && e.key().equals(identity.key().multikey()))
        .ifPresent(this::alarmTwoHubs);
    if (broken != null) {
      begin(broken, promised, signed.epoch());
    }
  }

  /** The newest checkpoint, if this hub really signed it; others are not believed. */
  private Optional<Checkpoint> newestSigned() {
    while (true) {
      Optional<Checkpoint> newest = signed.newest();
      if (newest.isEmpty()) {
        return newest;
      }
      try {
        if (ours(CoseSign1.parse(newest.get().signed()))
            && newest.get().origin().equals(identity.did())) {
          return newest;
        }
      } catch (MalformedCborException e) {
        // Not ours then.
      }
      alarms.raise(
          now(),
          Alarms.ROW,
          "signed",
          "The journal's last signature is not by this hub: its files were changed or belong to"
              + " another hub. Restore a backup, or ask your operator to look at this device.");
      signed.drop(newest.get());
    }
  }

  private boolean ours(CoseSign1 cose) {
    String kid = Signed.kid(cose);
    VerificationKey key = identity.key();
    if (!key.multikey().equals(kid)) {
      try {
        Optional<VerificationKey> old = KeyLog.verify(identity.keyLog()).key(kid);
        if (old.isEmpty()) {
          return false;
        }
        key = old.get();
      } catch (IOException e) {
        return false;
      }
    }
    return cose.verify(key, SigningPurpose.CHECKPOINT);
  }

  /**
   * Makes the tree fit the rows, and both fit what was signed.
   *
   * @return null, or why a new epoch has to begin
   */
  private String recoverTree(Optional<Checkpoint> newest) throws IOException {
    long promised = newest.map(Checkpoint::size).orElse(0L);
    if (size < promised) {
      alarms.raise(
          now(),
          Alarms.TRUNCATED,
          "",
          "The journal has "
              + size
              + " entries, but this hub signed "
              + promised
              + " on "
              + newest.get().instant()
              + ": "
              + (promised - size)
              + " were cut off or a disk lost them. Receipts and neighbours still hold proofs of"
              + " them; restore a backup, and have the disk looked at.");
      rebuild(0);
      return "truncated";
    }
    // Above the last multiple the tree may not have reached the disk when the power went.
    long base = size == 0 ? 0 : (size - 1) / TREE_FORCED * TREE_FORCED;
    if (newest.isEmpty()) {
      rebuild(plausible(base) ? base : 0);
      return null;
    }
    byte[] root = newest.get().root();
    if (replays(base, promised, root)) {
      rebuild(Math.min(base, promised));
      return null;
    }
    if (matches(promised, root)) {
      rebuild(promised); // the tree is what was signed, so rows were changed: it is believed
      return null;
    }
    rebuild(0);
    if (Arrays.equals(tree.root(promised), root)) {
      return null; // only the tree was damaged
    }
    alarms.raise(
        now(),
        Alarms.ROW,
        "",
        "The journal is not what this hub signed on "
            + newest.get().instant()
            + ": its files were changed, or a disk is failing. Restore a backup; receipts that were"
            + " given out before still hold.");
    return "tampered";
  }

  /** Whether the rows from {@code base} on, on top of the tree's file, give what was signed. */
  private boolean replays(long base, long promised, byte[] root) {
    try {
      return promised <= base
          ? matches(promised, root)
          : Arrays.equals(new Replay(base).to(promised), root);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the tree's file has what was signed. */
  private boolean matches(long promised, byte[] root) {
    try {
      tree.resume(promised);
      return Arrays.equals(tree.root(promised), root);
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the tree's file fits the row before {@code base}. */
  private boolean plausible(long base) {
    try {
      tree.resume(base);
      return base == 0
          || Arrays.equals(
              tree.leaf(base - 1), rowAt(base - 1).hash(base - 1, tree.leaf(base - 2)));
    } catch (IOException e) {
      return false;
    }
  }

  /** Root of what the rows say, without writing anything. */
  private final class Replay {
    private final byte[][] peaks = new byte[Long.SIZE][];
    private long at;
    private byte[] previous = MerkleTree.empty();

    Replay(long base) throws IOException {
      tree.resume(base);
      long from = 0;
      for (int height = Long.SIZE - 2; height >= 0; height--) {
        if ((base >> height & 1) == 1) {
          peaks[height] = tree.subtree(from, height);
          from += 1L << height;
        }
      }
      at = base;
      if (base > 0) {
        previous = tree.leaf(base - 1);
      }
    }

    byte[] to(long end) throws IOException {
      while (at < end) {
        previous = rowAt(at).hash(at, previous);
        byte[] hash = previous;
        int height = 0;
        for (; (at >> height & 1) == 1; height++) {
          hash = MerkleTree.node(peaks[height], hash);
        }
        peaks[height] = hash;
        at++;
      }
      byte[] root = null;
      for (int height = 0; height < Long.SIZE - 1; height++) {
        if ((at >> height & 1) == 1) {
          root = root == null ? peaks[height] : MerkleTree.node(peaks[height], root);
        }
      }
      return root == null ? MerkleTree.empty() : root;
    }
  }

  /** Computes the tree from the rows, from an entry on. */
  private void rebuild(long from) throws IOException {
    tree.resume(from);
    byte[] previous = from == 0 ? MerkleTree.empty() : tree.leaf(from - 1);
    for (long i = from; i < size; i++) {
      previous = rowAt(i).hash(i, previous);
      tree.append(previous);
    }
    tree.force();
  }

  /** Opens a new epoch, so that states before and after cannot be mistaken for each other. */
  synchronized void begin(String why, long promised, int above) throws IOException {
    signed.begin(Math.max(above, signed.epoch()) + 1);
    write(
        EntryKind.HUB,
        HubEntry.of(HubEntry.EPOCH, why, (long) signed.epoch(), promised),
        Math.max(millis(), lastMillis));
  }

  // ------------------------------------------------------------------------------ append

  private Instant now() {
    return clock.now();
  }

  private long millis() {
    return now().toEpochMilli();
  }

  synchronized long append(EntryKind kind, byte[] content) throws IOException {
    if (content.length > Journal.MAX_CONTENT) {
      throw new IllegalArgumentException(
          "An entry's content has at most "
              + Journal.MAX_CONTENT
              + " bytes, not "
              + content.length);
    }
    try {
      Cbor.decode(content);
    } catch (MalformedCborException e) {
      throw new IllegalArgumentException(
          "An entry's content is deterministic CBOR: " + e.getMessage(), e);
    }
    long millis = millis();
    if (millis < lastMillis) {
      if (lastMillis - millis <= JITTER_MS) {
        millis = lastMillis;
      } else {
        write(EntryKind.HUB, HubEntry.of(HubEntry.CLOCK_BACK, lastMillis, millis), millis);
        alarmClockBack();
      }
    }
    long index = write(kind, content, millis);
    if (millis >= highestMillis) {
      alarms.clear(Alarms.CLOCK_BACK, "");
    }
    return index;
  }

  private long write(EntryKind kind, byte[] content, Instant instant) throws IOException {
    return write(kind, content, instant.toEpochMilli());
  }

  private long write(EntryKind kind, byte[] content, long millis) throws IOException {
    if (unsure) {
      rows.truncate(size * Row.BYTES);
    }
    byte[] salt = new byte[SALT];
    random.nextBytes(salt);
    int length = HEAD + SALT + content.length;
    long place = contents.place(contentsEnd, length);
    ByteBuffer record = ByteBuffer.allocate(length);
    record.putInt(content.length).putInt(0).put(salt).put(content);
    record.putInt(4, crc(record.array()));
    Row row =
        new Row(
            kind.number(),
            millis,
            ReceiptVerifier.commitment(salt, content),
            place,
            content.length,
            true);
    byte[] hash = row.hash(size, lastHash);
    unsure = true;
    contents.write(place, record.array());
    byte[][] hashes = tree.write(hash);
    if ((size + 1) % TREE_FORCED == 0) {
      tree.force();
    }
    rows.write(size * Row.BYTES, row.encode(size));
    contents.force(); // the second flush finds most of its work done
    rows.force();
    unsure = false;
    tree.added(hashes);
    contentsEnd = place + length;
    lastHash = hash;
    lastMillis = millis;
    highestMillis = Math.max(highestMillis, millis);
    noteContradiction(size, row);
    return size++;
  }

  private static int crc(byte[] record) {
    CRC32C crc = new CRC32C();
    crc.update(record, HEAD, record.length - HEAD);
    return (int) crc.getValue();
  }

  // ------------------------------------------------------------------------------ read

  synchronized long size() {
    return size;
  }

  synchronized int epoch() {
    return signed.epoch();
  }

  private Row rowAt(long index) throws IOException {
    return Row.decode(index, rows.read(index * Row.BYTES, Row.BYTES), 0);
  }

  private void checkIndex(long index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("the journal has " + size + " entries, no " + index);
    }
  }

  /** Rows from an index on, as many as come at one go, at most {@value #BLOCK}. */
  private List<Row> block(long from, long to) throws IOException {
    int bytes = rows.run(from * Row.BYTES, Math.min(BLOCK, to - from) * Row.BYTES);
    byte[] block = rows.read(from * Row.BYTES, bytes);
    List<Row> result = new ArrayList<>(bytes / Row.BYTES);
    for (int at = 0; at < bytes; at += Row.BYTES) {
      result.add(Row.decode(from + at / Row.BYTES, block, at));
    }
    return result;
  }

  private Journal.Entry entry(long index, Row row) {
    boolean erased;
    try {
      erased = erased(contents.read(row.place(), HEAD + SALT));
    } catch (IOException e) {
      erased = false; // damaged: whoever reads it is told
    }
    return new Journal.Entry(index, row.entryKind(), Instant.ofEpochMilli(row.millis()), erased);
  }

  private static boolean erased(byte[] head) {
    for (int i = 4; i < HEAD + SALT; i++) {
      if (head[i] != 0) {
        return false;
      }
    }
    return true;
  }

  synchronized List<Journal.Entry> entries(long from, long to) throws IOException {
    long end = Math.min(Math.min(to, size), from + BLOCK);
    List<Journal.Entry> result = new ArrayList<>();
    for (long at = Math.max(0, from); at < end; ) {
      for (Row row : block(at, end)) {
        result.add(entry(at++, row));
      }
    }
    return result;
  }

  synchronized Optional<Journal.Entry> newest(EntryKind kind, Instant at) throws IOException {
    // Instant.MAX means the newest of all; it has no milliseconds.
    long millis = at.isAfter(LATEST) ? Long.MAX_VALUE : at.toEpochMilli();
    for (long end = size; end > 0; ) {
      long from = (end - 1) / 512 * 512; // a power of two: never across two files
      List<Row> block = block(from, end);
      for (int i = block.size() - 1; i >= 0; i--) {
        Row row = block.get(i);
        if (row.kind() == kind.number() && row.millis() <= millis) {
          return Optional.of(entry(from + i, row));
        }
      }
      end = from;
    }
    return Optional.empty();
  }

  /** Content, checked against its own row only; throws if it is not what was committed to. */
  synchronized Content peek(long index) throws IOException {
    checkIndex(index);
    Content content = read(rowAt(index));
    if (content == null) {
      throw tampered(index);
    }
    return content;
  }

  /** Null if it is not what the row commits to. */
  private Content read(Row row) throws IOException {
    if (row.length() > Journal.MAX_CONTENT || !row.sound()) {
      return null;
    }
    byte[] record;
    try {
      record = contents.read(row.place(), HEAD + SALT + row.length());
    } catch (EOFException e) {
      return null;
    }
    if (erased(record)) {
      for (int i = HEAD + SALT; i < record.length; i++) {
        if (record[i] != 0) {
          return null;
        }
      }
      return Content.ERASED;
    }
    byte[] salt = Arrays.copyOfRange(record, HEAD, HEAD + SALT);
    byte[] content = Arrays.copyOfRange(record, HEAD + SALT, record.length);
    boolean sound =
        ByteBuffer.wrap(record).getInt() == row.length()
            && ByteBuffer.wrap(record).getInt(4) == crc(record)
            && Arrays.equals(ReceiptVerifier.commitment(salt, content), row.commitment());
    return sound ? new Content(Optional.of(salt), Optional.of(content)) : null;
  }

  /** Content, checked against its leaf and the leaf against the root. */
  synchronized Content content(long index) throws IOException {
    checkIndex(index);
    Row row = rowAt(index);
    Content content = read(row);
    byte[] hash = row.hash(index, index == 0 ? MerkleTree.empty() : tree.leaf(index - 1));
    if (content == null
        || !MerkleTree.verifyInclusion(
            hash, index, size, tree.inclusion(index, size), tree.root(size))) {
      throw tampered(index);
    }
    return content;
  }

  private IOException tampered(long index) {
    String text =
        "Entry "
            + index
            + " of the journal is not what was recorded: somebody changed its files, or a disk is"
            + " failing. It is not used any more; restore a backup to have it back.";
    alarms.raise(now(), Alarms.ROW, Long.toString(index), text);
    return new IOException(text);
  }

  // ------------------------------------------------------------------------------ signed states

  synchronized Checkpoint checkpoint() throws IOException {
    Optional<Checkpoint> newest = signed.newest();
    if (newest.isPresent() && !signer(newest.get()).equals(identity.key().multikey())) {
      write(
          EntryKind.HUB,
          HubEntry.of(HubEntry.KEY, identity.key().multikey()),
          Math.max(millis(), lastMillis));
    } else if (newest.isPresent() && newest.get().size() == size) {
      return newest.get();
    }
    byte[] payload =
        Checkpoint.payload(identity.did(), signed.epoch(), size, tree.root(size), now());
    Checkpoint made;
    try {
      made = Checkpoint.of(identity.sign(SigningPurpose.CHECKPOINT, payload), List.of());
    } catch (MalformedCborException e) {
      throw new IOException("The hub's identity signed something else: " + e.getMessage(), e);
    }
    signed.add(made);
    return made;
  }

  private static String signer(Checkpoint checkpoint) {
    try {
      return Signed.kid(CoseSign1.parse(checkpoint.signed()));
    } catch (MalformedCborException e) {
      return "";
    }
  }

  synchronized Optional<Checkpoint> latest() {
    return signed.newest();
  }

  synchronized void cosigned(long of, byte[] cosignature) throws IOException {
    if (cosignature.length > Signed.MAX_COSIGNATURE) {
      throw new IOException("A co-signature has at most " + Signed.MAX_COSIGNATURE + " bytes");
    }
    CoseSign1 cose;
    Checkpoint seen;
    boolean valid;
    boolean byUs;
    try {
      cose = CoseSign1.parse(cosignature);
      seen = Checkpoint.of(cosignature, List.of());
      byUs = cose.contentType().equals(SigningPurpose.CHECKPOINT.contentType());
      valid =
          byUs
              ? ours(cose)
              : cose.verify(VerificationKey.parse(Signed.kid(cose)), SigningPurpose.COSIGNATURE);
    } catch (MalformedCborException | IllegalArgumentException e) {
      throw new IOException("Not a co-signature: " + e.getMessage(), e);
    }
    if (!valid || seen.size() != of || !seen.origin().equals(identity.did())) {
      throw new IOException("The co-signature is not over a checkpoint of this hub");
    }
    boolean ahead = seen.epoch() == signed.epoch() && seen.size() > size;
    if (seen.epoch() > signed.epoch()
        || ahead
        || seen.epoch() == signed.epoch() && !Arrays.equals(tree.root(of), seen.root())) {
      Signed.Evidence evidence =
          new Signed.Evidence(signed.epoch(), identity.key().multikey(), now(), cosignature);
      boolean news = signed.evidence().filter(e -> e.epoch() == signed.epoch()).isEmpty();
      if (news) {
        signed.accuse(evidence);
        write(
            EntryKind.HUB,
            HubEntry.of(HubEntry.TWO_HUBS, (long) seen.epoch(), seen.size(), seen.root()),
            Math.max(millis(), lastMillis));
      }
      alarmTwoHubs(evidence);
      throw new IOException(
          "Somebody signed another state of this journal with this hub's key: see the alarm");
    }
    Checkpoint checkpoint =
        signed
            .of(of)
            .filter(c -> Arrays.equals(payload(c.signed()), cose.payload().orElse(null)))
            .orElseThrow(() -> new IOException("That checkpoint is not kept any more"));
    if (!byUs) {
      signed.cosign(checkpoint, cosignature, Signed.kid(cose));
    }
  }

  private static byte[] payload(byte[] bytes) {
    try {
      return CoseSign1.parse(bytes).payload().orElse(new byte[0]);
    } catch (MalformedCborException e) {
      return new byte[0];
    }
  }

  synchronized List<byte[]> consistency(long from, long to) throws IOException {
    if (from < 0 || from > to || to > size) {
      throw new IndexOutOfBoundsException(
          "no proof from " + from + " to " + to + " of " + size + " entries");
    }
    return tree.consistency(from, to);
  }

  synchronized byte[] root(long of) throws IOException {
    return tree.root(of);
  }

  /**
   * What was anchored.
   *
   * @param size entries under the root
   * @param root of the journal
   * @param proof what {@code Anchor} gave
   */
  record AnchorProof(long size, byte[] root, byte[] proof) {}

  /**
   * A receipt, with the anchors over the entry as far as they fit. One of another journal, which a
   * backup replaced, is left out.
   */
  synchronized byte[] receipt(long index, List<AnchorProof> anchors) throws IOException {
    Content content = content(index);
    Optional<Checkpoint> covering = signed.covering(index);
    Checkpoint checkpoint = covering.isPresent() ? covering.get() : checkpoint();
    byte[] previous = index == 0 ? MerkleTree.empty() : tree.leaf(index - 1);
    Map<Object, Object> map = new HashMap<>();
    map.put(1L, 1L);
    map.put(2L, content.bytes().orElse(null));
    map.put(3L, content.salt().orElse(null));
    map.put(4L, rowAt(index).leaf(index, previous).data());
    map.put(5L, tree.inclusion(index, checkpoint.size()));
    map.put(6L, checkpoint.signed());
    map.put(7L, checkpoint.cosignatures());
    map.put(8L, identity.keyLog());
    List<Object> proofs = new ArrayList<>();
    int left = MAX_ANCHORS;
    for (AnchorProof anchor : anchors) {
      long of = anchor.size();
      left -= anchor.proof().length;
      if (of > index
          && of <= size
          && left >= 0
          && proofs.size() < ReceiptVerifier.MAX_ANCHORS
          && Arrays.equals(tree.root(of), anchor.root())) {
        proofs.add(
            Map.of(1L, of, 2L, anchor.root(), 3L, tree.inclusion(index, of), 4L, anchor.proof()));
      }
    }
    map.put(9L, proofs);
    return Cbor.encode(map);
  }

  /** Writes everything up to a fresh checkpoint; others may append meanwhile. */
  void export(OutputStream out) throws IOException {
    Checkpoint checkpoint = checkpoint();
    DataOutputStream data = new DataOutputStream(out);
    data.write(ReceiptVerifier.JOURNAL_MAGIC.getBytes(StandardCharsets.US_ASCII));
    byte[] previous = MerkleTree.empty();
    for (long at = 0; at < checkpoint.size(); ) {
      List<byte[]> records = new ArrayList<>();
      synchronized (this) {
        for (Row row : block(at, checkpoint.size())) {
          Content content = read(row);
          if (content == null) {
            throw tampered(at);
          }
          byte[] leaf = row.leaf(at, previous).data();
          previous = MerkleTree.leaf(leaf);
          records.add(
              Cbor.encode(
                  Arrays.asList(
                      1L, leaf, content.salt().orElse(null), content.bytes().orElse(null))));
          at++;
        }
      }
      for (byte[] record : records) {
        data.writeInt(record.length);
        data.write(record);
      }
    }
    byte[] end =
        Cbor.encode(List.of(2L, checkpoint.signed(), checkpoint.cosignatures(), identity.keyLog()));
    data.writeInt(end.length);
    data.write(end);
    data.flush();
  }

  /** Puts an entry of a backup in place, as it was; {@link #sealImport} makes it durable. */
  synchronized void importEntry(
      ReceiptVerifier.Leaf leaf, Optional<byte[]> salt, Optional<byte[]> content)
      throws IOException {
    int bytes = content.map(c -> c.length).orElse(0);
    if (leaf.index() != size
        || bytes > Journal.MAX_CONTENT
        || salt.orElse(new byte[SALT]).length != SALT) {
      throw new IOException("entry " + leaf.index() + " of the backup does not fit");
    }
    int length = HEAD + SALT + bytes;
    long place = contents.place(contentsEnd, length);
    ByteBuffer record = ByteBuffer.allocate(length);
    record
        .putInt(bytes)
        .putInt(0)
        .put(salt.orElse(new byte[SALT]))
        .put(content.orElse(new byte[0]));
    if (content.isPresent()) {
      record.putInt(4, crc(record.array()));
    }
    contents.write(place, record.array());
    Row row =
        new Row(leaf.kind(), leaf.instant().toEpochMilli(), leaf.commitment(), place, bytes, true);
    rows.write(size * Row.BYTES, row.encode(size));
    lastHash = row.hash(size, lastHash);
    tree.append(lastHash);
    contentsEnd = place + length;
    lastMillis = row.millis();
    highestMillis = Math.max(highestMillis, lastMillis);
    size++;
  }

  /** Makes what was imported durable. */
  synchronized void sealImport() throws IOException {
    contents.force();
    tree.force();
    rows.force();
  }

  // ------------------------------------------------------------------------------ erase

  synchronized void erase(List<Long> indices) throws IOException {
    NavigableSet<Long> all = new TreeSet<>(indices);
    for (long index : all) {
      checkIndex(index);
      if (rowAt(index).kind() == EntryKind.HUB.number()) {
        throw new IllegalArgumentException(
            "Entry " + index + " is about the hub itself and holds nothing personal");
      }
    }
    List<Object> ranges = new ArrayList<>();
    long count = 0;
    for (long index : all) {
      int last = ranges.size() - 1;
      if (last > 0 && ranges.get(last).equals(index)) {
        ranges.set(last, index + 1);
      } else {
        if (ranges.size() == 2 * ERASED_RANGES) {
          eraseRanges(count, ranges);
          ranges = new ArrayList<>();
          count = 0;
        }
        ranges.add(index);
        ranges.add(index + 1);
      }
      count++;
    }
    if (count > 0) {
      eraseRanges(count, ranges);
    }
  }

  private void eraseRanges(long count, List<Object> ranges) throws IOException {
    disk.replace("erasing", Cbor.encode(List.of(size, count, ranges)));
    finishErasing(size, count, ranges);
  }

  private void resumeErasing() throws IOException {
    Optional<byte[]> left = disk.read("erasing", 1 << 20);
    if (left.isPresent()) {
      try {
        if (Cbor.decode(left.get()) instanceof List<?> parts
            && parts.size() == 3
            && parts.get(0) instanceof Long at
            && parts.get(1) instanceof Long count
            && parts.get(2) instanceof List<?> ranges
            && ranges.stream().allMatch(r -> r instanceof Long end && end >= 0 && end <= size)) {
          finishErasing(at, count, List.copyOf(ranges));
          return;
        }
        throw new MalformedCborException("not a list of entries");
      } catch (MalformedCborException e) {
        throw new IOException("The list of what is to be erased cannot be read", e);
      }
    }
  }

  private void finishErasing(long at, long count, List<Object> ranges) throws IOException {
    if (size == at) {
      write(
          EntryKind.HUB,
          HubEntry.of(HubEntry.ERASED, count, ranges),
          Math.max(millis(), lastMillis));
    }
    for (int i = 0; i + 1 < ranges.size(); i += 2) {
      for (long index = (Long) ranges.get(i); index < (Long) ranges.get(i + 1); index++) {
        Row row = rowAt(index);
        byte[] zeros = new byte[HEAD + SALT + row.length()];
        contents.write(row.place(), ByteBuffer.wrap(zeros).putInt(row.length()).array());
      }
    }
    contents.force();
    disk.delete("erasing");
  }

  // ------------------------------------------------------------------------------ check, alarms

  /**
   * Reads everything and raises an alarm for each entry that is not what was recorded.
   *
   * @return how many are not
   */
  long check(BooleanSupplier stop) throws IOException {
    TreeSet<Long> gone = new TreeSet<>();
    long bad = 0;
    Check check = new Check();
    long end = size();
    while (check.at < end && !stop.getAsBoolean()) {
      long begin = clock.monotonicNanos();
      synchronized (this) {
        bad += check.step(end, gone);
      }
      // A third of the time at most: others have better things to do on a small device.
      LockSupport.parkNanos(2 * (clock.monotonicNanos() - begin));
    }
    if (check.at == end) {
      for (long index : gone) {
        bad++;
        tampered(index); // zeros, but nobody had it erased
      }
    }
    return bad;
  }

  private final class Check {
    private long at;
    private byte[] previous = MerkleTree.empty();
    private final byte[][] peaks = new byte[Long.SIZE][];

    long step(long end, TreeSet<Long> gone) throws IOException {
      long bad = 0;
      for (Row row : block(at, Math.min(end, at + 128))) {
        byte[] hash = row.hash(at, previous);
        byte[] known = tree.leaf(at);
        Content content = read(row);
        if (content == null || !Arrays.equals(hash, known)) {
          bad++;
          tampered(at);
        } else if (content.bytes().isEmpty()) {
          gone.add(at);
        } else if (row.kind() == EntryKind.HUB.number()) {
          gone.removeIf(erasedBy(content.bytes().get())::test);
        }
        previous = known;
        inner(known);
        at++;
      }
      return bad;
    }

    private void inner(byte[] leaf) throws IOException {
      byte[] hash = leaf;
      int height = 0;
      for (; (at >> height & 1) == 1; height++) {
        hash = MerkleTree.node(peaks[height], hash);
        if (!Arrays.equals(hash, tree.subtree(at + 1 - (2L << height), height + 1))) {
          alarms.raise(
              now(),
              Alarms.ROW,
              "tree",
              "The journal's tree of hashes does not fit its entries: its files were changed, or a"
                  + " disk is failing. Restart the hub to have the tree made again.");
        }
      }
      peaks[height] = hash;
    }
  }

  private static LongPredicate erasedBy(byte[] content) {
    try {
      if (Cbor.decode(content) instanceof Map<?, ?> map
          && HubEntry.ERASED.equals(map.get(1L))
          && map.get(3L) instanceof List<?> ranges) {
        return index -> {
          for (int i = 0; i + 1 < ranges.size(); i += 2) {
            if (ranges.get(i) instanceof Long from
                && ranges.get(i + 1) instanceof Long to
                && index >= from
                && index < to) {
              return true;
            }
          }
          return false;
        };
      }
    } catch (MalformedCborException e) {
      // Says nothing about erasing.
    }
    return index -> false;
  }

  private void alarmClockBack() {
    alarms.raise(
        now(),
        Alarms.CLOCK_BACK,
        "",
        "The hub's clock was set back from "
            + Instant.ofEpochMilli(highestMillis)
            + " to "
            + now()
            + ". The journal says so in an entry of its own; check the time on the Settings page.");
  }

  private void alarmTwoHubs(Signed.Evidence evidence) {
    alarms.raise(
        evidence.since(),
        Alarms.TWO_HUBS,
        "",
        "Another hub signs with this hub's key: somebody saw a journal of ours that this hub does"
            + " not have. Switch off the copy (a restored backup, a cloned memory card), then make"
            + " a new key on the Settings page.");
  }

  private void noteContradiction(long index, Row row) {
    if (row.kind() == EntryKind.CONTRADICTION.number()
        && row.millis() > millis() - Duration.ofDays(1).toMillis()) {
      alarms.clear(Alarms.CONTRADICTION, "");
      alarms.raise(
          Instant.ofEpochMilli(row.millis()),
          Alarms.CONTRADICTION,
          "",
          "Meters contradict each other, see entry "
              + index
              + " of the journal. What they measured is not traded on; look at their wiring and"
              + " settings on the Devices page.");
    }
  }

  /** What is wrong. */
  synchronized List<Journal.Alarm> alarms() {
    Instant yesterday = now().minus(Duration.ofDays(1));
    if (alarms.list().stream()
        .anyMatch(a -> a.word().equals(Alarms.CONTRADICTION) && a.since().isBefore(yesterday))) {
      alarms.clear(Alarms.CONTRADICTION, "");
    }
    if (signed.evidence().filter(e -> e.key().equals(identity.key().multikey())).isEmpty()) {
      alarms.clear(Alarms.TWO_HUBS, "");
    }
    return alarms.list();
  }

  @Override
  public synchronized void close() throws IOException {
    disk.close();
  }
}
