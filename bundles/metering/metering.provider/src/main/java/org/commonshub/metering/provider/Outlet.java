package org.commonshub.metering.provider;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus;
import org.commonshub.measure.api.ReadingFrame;

/** The way to the reading bus, with a bounded store for the time in which there is none. */
final class Outlet {
  /** Most records kept while there is no bus; gaps may take as many again. */
  static final int CAPACITY = 8_192;

  private final ArrayDeque<MeterRecord> waiting = new ArrayDeque<>();
  private volatile ReadingBus bus;

  /** Takes a record; false if there is no bus and no room. Never blocks. */
  boolean publish(MeterRecord record) {
    ReadingBus now = bus;
    if (now != null) {
      now.publish(record);
      return true;
    }
    synchronized (waiting) {
      now = bus;
      if (now == null) {
        int room = record instanceof ReadingFrame ? CAPACITY : 2 * CAPACITY;
        return waiting.size() < room && waiting.add(record);
      }
    }
    now.publish(record);
    return true;
  }

  void connect(ReadingBus arrived) {
    synchronized (waiting) {
      for (MeterRecord record = waiting.poll(); record != null; record = waiting.poll()) {
        arrived.publish(record);
      }
      bus = arrived;
    }
  }

  void disconnect(ReadingBus left) {
    synchronized (waiting) {
      if (bus == left) {
        bus = null;
      }
    }
  }

  /** Takes out what could not be handed on. */
  List<MeterRecord> remaining() {
    synchronized (waiting) {
      List<MeterRecord> rest = new ArrayList<>(waiting);
      waiting.clear();
      return rest;
    }
  }
}
