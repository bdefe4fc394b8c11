package org.commonshub.metering.messaging;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.eclipse.paho.client.mqttv3.MqttException;

/** What can go wrong with a broker, in words for people. */
final class Failures {
  private Failures() {}

  static DeviceException closed(Endpoint endpoint) {
    return new DeviceException(
        Kind.DISCONNECTED,
        "The connection to the MQTT broker at "
            + endpoint
            + " was closed because the device was stopped or changed.");
  }

  static DeviceException busy(Endpoint endpoint, int waiting) {
    return new DeviceException(
        Kind.UNREACHABLE,
        "Too many messages wait for the MQTT broker at "
            + endpoint
            + " ("
            + waiting
            + "). Tell its devices less often what to do.");
  }

  static DeviceException noAcknowledgement(Endpoint endpoint, long millis) {
    return new DeviceException(
        Kind.TIMEOUT,
        "The MQTT broker at "
            + endpoint
            + " did not acknowledge a message within "
            + millis / 1_000
            + " s. Check that it is not overloaded.");
  }

  static DeviceException noAnswer(Endpoint endpoint, boolean tls, long millis) {
    return new DeviceException(
        Kind.TIMEOUT,
        "Nothing at "
            + endpoint
            + " answered as an MQTT broker within "
            + millis / 1_000
            + " s. Check the port, and "
            + (tls
                ? "that it is the one with encryption (mostly 8883)."
                : "use mqtts:// if it is the one with encryption (mostly 8883)."));
  }

  static DeviceException subscription(Endpoint endpoint, String filter) {
    return new DeviceException(
        Kind.REFUSED,
        "The MQTT broker at "
            + endpoint
            + " does not let the hub read "
            + filter
            + ". Give the hub's user the right to, in the broker's access list.");
  }

  static DeviceException noSecrets(Endpoint endpoint) {
    return new DeviceException(
        Kind.SETTINGS,
        "The password for the MQTT broker at "
            + endpoint
            + " is not stored in the hub. Enter it again in the settings of the broker.");
  }

  static DeviceException settings(Endpoint endpoint, Throwable cause) {
    return new DeviceException(
        Kind.SETTINGS,
        "The MQTT broker at "
            + endpoint
            + " cannot be used ("
            + text(cause)
            + "). Check the address.",
        cause);
  }

  /**
   * Why a connection did not come about, or ended.
   *
   * @param connected whether the broker had accepted the hub before
   * @param presented fingerprint of the certificate the broker showed, if it showed one
   */
  static DeviceException explain(
      Endpoint endpoint, Throwable failure, boolean connected, Optional<String> presented) {
    boolean tls = endpoint.scheme().equals("mqtts");
    if (failure instanceof MqttException mqtt) {
      switch (mqtt.getReasonCode()) {
        case MqttException.REASON_CODE_FAILED_AUTHENTICATION,
            MqttException.REASON_CODE_NOT_AUTHORIZED -> {
          return refused(
              endpoint,
              "does not accept the hub's user and password. Enter those of a user of the broker in"
                  + " the settings of the MQTT broker",
              mqtt);
        }
        case MqttException.REASON_CODE_INVALID_CLIENT_ID -> {
          return refused(
              endpoint,
              "does not accept the hub's client identifier. Enter the one it expects in the"
                  + " settings of the MQTT broker",
              mqtt);
        }
        case MqttException.REASON_CODE_INVALID_PROTOCOL_VERSION -> {
          return refused(endpoint, "does not speak MQTT 3.1.1. Update it", mqtt);
        }
        case MqttException.REASON_CODE_BROKER_UNAVAILABLE -> {
          return new DeviceException(
              Kind.UNREACHABLE,
              "The MQTT broker at "
                  + endpoint
                  + " says that it is out of service. Look at its log.",
              mqtt);
        }
        case MqttException.REASON_CODE_CLIENT_TIMEOUT, MqttException.REASON_CODE_WRITE_TIMEOUT -> {
          return new DeviceException(
              Kind.TIMEOUT,
              "The MQTT broker at "
                  + endpoint
                  + " does not answer any more. Check that it runs and that the network holds.",
              mqtt);
        }
        default -> {
          // explained by what caused it
        }
      }
    }
    for (Throwable each = failure; each != null; each = each.getCause()) {
      DeviceException known = known(endpoint, tls, each, failure, presented);
      if (known != null) {
        return known;
      }
    }
    if (connected) {
      return new DeviceException(
          Kind.DISCONNECTED,
          "The MQTT broker at "
              + endpoint
              + " ended the connection. Check that it runs, and that no other client uses the same"
              + " client identifier.",
          failure);
    }
    return new DeviceException(
        Kind.DISCONNECTED,
        "The MQTT broker at "
            + endpoint
            + " hung up during the greeting. Check that the port is that of an MQTT broker"
            + (tls ? " with encryption." : " without encryption; with encryption use mqtts://."),
        failure);
  }

