package org.commonshub.ledger.api;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.CoseSign1;
import org.commonshub.identity.api.KeyLog;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.identity.api.SigningPurpose;
import org.commonshub.identity.api.VerificationKey;

/**
 * Checks receipts and exported journals with nothing but the file and whom one expects to have
 * signed it (docs/data-structure.md, section 10). On the JDK alone; opens no connection. One
 * instance remembers the last checkpoint that it verified, so that a day of receipts costs one
 * signature. Not thread-safe.
 */
public final class ReceiptVerifier {
  /** Most bytes of a receipt. */
  public static final int MAX_RECEIPT = 1 << 20;

  /** Most anchors in a receipt. */
  public static final int MAX_ANCHORS = 16;

  /** First bytes of an exported journal. */
  public static final String JOURNAL_MAGIC = "CHJOURNAL1\n";

  private static final Set<Object> RECEIPT_KEYS = Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  private static final int MAX_RECORD = 1 << 20;
  private static final int MAX_COSIGNATURES = 64;

  /** What a finding means. */
  public enum Level {
    /** Follows from the file by mathematics alone. */
    PROVEN,
    /** The file says so; somebody else has to be asked. */
    OPEN,
    /** Wrong: the file was changed, or is not what it says. */
    BROKEN
  }

  /**
   * One thing that was checked.
   *
   * @param word stable, for programs: {@code content}, {@code included}, {@code signed}, {@code
   *     hub}, {@code cosigned}, {@code anchored}
   * @param text for people
   */
  public record Finding(Level level, String word, String text) {}

  /**
   * An entry as its leaf has it.
   *
   * @param index place in the journal
   * @param kind number of its {@link EntryKind}
   * @param instant when it was recorded, by the hub's clock
   * @param previous hash of the entry before
   * @param commitment SHA-256 of salt and content
   */
  public record Leaf(long index, int kind, Instant instant, byte[] previous, byte[] commitment) {
    /** The leaf's data: deterministic CBOR of the five. */
    public byte[] data() {
      return Cbor.encode(List.of(index, (long) kind, instant.toEpochMilli(), previous, commitment));
    }

    /** Reads {@link #data()} back. */
    public static Leaf of(byte[] data) throws MalformedCborException {
      if (!(Cbor.decode(data) instanceof List<?> list
          && list.size() == 5
          && list.get(0) instanceof Long index
          && list.get(1) instanceof Long kind
          && list.get(2) instanceof Long instant
          && list.get(3) instanceof byte[] previous
          && list.get(4) instanceof byte[] commitment
          && index >= 0
          && kind >= 0
          && kind <= 255
          && previous.length == MerkleTree.HASH
          && commitment.length == MerkleTree.HASH)) {
        throw new MalformedCborException(
            "not a leaf: [index, kind, instant, previous, commitment]");
      }
      return new Leaf(index, kind.intValue(), Instant.ofEpochMilli(instant), previous, commitment);
    }
  }

  /**
   * What came out.
   *
   * @param entries how many entries were checked
   * @param leaf the entry of a receipt; the last one of a journal
   * @param content of a receipt's entry; empty if it was erased
   * @param checkpoint the signed state
   * @param findings in the order in which they were made
   */
  public record Report(
      long entries,
      Optional<Leaf> leaf,
      Optional<byte[]> content,
      Optional<Checkpoint> checkpoint,
      List<Finding> findings) {
    public Report {
      findings = List.copyOf(findings);
    }

    /** Whether nothing is broken. */
    public boolean sound() {
      return findings.stream().noneMatch(finding -> finding.level() == Level.BROKEN);
    }
  }

  private final Optional<String> expectedDid;
  private final Optional<VerificationKey> expectedKey;
  private Object[] lastSigned = {};
  private List<Finding> lastFindings = List.of();

  /**
   * @param expected whom the file should come from: a DID, or a key as did:key or multikey; empty
   *     if anybody will do, then the report says who it was
   * @throws IllegalArgumentException if it is neither
   */
  public ReceiptVerifier(Optional<String> expected) {
    Optional<String> key = expected.filter(e -> e.startsWith("did:key:") || e.startsWith("z"));
    expectedKey = key.map(VerificationKey::parse);
    expectedDid = key.isPresent() ? Optional.empty() : expected;
    if (expectedDid.isPresent() && !expectedDid.get().startsWith("did:")) {
      throw new IllegalArgumentException("neither a DID nor a key: " + expectedDid.get());
    }
  }

