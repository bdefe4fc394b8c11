package org.commonshub.identity.api;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The history of a hub's keys, shaped like did:webvh 1.0 and kept offline: one JSON entry per line,
 * each naming the hash of the one before and signed (Data Integrity proof, eddsa-jcs-2022) with a
 * key that the entry before had promised by its hash (pre-rotation). The identifier of the DID
 * (SCID) is the hash of the first entry, so nobody can make another log for the same name.
 *
 * @param did the stable name
 * @param periods keys in order, the last one is current
 */
public record KeyLog(String did, List<Period> periods) {
  /** Most bytes of a log that are read. */
  public static final int MAX_BYTES = 256 * 1024;

  /** Most entries of a log that are read. */
  public static final int MAX_ENTRIES = 256;

  /**
   * One entry.
   *
   * @param key the current key from it on
   * @param since by the hub's own clock
   * @param version number and hash of the entry; the hash covers all entries before, too
   */
  public record Period(VerificationKey key, Instant since, String version) {}

  /** The current key. */
  public VerificationKey current() {
    return periods.get(periods.size() - 1).key();
  }

  /** The key with that multikey, if it ever was one of this hub's. */
  public Optional<VerificationKey> key(String multikey) {
    return periods.stream()
        .map(Period::key)
        .filter(key -> key.multikey().equals(multikey))
        .findFirst();
  }

  /**
   * Whether this is a later, or the same, state of a log that was seen before. If neither of two
   * logs of one name continues the other, two hubs hold one key.
   */
  public boolean continues(KeyLog before) {
    return did.equals(before.did)
        && periods.size() >= before.periods.size()
        && periods.subList(0, before.periods.size()).equals(before.periods);
  }

  /**
   * Reads and checks a whole log: SCID, entry hashes, promises, proofs.
   *
   * @throws IOException naming the entry and what is wrong with it
   */
  public static KeyLog verify(byte[] log) throws IOException {
    return KeyLogReader.read(log);
  }
}
