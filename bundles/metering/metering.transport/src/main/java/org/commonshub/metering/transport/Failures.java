package org.commonshub.metering.transport;

import java.time.Duration;
import java.util.Locale;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;

/** What can go wrong, in words for people. */
final class Failures {
  private Failures() {}

  static DeviceException busy(Endpoint endpoint) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "Too many requests wait for "
            + endpoint
            + " ("
            + Reactor.QUEUE
            + "). Ask its devices less often.");
  }

  static DeviceException closed(Endpoint endpoint) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The connection to " + endpoint + " was closed because the device was stopped or changed.");
  }

  static DeviceException listening(Endpoint endpoint) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "The connection to "
            + endpoint
            + " is taken by a device that sends by itself; it cannot be asked as well.");
  }

  static DeviceException disconnected(Endpoint endpoint, String how) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The connection to "
            + endpoint
            + " broke: "
            + how
            + ". Check the cable and that no other client uses the device.");
  }

  static DeviceException disconnected(Endpoint endpoint, Exception cause) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The connection to "
            + endpoint
            + " broke ("
            + reason(cause)
            + "). Check the cable and that no other client uses the device.",
        cause);
  }

  static DeviceException unreachable(Endpoint endpoint, Exception cause) {
    String reason = reason(cause);
    String advice =
        reason.contains("refused")
            ? "Check the port, and that the service is switched on in the device."
            : reason.contains("open files")
                ? "The hub has too many connections open: raise its limit of open files."
                : "Check that the device is powered and in the same network.";
    return new DeviceException(
        Kind.UNREACHABLE, "No connection to " + endpoint + " (" + reason + "). " + advice, cause);
  }

  static DeviceException unresolved(Endpoint endpoint, Exception cause) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "The name '"
            + endpoint.host()
            + "' is not known in this network. Check the spelling, or use the device's address.",
        cause);
  }

  static DeviceException noConnection(Endpoint endpoint, Duration timeout) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "No connection to "
            + endpoint
            + " within "
            + timeout.toMillis()
            + " ms. Check that the device is powered and in the same network.");
  }

  static DeviceException timeout(Endpoint endpoint, Duration timeout, int received) {
    return new DeviceException(
        Kind.TIMEOUT,
        received == 0
            ? "The device at "
                + endpoint
                + " did not answer within "
                + timeout.toMillis()
                + " ms. Check that it is powered and that its address and unit number are right."
            : "The device at "
                + endpoint
                + " sent only part of an answer ("
                + received
                + " bytes) within "
                + timeout.toMillis()
                + " ms. Check the wiring, or allow it more time.");
  }

  static DeviceException invalid(Endpoint endpoint, String what, Exception cause) {
    return new DeviceException(
        Kind.INVALID_ANSWER,
        "The device at "
            + endpoint
            + " cannot be trusted: "
            + what
            + ". Check that it speaks the protocol it is configured with.",
        cause);
  }

  private static String reason(Exception cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.toLowerCase(Locale.ROOT).strip();
  }
}