  /**
   * Checks a receipt.
   *
   * @throws MalformedCborException if it is none
   */
  public Report receipt(byte[] file) throws MalformedCborException {
    if (file.length > MAX_RECEIPT) {
      throw new MalformedCborException("a receipt has at most " + MAX_RECEIPT + " bytes");
    }
    if (!(Cbor.decode(file) instanceof Map<?, ?> map
        && map.keySet().equals(RECEIPT_KEYS)
        && Long.valueOf(1).equals(map.get(1L))
        && map.get(4L) instanceof byte[] leafData
        && map.get(6L) instanceof byte[] signed
        && map.get(8L) instanceof byte[] keyLog)) {
      throw new MalformedCborException("not a receipt of version 1");
    }
    Leaf leaf = Leaf.of(leafData);
    Checkpoint checkpoint = Checkpoint.of(signed, hashesOrBytes(map.get(7L), MAX_COSIGNATURES));
    List<byte[]> path = hashesOrBytes(map.get(5L), 2 * Long.SIZE);
    List<Finding> findings = new ArrayList<>();
    Optional<byte[]> content = Optional.empty();
    if (map.get(2L) instanceof byte[] bytes && map.get(3L) instanceof byte[] salt) {
      content = Optional.of(bytes);
      findings.add(content(leaf, salt, bytes));
    } else {
      findings.add(
          new Finding(
              Level.OPEN,
              "content",
              "What the entry said was erased, or is not in this file: only that there was an"
                  + " entry is shown."));
    }
    byte[] leafHash = MerkleTree.leaf(leafData);
    findings.add(
        MerkleTree.verifyInclusion(
                leafHash, leaf.index(), checkpoint.size(), path, checkpoint.root())
            ? new Finding(
                Level.PROVEN,
                "included",
                "It is entry "
                    + leaf.index()
                    + " of the signed journal of "
                    + checkpoint.size()
                    + " entries.")
            : new Finding(
                Level.BROKEN,
                "included",
                "It is not in the signed journal: the entry or the path was changed."));
    findings.addAll(signatures(checkpoint, keyLog));
    anchors(map.get(9L), leafHash, leaf.index(), findings);
    return new Report(1, Optional.of(leaf), content, Optional.of(checkpoint), findings);
  }

  /**
   * Checks an exported journal, entry by entry, in constant memory. Reads to the end, does not
   * close.
   *
   * @throws IOException if it cannot be read or is no journal
   */
  public Report journal(InputStream in) throws IOException {
    return journal(in, (leaf, salt, content) -> {});
  }

  /** Hears of each entry of an exported journal. */
  @FunctionalInterface
  public interface EntryListener {
    /**
     * Called for each entry in order, before it is known whether the signature covers it.
     *
     * @param salt empty if the content was erased
     * @param content empty if it was erased
     */
    void entry(Leaf leaf, Optional<byte[]> salt, Optional<byte[]> content) throws IOException;
  }

