package org.commonshub.ledger.api;

import java.io.IOException;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Hands sealed batches to a place where others can fetch them. Implemented by {@code ledger.ipfs},
 * one service per configured place; called by the console. Waits for the network.
 */
@ProviderType
public interface ContentPublisher {
  /** Where it publishes, for people. */
  String destination();

  /**
   * Publishes a batch of the {@link ContentStore}, if {@link ContentRelease} allows it. Doing it
   * again has no further effect.
   *
   * @throws IOException if it was not published: the batch is not kept, the privacy gate is absent
   *     or refuses, or the place does not take it; the message is for people
   */
  void publish(String cid) throws IOException;
}
