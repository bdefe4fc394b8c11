package org.commonshub.ledger.api;

import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whether a sealed batch may leave the hub. To be implemented by the privacy gate and by nobody
 * else; asked by {@code ledger.ipfs} right before it sends. While there is none, nothing leaves.
 */
@ConsumerType
public interface ContentRelease {
  /**
   * Decides, from consents, within 5 s.
   *
   * @param content the batch
   * @param destination where it would go, as configured ({@code https://ipfs.example:5001})
   * @return empty if it may leave; otherwise why not, in plain words
   */
  Optional<String> refusal(ContentStore.Sealed content, String destination);
}