  /** {@link #journal(InputStream)}, with somebody who hears of each entry. */
  public Report journal(InputStream in, EntryListener listener) throws IOException {
    DataInputStream data = new DataInputStream(in);
    byte[] magic = new byte[JOURNAL_MAGIC.length()];
    data.readFully(magic);
    if (!Arrays.equals(magic, JOURNAL_MAGIC.getBytes(StandardCharsets.US_ASCII))) {
      throw new IOException("not an exported journal");
    }
    List<Finding> findings = new ArrayList<>();
    byte[][] peaks = new byte[Long.SIZE][];
    byte[] previous = MerkleTree.empty();
    Optional<Leaf> last = Optional.empty();
    long count = 0;
    long erased = 0;
    try {
      while (true) {
        List<?> record = record(data);
        if (record.get(0).equals(1L)
            && record.size() == 4
            && record.get(1) instanceof byte[] leafData) {
          Leaf leaf = Leaf.of(leafData);
          if (leaf.index() != count || !Arrays.equals(leaf.previous(), previous)) {
            throw new IOException("entry " + count + " does not follow the one before it");
          }
          Optional<byte[]> salt = optionalBytes(record.get(2));
          Optional<byte[]> content = optionalBytes(record.get(3));
          if (salt.isPresent() && content.isPresent()) {
            Finding finding = content(leaf, salt.get(), content.get());
            if (finding.level() == Level.BROKEN && findings.size() < 100) {
              findings.add(finding);
            }
          } else {
            erased++;
          }
          previous = MerkleTree.leaf(leafData);
          push(peaks, count, previous);
          count++;
          last = Optional.of(leaf);
          listener.entry(leaf, salt, content);
        } else if (record.get(0).equals(2L)
            && record.size() == 4
            && record.get(1) instanceof byte[] signed
            && record.get(3) instanceof byte[] keyLog) {
          Checkpoint checkpoint =
              Checkpoint.of(signed, hashesOrBytes(record.get(2), MAX_COSIGNATURES));
          if (data.read() >= 0) {
            throw new IOException("bytes follow the end of the journal");
          }
          if (findings.isEmpty()) {
            findings.add(
                new Finding(
                    Level.PROVEN,
                    "content",
                    (count - erased)
                        + " entries say what was recorded; of "
                        + erased
                        + " the content was erased."));
          }
          boolean whole =
              checkpoint.size() == count && Arrays.equals(checkpoint.root(), fold(peaks, count));
          findings.add(
              whole
                  ? new Finding(
                      Level.PROVEN,
                      "included",
                      "All " + count + " entries are the signed journal, none missing, none added.")
                  : new Finding(
                      Level.BROKEN,
                      "included",
                      "The entries are not those that were signed: something was changed, taken out"
                          + " or added."));
          findings.addAll(signatures(checkpoint, keyLog));
          return new Report(count, last, Optional.empty(), Optional.of(checkpoint), findings);
        } else {
          throw new IOException("record " + count + " is neither an entry nor the end");
        }
      }
    } catch (EOFException e) {
      throw new IOException("the file ends after " + count + " entries, before its signature", e);
    } catch (MalformedCborException e) {
      throw new IOException("entry " + count + ": " + e.getMessage(), e);
    }
  }

  private static List<?> record(DataInputStream data) throws IOException, MalformedCborException {
    int length = data.readInt();
    if (length < 1 || length > MAX_RECORD) {
      throw new IOException("a record of " + length + " bytes");
    }
    byte[] bytes = data.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    if (!(Cbor.decode(bytes) instanceof List<?> record
        && !record.isEmpty()
        && record.get(0) != null)) {
      throw new MalformedCborException("not a record");
    }
    return record;
  }

  private static Optional<byte[]> optionalBytes(Object value) throws MalformedCborException {
    if (value != null && !(value instanceof byte[])) {
      throw new MalformedCborException("salt and content are bytes");
    }
    return Optional.ofNullable((byte[]) value);
  }

  private static void push(byte[][] peaks, long index, byte[] leaf) {
    byte[] hash = leaf;
    int height = 0;
    while ((index >> height & 1) == 1) {
      hash = MerkleTree.node(peaks[height], hash);
      height++;
    }
    peaks[height] = hash;
  }

  private static byte[] fold(byte[][] peaks, long size) {
    byte[] root = null;
    for (int height = 0; height < Long.SIZE - 1; height++) {
      if ((size >> height & 1) == 1) {
        root = root == null ? peaks[height] : MerkleTree.node(peaks[height], root);
      }
    }
    return root == null ? MerkleTree.empty() : root;
  }

  private static Finding content(Leaf leaf, byte[] salt, byte[] content) {
    return Arrays.equals(commitment(salt, content), leaf.commitment())
        ? new Finding(Level.PROVEN, "content", "It says what was recorded, to the last bit.")
        : new Finding(
            Level.BROKEN,
            "content",
            "Entry "
                + leaf.index()
                + " does not say what was recorded: it was changed afterwards.");
  }

  /** What a leaf keeps of its content: SHA-256 of salt and content. */
  public static byte[] commitment(byte[] salt, byte[] content) {
    MessageDigest sha = sha256();
    sha.update(salt);
    return sha.digest(content);
  }

