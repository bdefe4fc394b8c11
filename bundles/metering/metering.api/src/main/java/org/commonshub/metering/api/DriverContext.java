package org.commonshub.metering.api;

import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What a driver gets to work with for one device. Everything in it is bound to that device and ends
 * with the session.
 */
@ProviderType
public interface DriverContext {
  /** The device. */
  DeviceId device();

  /** Where it is configured to be. */
  Endpoint endpoint();

  /**
   * Driver settings, by {@link DriverDescription.Option#key()}; defaults filled in, secrets
   * resolved.
   */
  Map<String, String> settings();

  /**
   * The stream to the configured endpoint.
   *
   * @throws IllegalStateException if the endpoint's scheme is a datagram scheme
   */
  StreamConnection stream();

  /**
   * The datagrams of the configured endpoint.
   *
   * @throws IllegalStateException if the endpoint's scheme is a stream scheme
   */
  DatagramConnection datagrams();

  /** What the driver keeps for the device across restarts. */
  DriverMemory memory();

  /**
   * HTTP to the configured endpoint.
   *
   * @throws IllegalStateException if the endpoint's scheme is not http or https
   */
  default HttpConnection http() {
    throw new IllegalStateException(endpoint() + " is not HTTP");
  }

  /**
   * The broker of the configured endpoint.
   *
   * @throws IllegalStateException if the endpoint's scheme is no broker's
   */
  default MqttConnection mqtt() {
    throw new IllegalStateException(endpoint() + " is not a broker");
  }
}
