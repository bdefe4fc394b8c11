package org.commonshub.metering.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Looks for services in the home network by multicast DNS (RFC 6762, RFC 6763), only when asked.
 * Implemented by {@code metering.transport}; called by {@code metering.provider}.
 */
@ProviderType
public interface ServiceBrowser {
  /**
   * A service instance.
   *
   * @param type {@code _shelly._tcp}
   * @param name instance name
   * @param address numeric address, IPv4 preferred
   * @param port port
   * @param texts TXT record, keys in lower case
   */
  record Instance(String type, String name, String address, int port, Map<String, String> texts) {}

  /**
   * Asks and collects answers.
   *
   * @param types service types, at most 32
   * @param time how long to listen
   * @return at most 256 instances
   */
  CompletionStage<List<Instance>> browse(List<String> types, Duration time);
}