  private List<Finding> signatures(Checkpoint checkpoint, byte[] keyLog)
      throws MalformedCborException {
    List<byte[]> signed = new ArrayList<>(checkpoint.cosignatures());
    signed.add(checkpoint.signed());
    signed.add(keyLog);
    if (!Arrays.deepEquals(signed.toArray(), lastSigned)) {
      List<Finding> findings = verifySignature(checkpoint, keyLog);
      cosignatures(checkpoint, findings);
      lastFindings = List.copyOf(findings);
      lastSigned = signed.toArray();
    }
    return lastFindings;
  }

  private List<Finding> verifySignature(Checkpoint checkpoint, byte[] keyLog)
      throws MalformedCborException {
    List<Finding> findings = new ArrayList<>();
    CoseSign1 cose = CoseSign1.parse(checkpoint.signed());
    String origin = checkpoint.origin();
    Optional<VerificationKey> key = expectedKey;
    boolean named = false;
    try {
      if (origin.startsWith("did:key:")) {
        Optional<VerificationKey> own = Optional.of(VerificationKey.parse(origin));
        named = true;
        key = key.isPresent() ? key : own;
      } else if (keyLog.length > 0) {
        KeyLog log = KeyLog.verify(keyLog);
        named = log.did().equals(origin);
        if (!named) {
          findings.add(
              new Finding(
                  Level.BROKEN, "hub", "The key log in the file is of another hub: " + log.did()));
        }
        key = key.isPresent() ? key : kid(cose).flatMap(log::key);
      }
    } catch (IOException | IllegalArgumentException e) {
      findings.add(
          new Finding(
              expectedKey.isPresent() ? Level.OPEN : Level.BROKEN,
              "hub",
              "The history of the hub's keys in the file cannot be believed: " + e.getMessage()));
    }
    if (key.isEmpty()) {
      findings.add(
          new Finding(
              Level.BROKEN,
              "signed",
              "Nobody's signature: the file names no key of " + origin + " that signed it."));
      return findings;
    }
    findings.add(
        cose.verify(key.get(), SigningPurpose.CHECKPOINT)
            ? new Finding(
                Level.PROVEN,
                "signed",
                "The key with fingerprint "
                    + key.get().fingerprint()
                    + " signed this journal, dated "
                    + checkpoint.instant()
                    + ".")
            : new Finding(
                Level.BROKEN,
                "signed",
                "The signature is not by the key with fingerprint "
                    + key.get().fingerprint()
                    + "."));
    if (expectedDid.isPresent() && !expectedDid.get().equals(origin)) {
      findings.add(
          new Finding(
              Level.BROKEN, "hub", "It comes from another hub than expected: " + origin + "."));
    } else if (expectedDid.isPresent() && named) {
      findings.add(
          new Finding(Level.PROVEN, "hub", "It comes from the expected hub: " + origin + "."));
    } else if (expectedKey.isPresent()) {
      findings.add(new Finding(Level.PROVEN, "hub", "It was signed with the key that you named."));
    } else {
      findings.add(
          new Finding(
              Level.OPEN,
              "hub",
              "It comes from "
                  + origin
                  + ": compare this name with the hub that you mean (its"
                  + " Settings page shows it)."));
    }
    return findings;
  }

  private static Optional<String> kid(CoseSign1 cose) {
    return cose.unprotectedHeader().get(CoseSign1.KID) instanceof byte[] kid && kid.length <= 128
        ? Optional.of(new String(kid, StandardCharsets.UTF_8))
        : Optional.empty();
  }

