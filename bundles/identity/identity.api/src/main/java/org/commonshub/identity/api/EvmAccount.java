package org.commonshub.identity.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The hub's account on EVM chains: a secp256k1 key apart from the hub's own. Called by {@code
 * ledger.ethereum} only. Any thread.
 */
@ProviderType
public interface EvmAccount {
  /** Address with EIP-55 checksum, {@code 0x…}. */
  String address();

  /**
   * Signs a Keccak-256 hash (deterministic nonce, RFC 6979; low s, EIP-2).
   *
   * @param hash 32 bytes
   * @return 65 bytes: r (32), s (32), recovery identifier 0 or 1
   */
  byte[] sign(byte[] hash);
}
