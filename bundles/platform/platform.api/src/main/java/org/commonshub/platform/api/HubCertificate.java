package org.commonshub.platform.api;

import javax.net.ssl.SSLContext;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The hub's certificate, for whoever serves TLS. Implemented by {@code platform.tls}; registered
 * once the certificate is loaded, whether or not the console's HTTPS port is open. The private key
 * stays inside.
 */
@ProviderType
public interface HubCertificate {
  /** SHA-256 of the DER certificate, as {@link TlsIdentity#fingerprint()} shows it. */
  String fingerprint();

  /**
   * A context for the server's side that shows the certificate and asks clients for none. The same
   * each time; engines are limited to TLS 1.2 and 1.3 by the caller.
   */
  SSLContext serverContext();
}