  /** Co-signers are known by their keys only; whose they are, the reader has to know. */
  private static void cosignatures(Checkpoint checkpoint, List<Finding> findings)
      throws MalformedCborException {
    byte[] payload = CoseSign1.parse(checkpoint.signed()).payload().orElseThrow();
    Set<VerificationKey> signers = new HashSet<>();
    for (byte[] bytes : checkpoint.cosignatures()) {
      CoseSign1 cose = CoseSign1.parse(bytes);
      try {
        VerificationKey key = VerificationKey.parse(kid(cose).orElse(""));
        if (cose.payload().isPresent()
            && Arrays.equals(cose.payload().get(), payload)
            && cose.verify(key, SigningPurpose.COSIGNATURE)) {
          if (signers.add(key)) {
            findings.add(
                new Finding(
                    Level.PROVEN,
                    "cosigned",
                    "A neighbour saw the same journal and signed it: key with fingerprint "
                        + key.fingerprint()
                        + "."));
          }
          continue;
        }
      } catch (IllegalArgumentException e) {
        // No key to check it with: broken, as below.
      }
      findings.add(
          new Finding(
              Level.BROKEN, "cosigned", "A neighbour's signature in the file does not hold."));
    }
    if (checkpoint.cosignatures().isEmpty()) {
      findings.add(
          new Finding(
              Level.OPEN,
              "cosigned",
              "No neighbour signed it: that the hub shows everybody the same journal rests on the"
                  + " hub alone."));
    }
  }

  private static void anchors(Object value, byte[] leaf, long index, List<Finding> findings)
      throws MalformedCborException {
    List<?> anchors = value instanceof List<?> list ? list : List.of();
    if (anchors.size() > MAX_ANCHORS) {
      throw new MalformedCborException("more than " + MAX_ANCHORS + " anchors");
    }
    for (Object element : anchors) {
      if (!(element instanceof Map<?, ?> anchor
          && anchor.get(1L) instanceof Long size
          && anchor.get(2L) instanceof byte[] root
          && anchor.get(4L) instanceof byte[] proof
          && Cbor.decode(proof) instanceof Map<?, ?> known
          && known.get(1L) instanceof String ledger
          && known.get(2L) instanceof String key
          && known.get(3L) instanceof byte[] anchored)) {
        throw new MalformedCborException("an anchor is {1: size, 2: root, 3: path, 4: proof}");
      }
      boolean under =
          MerkleTree.verifyInclusion(
              leaf, index, size, hashesOrBytes(anchor.get(3L), 2 * Long.SIZE), root);
      boolean alone = Arrays.equals(anchored, root);
      boolean aggregated = !alone && aggregated(root, known.get(4L), anchored);
      String hex = java.util.HexFormat.of().formatHex(anchored);
      if (!under || !(alone || aggregated)) {
        findings.add(
            new Finding(
                Level.BROKEN,
                "anchored",
                "It is not under the root that it says was anchored on " + plain(ledger) + "."));
      } else {
        findings.add(
            new Finding(
                Level.OPEN,
                "anchored",
                "It is under root "
                    + hex
                    + (aggregated ? " of several hubs" : "")
                    + "; that this root is on "
                    + plain(ledger)
                    + " as "
                    + plain(key)
                    + " is to be asked there."));
      }
    }
    if (anchors.isEmpty()) {
      findings.add(
          new Finding(
              Level.OPEN,
              "anchored",
              "No ledger is named: when it was recorded rests on the hub's own clock"
                  + " and its co-signers."));
    }
  }

  /** Whether {@code [index, size, [hashes]]} leads from a journal's root to an aggregate's. */
  private static boolean aggregated(byte[] root, Object path, byte[] anchored)
      throws MalformedCborException {
    return path instanceof List<?> parts
        && parts.size() == 3
        && parts.get(0) instanceof Long index
        && parts.get(1) instanceof Long size
        && MerkleTree.verifyInclusion(
            MerkleTree.leaf(root),
            index,
            size,
            hashesOrBytes(parts.get(2), 2 * Long.SIZE),
            anchored);
  }

  private static String plain(String text) {
    return text.substring(0, Math.min(200, text.length())).replaceAll("[^ -~]", "?");
  }

  private static List<byte[]> hashesOrBytes(Object value, int most) throws MalformedCborException {
    if (!(value instanceof List<?> list) || list.size() > most) {
      throw new MalformedCborException("not a list of at most " + most + " byte strings");
    }
    List<byte[]> result = new ArrayList<>(list.size());
    for (Object element : list) {
      if (!(element instanceof byte[] bytes)) {
        throw new MalformedCborException("not a list of byte strings");
      }
      result.add(bytes);
    }
    return result;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
