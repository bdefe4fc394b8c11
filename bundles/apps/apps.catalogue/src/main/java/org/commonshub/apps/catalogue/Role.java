package org.commonshub.apps.catalogue;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.commonshub.identity.api.KeyAlgorithm;
import org.commonshub.identity.api.VerificationKey;

/**
 * Who may sign something: keys by their id, and how many of them have to.
 *
 * @param name for messages
 * @param keys Ed25519 keys; those of other kinds are left out, they can't vouch here
 * @param threshold how many different keys
 */
record Role(String name, Map<String, VerificationKey> keys, int threshold) {
  private static final int MAX_KEYS = 32;

  Role {
    keys = Map.copyOf(keys);
  }

  /** Keys of a root or of delegations, by id. */
  static Map<String, VerificationKey> keys(Fields table) throws MetadataException {
    Map<String, VerificationKey> keys = new TreeMap<>();
    for (String id : table.names(512)) {
      Fields key = table.object(id);
      if (id.length() != 64 || !Fields.HEX.matcher(id).matches()) {
        throw table.wrong(id, "a key's id is the hex of 32 bytes");
      }
      if (key.text("keytype", 64).equals("ed25519") && key.text("scheme", 64).equals("ed25519")) {
        keys.put(id, Keys.parse(key.object("keyval").hex("public", 32)));
      }
    }
    return keys;
  }

  /** A role of a root or of delegations. */
  static Role of(String name, Fields role, Map<String, VerificationKey> keys)
      throws MetadataException {
    Map<String, VerificationKey> own = new TreeMap<>();
    Set<String> seen = new HashSet<>();
    for (String id : role.texts("keyids", MAX_KEYS, 64)) {
      if (!seen.add(id)) {
        throw role.wrong("keyids", "a key stands there twice");
      }
      if (keys.containsKey(id)) {
        own.put(id, keys.get(id));
      }
    }
    Role made = new Role(name, own, (int) role.integer("threshold", 1, MAX_KEYS));
    if (made.distinct() < made.threshold) {
      throw role.wrong("threshold", "more than the role has Ed25519 keys");
    }
    return made;
  }

  /** Different keys: one under two ids is one. */
  private int distinct() {
    return Set.copyOf(keys.values()).size();
  }

  /** Whether the same keys and threshold vouch. */
  boolean same(Role other) {
    return threshold == other.threshold
        && Set.copyOf(keys.values()).equals(Set.copyOf(other.keys.values()));
  }

  /** Different keys that vouch, for listings. */
  List<VerificationKey> list() {
    TreeSet<String> names = new TreeSet<>();
    keys.values().forEach(key -> names.add(key.multikey()));
    return names.stream().map(VerificationKey::parse).toList();
  }

  /**
   * Demands enough signatures of different keys.
   *
   * @throws MetadataException if there are fewer
   */
  void verify(Envelope document) throws MetadataException {
    Set<VerificationKey> good = new HashSet<>();
    for (Map.Entry<String, byte[]> signature : document.signatures().entrySet()) {
      VerificationKey key = keys.get(signature.getKey());
      if (key != null
          && key.algorithm() == KeyAlgorithm.ED25519
          && !good.contains(key)
          && key.verify(document.payload(), signature.getValue())) {
        good.add(key);
        if (good.size() == threshold) {
          return;
        }
      }
    }
    throw new MetadataException(
        "the "
            + name
            + " metadata is signed by "
            + good.size()
            + " of its role's keys, and "
            + threshold
            + " have to");
  }
}
