package org.commonshub.measure.provider;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.commonshub.measure.api.MeterRecord;

/** Circular buffer of records and the time each came in. Allocated once; not thread-safe. */
final class RecordBuffer {
  private final MeterRecord[] records;
  private final long[] arrivals;
  private int first;
  private int size;

  RecordBuffer(int capacity) {
    records = new MeterRecord[capacity];
    arrivals = new long[capacity];
  }

  int size() {
    return size;
  }

  int capacity() {
    return records.length;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds at the end; false when full. */
  boolean add(MeterRecord record, long arrival) {
    if (size == records.length) {
      return false;
    }
    int at = (first + size) % records.length;
    records[at] = record;
    arrivals[at] = arrival;
    size++;
    return true;
  }

  /** Forgets the oldest record. */
  void dropFirst() {
    records[first] = null;
    first = (first + 1) % records.length;
    size--;
  }

  /** When the oldest record came in; only if there is one. */
  long oldest() {
    return arrivals[first];
  }

  /** Takes at most {@code limit} records from the front. */
  List<MeterRecord> take(int limit) {
    int count = Math.min(limit, size);
    List<MeterRecord> taken = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      taken.add(records[first]);
      dropFirst();
    }
    return Collections.unmodifiableList(taken);
  }
}
