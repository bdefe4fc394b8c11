package org.commonshub.measure.provider;

import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingBus.SinkStatus;
import org.commonshub.measure.api.ReadingSink;

/** What stands between the bus and one sink. */
interface SinkQueue {
  /** Most records of one batch; see {@link ReadingSink#accept}. */
  int MAX_BATCH = 4096;

  /** Name of the sink. */
  String name();

  /** Takes a record; never waits for the sink or a disk. */
  void offer(MeterRecord record);

  /** Serves this sink from now on. */
  void connect(ReadingSink sink);

  /** Does not call this sink any more once this returns, unless it hangs. */
  void disconnect(ReadingSink sink);

  /** State now. */
  SinkStatus status();
}
