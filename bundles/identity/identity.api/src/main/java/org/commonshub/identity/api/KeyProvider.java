package org.commonshub.identity.api;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A place that keeps private keys and signs inside: encrypted files, a TPM, a secure element. A
 * service; the one with the highest {@code service.ranking} makes new keys, existing ones stay
 * where they are. Called by {@code identity.provider} only, on any thread, and for at most 2 s.
 */
@ConsumerType
public interface KeyProvider {
  /** Service property: unique name of the place, {@code file} or {@code tpm} for example. */
  String NAME = "key.provider";

  /** What it can make. */
  Set<KeyAlgorithm> algorithms();

  /**
   * Makes a key, durably, under a new name.
   *
   * @param name letters, digits, {@code . _ - ~}; at most 128
   * @throws IOException if the name is taken or the place refuses; the message is for people
   */
  VerificationKey create(String name, KeyAlgorithm algorithm) throws IOException;

  /** The public half of a key that is kept here. */
  Optional<VerificationKey> find(String name);

  /**
   * Signs.
   *
   * @return 64 bytes, see {@link KeyAlgorithm}
   * @throws IOException if there is no such key or the place does not answer
   */
  byte[] sign(String name, byte[] message) throws IOException;

  /** Destroys a key for ever; nothing happens if there is none. */
  void destroy(String name) throws IOException;
}
