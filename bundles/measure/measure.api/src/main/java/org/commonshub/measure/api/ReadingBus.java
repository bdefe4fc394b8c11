package org.commonshub.measure.api;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The way of every reading. Implemented by {@code measure.provider}; published to by {@code
 * metering.provider} (and by nobody else: drivers hand their values to the scheduler).
 */
@ProviderType
public interface ReadingBus {
  /**
   * Takes a record and returns at once: never blocks, never throws for a full sink. What a sink
   * cannot take is handled by that sink's policy ({@link ReadingSink}).
   */
  void publish(MeterRecord record);

  /**
   * State of each sink now or lately connected.
   *
   * @param name the sink's {@link ReadingSink#NAME}
   * @param kind {@link ReadingSink#LIVE} or {@link ReadingSink#STORAGE}
   * @param connected whether its service is present
   * @param queued records in memory
   * @param spilledBytes bytes waiting in the ring on disk
   * @param accepted records it has accepted
   * @param dropped records dropped (live) or turned into gaps (storage)
   * @param oldestQueuedMillis age of the oldest record not yet accepted, 0 when none
   * @param problem last failure in plain words, or empty
   */
  record SinkStatus(
      String name,
      String kind,
      boolean connected,
      int queued,
      long spilledBytes,
      long accepted,
      long dropped,
      long oldestQueuedMillis,
      String problem) {

    /** Whether it is a sink that keeps readings. */
    public boolean storage() {
      return ReadingSink.STORAGE.equals(kind);
    }
  }

  /** One status per sink, by name. */
  List<SinkStatus> sinks();
}
