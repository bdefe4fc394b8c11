package org.commonshub.identity.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Reads a key log entry by entry as did:webvh 1.0 prescribes (DIF, "Read (Resolve)"), with one
 * update key at a time, pre-rotation always on, one name for ever, and ecdsa-jcs-2019 proofs for
 * P-256 keys, which the method itself does not allow. Keeps what the next entry needs.
 */
final class KeyLogReader {
  static final String METHOD = "did:webvh:1.0";
  static final String PLACEHOLDER = "{SCID}";

  private static final int MAX_ENTRY_BYTES = 16 * 1024;
  private static final int MAX_PROMISES = 8;
  private static final Pattern HASH = Pattern.compile("[1-9A-HJ-NP-Za-km-z]{46}");
  private static final Pattern DOMAIN = Pattern.compile("[A-Za-z0-9._%:-]{1,253}");
  private static final Set<String> MEMBERS =
      Set.of("versionId", "versionTime", "parameters", "state", "proof");
  private static final Set<String> PARAMETERS =
      Set.of("method", "scid", "updateKeys", "nextKeyHashes", "portable");
  private static final Set<String> PROOF =
      Set.of("type", "cryptosuite", "verificationMethod", "proofPurpose", "created", "proofValue");

  private final List<KeyLog.Period> periods = new ArrayList<>();
  private String did = "";
  private String scid = "";
  private String version = "";
  private Set<String> promises = Set.of();

  private KeyLogReader() {}

  static KeyLog read(byte[] log) throws IOException {
    return of(log).log();
  }

  static KeyLogReader of(byte[] log) throws IOException {
    if (log.length == 0 || log.length > KeyLog.MAX_BYTES) {
      throw new IOException("A key log has 1 to " + KeyLog.MAX_BYTES + " bytes");
    }
    KeyLogReader reader = new KeyLogReader();
    int start = 0;
    while (start < log.length) {
      int end = start;
      while (end < log.length && log[end] != '\n') {
        end++;
      }
      try {
        reader.entry(Arrays.copyOfRange(log, start, end));
      } catch (IOException e) {
        throw new IOException(
            "Entry " + (reader.periods.size() + 1) + " of the key log: " + e.getMessage(), e);
      }
      start = end + 1;
    }
    return reader;
  }

  KeyLog log() {
    return new KeyLog(did, List.copyOf(periods));
  }

  String version() {
    return version;
  }

  String did() {
    return did;
  }

  Instant since() {
    return periods.get(periods.size() - 1).since();
  }

  private void entry(byte[] line) throws IOException {
    if (periods.size() == KeyLog.MAX_ENTRIES || line.length > MAX_ENTRY_BYTES) {
      throw new IOException(
          "more than " + KeyLog.MAX_ENTRIES + " entries, or one of more than " + MAX_ENTRY_BYTES);
    }
    Map<String, Object> entry = Json.object(line);
    if (!entry.keySet().equals(MEMBERS)) {
      throw new IOException("its members are not " + new TreeSet<>(MEMBERS));
    }
    List<?> proofs = Json.list(entry.remove("proof"), "proof");
    Map<String, Object> parameters = Json.map(entry.get("parameters"), "parameters");
    Map<String, Object> state = Json.map(entry.get("state"), "state");
    if (!PARAMETERS.containsAll(parameters.keySet())) {
      throw new IOException("a parameter is not among " + new TreeSet<>(PARAMETERS));
    }
    boolean first = periods.isEmpty();
    if (first) {
      begin(entry, parameters, state);
    } else if (parameters.containsKey("scid")
        || Boolean.TRUE.equals(parameters.get("portable"))
        || !parameters.getOrDefault("method", METHOD).equals(METHOD)) {
      throw new IOException("method, scid and portable belong to the first entry");
    }
    if (!did.equals(state.get("id"))) {
      throw new IOException("it is about another name than " + did);
    }
    VerificationKey key = key(parameters);
    if (!first && !promises.contains(hash(key.multikey()))) {
      throw new IOException("its key was not promised by the entry before");
    }
    Instant time = time(entry);
    if (!first && !time.isAfter(since())) {
      throw new IOException("it is not younger than the entry before");
    }
    String versionId = Json.string(entry.get("versionId"), "versionId");
    if (!versionId.equals(versionId(entry, periods.size() + 1, first ? scid : version))) {
      throw new IOException("its hash does not match its content or the entry before");
    }
    if (proofs.size() != 1) {
      throw new IOException("it has " + proofs.size() + " proofs instead of one");
    }
    prove(entry, Json.map(proofs.get(0), "proof"), key);
    version = versionId;
    promises = promises(parameters);
    periods.add(new KeyLog.Period(key, time, versionId));
  }

