package org.commonshub.platform.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The certificate behind the hub's HTTPS port. Implemented by {@code platform.tls}; registered
 * while the port is open, so that its absence means plain HTTP on loopback only.
 */
@ProviderType
public interface TlsIdentity {
  /**
   * SHA-256 of the DER certificate as browsers show it: 32 upper-case hexadecimal bytes joined by
   * colons.
   */
  String fingerprint();

  /** TCP port that answers HTTPS. */
  int port();

  /** Address the port is bound to, {@code 127.0.0.1} or {@code 0.0.0.0} for instance. */
  String host();
}
