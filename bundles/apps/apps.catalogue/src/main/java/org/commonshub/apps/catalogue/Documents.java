package org.commonshub.apps.catalogue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.commonshub.identity.api.Json;
import org.commonshub.identity.api.VerificationKey;

/** Writes documents of TUF; published as JCS, which is JSON whatever the texts hold. */
final class Documents {
  private static final String SPEC_VERSION = "1.0.31";

  private Documents() {}

  static Map<String, Object> signed(String type, long version, Instant expires) {
    Map<String, Object> signed = new TreeMap<>();
    signed.put("_type", type);
    signed.put("spec_version", SPEC_VERSION);
    signed.put("version", version);
    signed.put("expires", instant(expires));
    return signed;
  }

  static String instant(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** A role, whose keys are put into {@code table}. */
  static Map<String, Object> role(
      List<VerificationKey> keys, int threshold, Map<String, Object> table) {
    List<Object> ids = new ArrayList<>();
    for (VerificationKey key : keys) {
      String id = Keys.id(key);
      table.put(id, Keys.json(key));
      ids.add(id);
    }
    Map<String, Object> role = new TreeMap<>();
    role.put("keyids", ids);
    role.put("threshold", (long) threshold);
    return role;
  }

  /** A document that nobody signed yet. */
  static byte[] draft(Map<String, Object> signed) {
    return bytes(signed, List.of());
  }

  /** With one signature more; one of the same key is replaced. */
  static byte[] sign(byte[] document, SigningKey key) throws MetadataException {
    Envelope envelope = Envelope.parse(document);
    Map<String, byte[]> all = new TreeMap<>(envelope.signatures());
    all.put(Keys.id(key.key()), key.sign(envelope.payload()));
    List<Object> signatures = new ArrayList<>();
    all.forEach(
        (id, sig) ->
            signatures.add(
                new TreeMap<>(Map.of("keyid", id, "sig", HexFormat.of().formatHex(sig)))));
    return bytes(envelope.signed().map(), signatures);
  }

  private static byte[] bytes(Object signed, List<Object> signatures) {
    Map<String, Object> envelope = new TreeMap<>();
    envelope.put("signatures", signatures);
    envelope.put("signed", sorted(signed));
    return Json.canonical(envelope).getBytes(StandardCharsets.UTF_8);
  }

  private static Object sorted(Object value) {
    if (value instanceof Map<?, ?> map) {
      Map<String, Object> sorted = new TreeMap<>();
      map.forEach((name, field) -> sorted.put(name.toString(), sorted(field)));
      return sorted;
    }
    if (value instanceof List<?> list) {
      List<Object> sorted = new ArrayList<>();
      list.forEach(element -> sorted.add(sorted(element)));
      return sorted;
    }
    return value;
  }

  /** One target. */
  static Map<String, Object> target(long length, String sha256, Map<?, ?> custom) {
    Map<String, Object> target = new TreeMap<>();
    target.put("length", length);
    target.put("hashes", new TreeMap<>(Map.of("sha256", sha256)));
    if (!custom.isEmpty()) {
      target.put("custom", custom);
    }
    return target;
  }

  /** The targets of a document, to be changed. */
  static Map<String, Object> targets(Metadata.Targets document) {
    Map<String, Object> targets = new TreeMap<>();
    document
        .targets()
        .forEach(
            (path, target) ->
                targets.put(path, target(target.length(), target.sha256(), target.custom().map())));
    return targets;
  }

  /** Adds why a target is taken back. */
  static void withdraw(Map<String, Object> targets, String path, String reason)
      throws MetadataException {
    if (!(targets.get(path) instanceof Map<?, ?> target)) {
      throw new MetadataException("there is no " + path);
    }
    if (reason.isBlank() || reason.length() > 300) {
      throw new MetadataException("a reason has 1 to 300 characters");
    }
    Map<Object, Object> custom = new TreeMap<>();
    if (target.get("custom") instanceof Map<?, ?> before) {
      custom.putAll(before);
    }
    custom.put("withdrawn", reason);
    Map<Object, Object> changed = new TreeMap<>(target);
    changed.put("custom", custom);
    targets.put(path, changed);
  }
}
