package org.commonshub.neighbour.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Answers neighbours' questions of one topic. A whiteboard service with property {@link #TOPIC}.
 * Called on a thread of the transport, at most four at a time and one per neighbour; must return
 * within 5 s.
 */
@ConsumerType
public interface NeighbourService {
  /** Service property: name of the {@link Topic}. */
  String TOPIC = "neighbour.topic";

  /**
   * Answers.
   *
   * @param did who asks; proven
   * @param question hostile until parsed, at most {@link Neighbours#MAX_BYTES}
   * @throws NeighbourException with {@link NeighbourException.Kind#REFUSED} and a reason for people
   */
  byte[] answer(String did, byte[] question) throws NeighbourException;
}
