package org.commonshub.privacy.provider;

import java.time.Instant;

/** Where one flow gets its values from. Called by one thread at a time. */
interface Collector {
  /** Whether there is something to collect. Quick. */
  boolean due(Instant now);

  /** Whether {@link #collect} waits for the disk. */
  boolean disk();

  /** What is to be released next. */
  Batch collect(Instant now) throws Fault;

  /** That batch is done with, whatever became of it. */
  void advance(Batch batch);

  /** Nobody will collect any more. */
  void close();
}
