package org.commonshub.metering.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Where drivers put devices that announce themselves (a charge point that connects, a topic that
 * appears). Nothing is read from them until a person adds them. Implemented by {@code
 * metering.provider}; bounded to 256 entries, the oldest go first.
 */
@ProviderType
public interface DeviceInbox {
  /**
   * Announces a device. The same driver, endpoint and settings again only renew it; a configured
   * device with the same driver, endpoint and settings is never listed.
   */
  void announce(String driver, Endpoint endpoint, Discoverer.Candidate candidate);
}
