package org.commonshub.metering.provider;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.commonshub.metering.api.DriverSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open session, what it holds, and the guarantee that calls into it never overlap. */
final class Live {
  private static final Logger LOG = LoggerFactory.getLogger(Live.class);
  private static final long PATIENCE_MILLIS = 1_000;

  final Bound context;
  final DriverSession session;
  private final ReentrantLock calls = new ReentrantLock();
  private boolean closed;

  Live(Bound context, DriverSession session) {
    this.context = context;
    this.session = session;
  }

  /** Runs a call into the session unless it is closed. */
  boolean call(Runnable call) {
    calls.lock();
    try {
      if (closed) {
        return false;
      }
      call.run();
      return true;
    } finally {
      calls.unlock();
    }
  }

  /** Closes the session and what it was given; waits a moment for a call that is under way. */
  void close() {
    context.close();
    boolean locked = false;
    try {
      locked = calls.tryLock(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      if (closed) {
        return;
      }
      closed = true;
      session.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) { // A driver's: closing goes on.
      LOG.warn("Driver '{}' failed to close a session.", context.driverId(), e);
    } finally {
      if (locked) {
        calls.unlock();
      }
    }
  }
}