  private void begin(
      Map<String, Object> entry, Map<String, Object> parameters, Map<String, Object> state)
      throws IOException {
    if (!METHOD.equals(parameters.get("method"))) {
      throw new IOException("its method is not " + METHOD);
    }
    scid = Json.string(parameters.get("scid"), "scid");
    did = Json.string(state.get("id"), "state.id");
    String before = "did:webvh:" + scid + ":";
    if (!HASH.matcher(scid).matches()
        || !did.startsWith(before)
        || !DOMAIN.matcher(did.substring(before.length())).matches()) {
      throw new IOException("its name is not did:webvh:SCID:DOMAIN");
    }
    if (Json.canonical(entry).contains(PLACEHOLDER) || !scid.equals(scid(entry, scid))) {
      throw new IOException("its hash is not the name");
    }
  }

  private static VerificationKey key(Map<String, Object> parameters) throws IOException {
    List<?> keys = Json.list(parameters.get("updateKeys"), "updateKeys");
    if (keys.size() != 1) {
      throw new IOException("it has " + keys.size() + " update keys instead of one");
    }
    try {
      String multikey = Json.string(keys.get(0), "an update key");
      VerificationKey key = VerificationKey.parse(multikey);
      if (!key.multikey().equals(multikey)) {
        throw new IOException("its update key is not a multikey");
      }
      return key;
    } catch (IllegalArgumentException e) {
      throw new IOException("its update key is " + e.getMessage(), e);
    }
  }

  private static Set<String> promises(Map<String, Object> parameters) throws IOException {
    List<?> hashes = Json.list(parameters.get("nextKeyHashes"), "nextKeyHashes");
    Set<String> promises = new HashSet<>();
    for (Object hash : hashes) {
      String text = Json.string(hash, "a hash of a next key");
      if (!HASH.matcher(text).matches()) {
        throw new IOException("a hash of a next key is not a SHA-256 multihash in base58");
      }
      promises.add(text);
    }
    if (promises.isEmpty() || promises.size() > MAX_PROMISES) {
      throw new IOException("it promises no next key, or more than " + MAX_PROMISES);
    }
    return promises;
  }

  private static Instant time(Map<String, Object> entry) throws IOException {
    String time = Json.string(entry.get("versionTime"), "versionTime");
    try {
      if (!time.endsWith("Z") || time.length() > 30) {
        throw new IOException("its versionTime is not UTC");
      }
      return Instant.parse(time);
    } catch (DateTimeException e) {
      throw new IOException("its versionTime is not an instant", e);
    }
  }

  private static void prove(
      Map<String, Object> entry, Map<String, Object> proof, VerificationKey key)
      throws IOException {
    if (!PROOF.containsAll(proof.keySet())
        || !"DataIntegrityProof".equals(proof.get("type"))
        || !"assertionMethod".equals(proof.get("proofPurpose"))) {
      throw new IOException("its proof is no DataIntegrityProof of an assertionMethod");
    }
    if (!cryptosuite(key).equals(proof.get("cryptosuite"))) {
      throw new IOException("the cryptosuite of its proof is not " + cryptosuite(key));
    }
    if (!method(key).equals(proof.get("verificationMethod"))) {
      throw new IOException("its proof is by another key");
    }
    String value = Json.string(proof.remove("proofValue"), "proofValue");
    byte[] signature = {};
    try {
      if (value.startsWith("z") && value.length() <= 90) {
        signature = Base58.decode(value.substring(1));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("its proofValue is not base58", e);
    }
    if (!key.verify(toBeSigned(entry, proof), signature)) {
      throw new IOException("its signature does not hold");
    }
  }

  static String cryptosuite(VerificationKey key) {
    return key.algorithm() == KeyAlgorithm.ED25519 ? "eddsa-jcs-2022" : "ecdsa-jcs-2019";
  }

  /** The key as a DID URL that resolves to itself. */
  static String method(VerificationKey key) {
    return key.didKey() + "#" + key.multikey();
  }

  /** What a proof signs (W3C vc-di-eddsa, section 3.3.4; vc-di-ecdsa, section 3.3.4). */
  static byte[] toBeSigned(Map<String, Object> entry, Map<String, Object> proofWithoutValue) {
    ByteArrayOutputStream hashes = new ByteArrayOutputStream(64);
    hashes.writeBytes(sha256(Json.canonical(proofWithoutValue)));
    hashes.writeBytes(sha256(Json.canonical(entry)));
    return hashes.toByteArray();
  }

  /** The hash of an entry without proof, with every {@code scid} in it as a placeholder. */
  static String scid(Map<String, Object> entry, String scid) {
    Map<String, Object> preliminary = new TreeMap<>(entry);
    preliminary.put("versionId", PLACEHOLDER);
    return hash(Json.canonical(preliminary).replace(scid, PLACEHOLDER));
  }

  /** The version of an entry without proof, from its content and the version before. */
  static String versionId(Map<String, Object> entry, int number, String before) {
    Map<String, Object> preliminary = new TreeMap<>(entry);
    preliminary.put("versionId", before);
    return number + "-" + hash(Json.canonical(preliminary));
  }

  /** SHA-256 multihash in base58btc. */
  static String hash(String text) {
    byte[] multihash = new byte[34];
    multihash[0] = 0x12;
    multihash[1] = 32;
    System.arraycopy(sha256(text), 0, multihash, 2, 32);
    return Base58.encode(multihash);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-256 is part of every Java", e);
    }
  }
}
