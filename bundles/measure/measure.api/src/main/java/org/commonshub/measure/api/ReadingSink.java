package org.commonshub.measure.api;

import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Whiteboard service that receives every record. Each sink has its own thread and its own bounded
 * queue in the bus; a slow or failing sink delays nobody else.
 *
 * <p>Service properties: {@link #NAME} (required, unique), {@link #KIND} ({@link #LIVE} by
 * default), {@link #CAPACITY} (records in memory, default 8,192).
 *
 * <ul>
 *   <li>A <b>live</b> sink sees what is new: when its queue is full, the oldest record is dropped
 *       and counted.
 *   <li>A <b>storage</b> sink gets everything at least once, in order per device. Returning
 *       normally means <em>durable</em>: the bus forgets the batch. Throwing means none of it may
 *       be assumed stored: the bus retries with back-off, and meanwhile spills to a preallocated
 *       ring on disk that survives restarts and the absence of the sink. When the ring is full, raw
 *       values become recorded gaps, registers go last.
 * </ul>
 */
@ConsumerType
public interface ReadingSink {
  /** Service property: unique name of the sink. */
  String NAME = "sink.name";

  /** Service property: {@link #LIVE} or {@link #STORAGE}. */
  String KIND = "sink.kind";

  /** Service property: capacity of the queue in records. */
  String CAPACITY = "sink.capacity";

  /** Value of {@link #KIND}: newest data wins. */
  String LIVE = "live";

  /** Value of {@link #KIND}: nothing may be lost. */
  String STORAGE = "storage";

  /**
   * Receives a batch, at least one record and at most 4,096, in order per device. Always called by
   * the same thread at a time. A storage batch may repeat records seen before (idempotent keys).
   *
   * @throws Exception if the batch could not be taken; see above
   */
  void accept(List<MeterRecord> batch) throws Exception;
}
