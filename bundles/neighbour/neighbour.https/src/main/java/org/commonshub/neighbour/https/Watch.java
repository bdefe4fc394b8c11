package org.commonshub.neighbour.https;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that ends what takes too long, however slowly the other side drips: closing the socket
 * underneath wakes whoever reads, writes or shakes hands on it.
 */
final class Watch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

  private final ScheduledThreadPoolExecutor timer;

  Watch() {
    timer = new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "neighbour-watch"));
    timer.setRemoveOnCancelPolicy(true);
    timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  ScheduledFuture<?> after(long millis, Runnable action) {
    return timer.schedule(action, millis, TimeUnit.MILLISECONDS);
  }

  static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.debug("Closing a connection", e);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
