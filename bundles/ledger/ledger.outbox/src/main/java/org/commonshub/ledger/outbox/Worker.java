package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of one outbox. */
final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

  private final Outbox outbox;
  private final Thread thread;

  Worker(Outbox outbox) {
    this.outbox = outbox;
    this.thread = new Thread(this::run, "ledger-outbox-" + outbox);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    long left = 0;
    try {
      while (outbox.await(left)) {
        try {
          left = outbox.step();
        } catch (RuntimeException | LinkageError | StackOverflowError e) {
          LOG.error("A step of the outbox {} failed; it goes on.", outbox, e);
          left = TimeUnit.SECONDS.toNanos(1);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the thread, at most 5 s, and closes the file. */
  void close() {
    outbox.close();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("The client of ledger {} does not return; its thread is left behind.", outbox);
    }
    try {
      outbox.closeLog();
    } catch (IOException e) {
      LOG.debug("Closing the outbox {}", outbox, e);
    }
  }
}
