package org.commonshub.metering.web;

import java.time.Duration;
import java.util.Locale;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;

/** What can go wrong with a request to a device, in words for people. */
final class Failures {
  private Failures() {}

  /** The endpoint without its parameters: a fingerprint helps nobody to find the device. */
  private static String at(Endpoint endpoint) {
    return endpoint.scheme() + "://" + endpoint.host() + ":" + endpoint.port();
  }

  static DeviceException busy(Endpoint endpoint) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "Too many requests wait for "
            + at(endpoint)
            + " ("
            + HttpClientConnection.WAITING
            + "). Ask the device less often.");
  }

  static DeviceException closed(Endpoint endpoint) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The connection to "
            + at(endpoint)
            + " was closed because the device was stopped or changed.");
  }

  static DeviceException settings(Endpoint endpoint, String what) {
    return new DeviceException(
        Kind.SETTINGS, "No request to " + at(endpoint) + " could be made: " + what + ".");
  }

  static DeviceException unresolved(Endpoint endpoint, Exception cause) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "The name '"
            + endpoint.host()
            + "' is not known in this network. Check the spelling, or use the device's address.",
        cause);
  }

  static DeviceException unreachable(Endpoint endpoint, Exception cause) {
    String reason = reason(cause);
    return new DeviceException(
        Kind.UNREACHABLE,
        "No connection to "
            + at(endpoint)
            + " ("
            + reason
            + "). "
            + (reason.contains("refused")
                ? "Check the port, and that the device's web interface is switched on."
                : "Check that the device is powered and in the same network."),
        cause);
  }

  static DeviceException noConnection(Endpoint endpoint, Duration timeout) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "No connection to "
            + at(endpoint)
            + " within "
            + timeout.toMillis()
            + " ms. Check that the device is powered and in the same network.");
  }

  static DeviceException timeout(Endpoint endpoint, Duration timeout) {
    return new DeviceException(
        Kind.TIMEOUT,
        "The device at "
            + at(endpoint)
            + " did not answer completely within "
            + timeout.toMillis()
            + " ms. Ask it less often, or check its network connection.");
  }

  static DeviceException disconnected(Endpoint endpoint, Exception cause) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The device at "
            + at(endpoint)
            + " closed the connection in the middle"
            + (cause == null ? "" : " (" + reason(cause) + ")")
            + ". Check that it is not restarting or asked by too many others.",
        cause);
  }

  static DeviceException notSecure(Endpoint endpoint, Exception cause) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "No secure connection to "
            + at(endpoint)
            + " ("
            + reason(cause)
            + "). Check that the port speaks TLS 1.2 or 1.3, or use http instead of https.",
        cause);
  }

  static DeviceException notTrusted(Endpoint endpoint, boolean pinned, String fingerprint) {
    return new DeviceException(
        Kind.SETTINGS,
        pinned
            ? "The device at "
                + at(endpoint)
                + " shows another certificate than the one that was pinned, with the fingerprint "
                + fingerprint
                + ". If the device was replaced or reset, pin that one (?sha256=…); otherwise"
                + " somebody may stand between."
            : "The certificate of "
                + at(endpoint)
                + " is not trusted: no known authority vouches for it, or for another name. If the"
                + " device shows the same fingerprint, add ?sha256="
                + fingerprint
                + " to its address.");
  }

  static DeviceException invalid(Endpoint endpoint, String what) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The answer of "
            + at(endpoint)
            + " cannot be used: "
            + what
            + ". Check that the address and port are those of the device's web interface.");
  }

  static DeviceException unauthorized(Endpoint endpoint, boolean hadCredentials, boolean known) {
    String at = at(endpoint);
    return new DeviceException(
        Kind.REFUSED,
        !known
            ? "The device at "
                + at
                + " asks for a log-in of a kind that the hub does not know (401). Switch it to"
                + " Basic or Digest, or switch its log-in off."
            : hadCredentials
                ? "The device at "
                    + at
                    + " refused the user name or the password (401). Check the settings user and"
                    + " password."
                : "The device at "
                    + at
                    + " asks for a user name and a password (401). Fill in the settings user and"
                    + " password.");
  }

  static DeviceException forbidden(Endpoint endpoint) {
    return new DeviceException(
        Kind.REFUSED,
        "The device at "
            + at(endpoint)
            + " does not permit this request (403). Give the user of the settings the right to it,"
            + " or switch the local interface on in the device.");
  }

  private static String reason(Exception cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.toLowerCase(Locale.ROOT).strip();
  }
}
