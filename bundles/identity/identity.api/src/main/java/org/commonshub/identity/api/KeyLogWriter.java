package org.commonshub.identity.api;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes entries of a {@link KeyLog}. Pure functions; any thread. The caller keeps both keys
 * durably before the bytes leave its memory.
 */
public final class KeyLogWriter {
  private static final String DOMAIN = "hub.local";

  private KeyLogWriter() {}

  /**
   * The first entry, which makes the name.
   *
   * @param key signs it and is the current key from now on
   * @param promised the next key
   * @param at now; written in whole seconds
   * @param signer signs with {@code key}
   */
  public static byte[] begin(
      VerificationKey key, VerificationKey promised, Instant at, CoseSign1.Signer signer) {
    Map<String, Object> parameters = parameters(key, promised);
    parameters.put("method", KeyLogReader.METHOD);
    parameters.put("portable", false);
    parameters.put("scid", KeyLogReader.PLACEHOLDER);
    String did = "did:webvh:" + KeyLogReader.PLACEHOLDER + ":" + DOMAIN;
    Map<String, Object> entry = entry(did, key, parameters, at);
    String scid = KeyLogReader.scid(entry, KeyLogReader.PLACEHOLDER);
    parameters.put("scid", scid);
    entry.put("state", state(did.replace(KeyLogReader.PLACEHOLDER, scid), key));
    return line(entry, 1, scid, key, signer);
  }

  /**
   * A log with one more entry.
   *
   * @param log as it was; it is verified first
   * @param key the key that its last entry promised; signs the new one
   * @param promised the key after that
   * @param at now; an instant that is not after the last entry's becomes one second after it
   * @param signer signs with {@code key}
   * @throws IOException if the log does not hold, {@code key} was not promised, or the log is full
   */
  public static byte[] append(
      byte[] log,
      VerificationKey key,
      VerificationKey promised,
      Instant at,
      CoseSign1.Signer signer)
      throws IOException {
    KeyLogReader before = KeyLogReader.of(log);
    Instant soonest = before.since().plusSeconds(1);
    Map<String, Object> entry =
        entry(before.did(), key, parameters(key, promised), at.isBefore(soonest) ? soonest : at);
    ByteArrayOutputStream longer = new ByteArrayOutputStream(log.length + 2048);
    longer.writeBytes(log);
    longer.writeBytes(
        line(entry, before.log().periods().size() + 1, before.version(), key, signer));
    KeyLog.verify(longer.toByteArray());
    return longer.toByteArray();
  }

  private static Map<String, Object> parameters(VerificationKey key, VerificationKey promised) {
    Map<String, Object> parameters = new TreeMap<>();
    parameters.put("updateKeys", List.of(key.multikey()));
    parameters.put("nextKeyHashes", List.of(KeyLogReader.hash(promised.multikey())));
    return parameters;
  }

  private static Map<String, Object> entry(
      String did, VerificationKey key, Map<String, Object> parameters, Instant at) {
    Map<String, Object> entry = new TreeMap<>();
    entry.put("versionTime", at.truncatedTo(ChronoUnit.SECONDS).toString());
    entry.put("parameters", parameters);
    entry.put("state", state(did, key));
    return entry;
  }

  /** The DID document (W3C DID Core 1.0) with one Multikey. */
  private static Map<String, Object> state(String did, VerificationKey key) {
    String id = did + "#" + key.multikey();
    return new TreeMap<>(
        Map.of(
            "@context",
            List.of("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"),
            "id",
            did,
            "verificationMethod",
            List.of(
                new TreeMap<>(
                    Map.of(
                        "id",
                        id,
                        "type",
                        "Multikey",
                        "controller",
                        did,
                        "publicKeyMultibase",
                        key.multikey()))),
            "authentication",
            List.of(id),
            "assertionMethod",
            List.of(id)));
  }

  static byte[] line(
      Map<String, Object> entry,
      int number,
      String before,
      VerificationKey key,
      CoseSign1.Signer signer) {
    entry.put("versionId", KeyLogReader.versionId(entry, number, before));
    Map<String, Object> proof = new TreeMap<>();
    proof.put("type", "DataIntegrityProof");
    proof.put("cryptosuite", KeyLogReader.cryptosuite(key));
    proof.put("verificationMethod", KeyLogReader.method(key));
    proof.put("proofPurpose", "assertionMethod");
    proof.put("created", entry.get("versionTime"));
    byte[] signature = signer.sign(KeyLogReader.toBeSigned(entry, proof));
    proof.put("proofValue", "z" + Base58.encode(signature));
    entry.put("proof", List.of(proof));
    return (Json.canonical(entry) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
