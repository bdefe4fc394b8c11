package org.commonshub.identity.api;

import java.io.IOException;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * This hub's name and signature. Made on the device at first start; survives updates; a factory
 * reset ends it. Any thread; signing takes about a millisecond and touches no disk.
 */
@ProviderType
public interface HubIdentity {
  /**
   * The stable name, {@code did:webvh:SCID:hub.local}: SCID is the hash of the first entry of
   * {@link #keyLog()}, so it outlives every key.
   */
  String did();

  /** The current key. */
  VerificationKey key();

  /** Other names of the current key: its did:key, and a did:web if a host name is configured. */
  List<String> aliases();

  /** {@link #did()}'s identifier in groups of four characters, to be compared by two people. */
  String fingerprint();

  /**
   * What a neighbour or an operator scans from the console's Settings page: {@code
   * commonshub:DID?key=MULTIKEY}; holds no secret.
   */
  String card();

  /** The signed key log, one JSON entry per line; see {@link KeyLog}. Public. */
  byte[] keyLog();

  /**
   * Signs as COSE_Sign1 with the current key; header 4 holds the key's multikey in UTF-8.
   *
   * @param payload at most 1 MiB
   * @throws java.io.UncheckedIOException if the key is in a chip that does not answer within 2 s
   */
  byte[] sign(SigningPurpose purpose, byte[] payload);

  /**
   * Signs as compact JWS (RFC 7515) with {@code kid} = {@link #did()}{@code #}multikey.
   *
   * @param payload at most 1 MiB
   * @throws java.io.UncheckedIOException if the key is in a chip that does not answer within 2 s
   */
  String jws(SigningPurpose purpose, byte[] payload);

  /**
   * Moves on to the key that the log had promised, and promises the next. Durable when it returns;
   * what was signed before stays verifiable by the log.
   *
   * @throws IOException if nothing was changed, because the disk refused
   */
  VerificationKey rotate() throws IOException;
}