  private static DeviceException known(
      Endpoint endpoint,
      boolean tls,
      Throwable cause,
      Throwable failure,
      Optional<String> presented) {
    if (cause instanceof PacketGuard.Malformed malformed) {
      return new DeviceException(
          Kind.INVALID_ANSWER,
          "What answers at "
              + endpoint
              + " is no MQTT 3.1.1 broker: it sent "
              + malformed.getMessage()
              + ". Check the port"
              + (tls ? "." : ", and use mqtts:// if it is the one with encryption."),
          failure);
    }
    if (cause instanceof UnknownHostException) {
      return new DeviceException(
          Kind.UNREACHABLE,
          "The name '"
              + endpoint.host()
              + "' is not known in this network. Check the spelling, or use the broker's address.",
          failure);
    }
    if (cause instanceof Tls.WrongFingerprint) {
      return new DeviceException(
          Kind.SETTINGS,
          "The MQTT broker at "
              + endpoint
              + " shows another certificate than the one entered"
              + shown(presented)
              + ". If it was renewed, enter the new fingerprint; if not, somebody is in between.",
          failure);
    }
    if (cause instanceof CertificateExpiredException) {
      return certificate(endpoint, "has expired", "Renew it at the broker", failure);
    }
    if (cause instanceof CertificateNotYetValidException) {
      return certificate(
          endpoint, "is not valid yet", "Check the clocks of the broker and of the hub", failure);
    }
    if (cause instanceof CertificateException && isNameMismatch(cause)) {
      return certificate(
          endpoint,
          "is not made for the name '" + endpoint.host() + "'",
          "Use a name that stands in it as the address, or enter its fingerprint"
              + shown(presented),
          failure);
    }
    if (cause instanceof CertPathValidatorException
        || cause instanceof java.security.cert.CertPathBuilderException
        || cause instanceof CertificateException) {
      return certificate(
          endpoint,
          "is signed by nobody the hub knows",
          "Enter the authority's certificate in the settings of the MQTT broker, or the"
              + " fingerprint of the broker's own"
              + shown(presented),
          failure);
    }
    if (cause instanceof SSLException && cause.getCause() == null) {
      return new DeviceException(
          Kind.INVALID_ANSWER,
          "No encrypted connection to "
              + endpoint
              + " ("
              + text(cause)
              + "). Check that the port is the one with encryption (mostly 8883), or use mqtt://.",
          failure);
    }
    if (cause instanceof SocketTimeoutException) {
      return new DeviceException(
          Kind.TIMEOUT,
          "Nothing answers at "
              + endpoint
              + ". Check that the broker is switched on and in the same network, and its firewall.",
          failure);
    }
    if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
      String reason = text(cause);
      return new DeviceException(
          Kind.UNREACHABLE,
          "No connection to "
              + endpoint
              + " ("
              + reason
              + "). "
              + (reason.contains("refused")
                  ? "Check the port, and that the MQTT broker runs and listens on the network."
                  : "Check that the broker is switched on and in the same network."),
          failure);
    }
    if (cause instanceof SocketException && text(cause).contains("unreachable")) {
      return new DeviceException(
          Kind.UNREACHABLE,
          "No connection to "
              + endpoint
              + " (network unreachable). Check that the broker is in the same network.",
          failure);
    }
    if (cause instanceof EOFException || cause instanceof SocketException) {
      return null; // the caller knows whether it had been connected
    }
    return null;
  }

  private static boolean isNameMismatch(Throwable cause) {
    String text = text(cause);
    return text.contains("subject alternative") || text.contains("no name matching");
  }

  private static String shown(Optional<String> presented) {
    return presented.map(hex -> " (it shows " + colons(hex) + ")").orElse("");
  }

  private static String colons(String hex) {
    return hex.toUpperCase(Locale.ROOT).replaceAll("(..)(?!$)", "$1:");
  }

  private static DeviceException refused(Endpoint endpoint, String why, Throwable failure) {
    return new DeviceException(
        Kind.REFUSED, "The MQTT broker at " + endpoint + " " + why + ".", failure);
  }

  private static DeviceException certificate(
      Endpoint endpoint, String what, String advice, Throwable failure) {
    return new DeviceException(
        Kind.SETTINGS,
        "The certificate of the MQTT broker at " + endpoint + " " + what + ". " + advice + ".",
        failure);
  }

  private static String text(Throwable cause) {
    String message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.toLowerCase(Locale.ROOT).strip();
  }
}
