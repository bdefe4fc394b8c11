package org.commonshub.metering.messaging;

import java.util.Locale;
import java.util.Optional;

/**
 * What a person entered about a broker.
 *
 * @param name last part of the configuration's PID
 * @param host host name or address, lower case
 * @param port port
 * @param user user; empty for none
 * @param password password or a reference to it; empty for none
 * @param authority certificates (PEM) of the authority that signed the broker's, or the path of a
 *     file with them; empty for those of the system
 * @param fingerprint SHA-256 of the broker's certificate in lower-case hexadecimal; empty for none
 * @param clientId client identifier; empty for a random one
 */
record BrokerSettings(
    String name,
    String host,
    int port,
    String user,
    String password,
    String authority,
    String fingerprint,
    String clientId) {

  /** Nothing entered. */
  static BrokerSettings anonymous(String host, int port) {
    return new BrokerSettings("", host, port, "", "", "", "", "");
  }

  BrokerSettings withFingerprint(String other) {
    return new BrokerSettings(name, host, port, user, password, authority, other, clientId);
  }

  /** A fingerprint as people write it, colons and spaces and all; empty if it is none. */
  static Optional<String> fingerprint(String text) {
    String hex = text.replaceAll("[:\\s]", "").toLowerCase(Locale.ROOT);
    return hex.matches("[0-9a-f]{64}") ? Optional.of(hex) : Optional.empty();
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return name + " (" + host + ":" + port + ")";
  }
}
