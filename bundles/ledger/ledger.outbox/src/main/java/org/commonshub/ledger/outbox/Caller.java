package org.commonshub.ledger.outbox;

import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerException;
import org.commonshub.ledger.api.LedgerException.Kind;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The line to the client that speaks at the moment: calls it, and ends a call when it is swapped.
 * Its lock is never held while a client is called.
 */
final class Caller {
  private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final long HANGING = 60 * Limits.SECOND;

  /** A call of a client. */
  interface Call<T> {
    T on(LedgerClient client) throws LedgerException, InterruptedException;
  }

  private final String name;
  private final HubClock clock;
  private LedgerClient client;
  private boolean swapped;
  private Thread caller;
  private long callSince;

  Caller(String name, HubClock clock) {
    this.name = name;
    this.clock = clock;
  }

  /** Puts another client in front, or none; ends a call that is waiting, in 2 s at most. */
  synchronized void client(LedgerClient next) {
    client = next;
    swapped = true;
    if (caller == null) {
      return;
    }
    caller.interrupt();
    long until = System.nanoTime() + 2 * Limits.SECOND;
    boolean interrupted = false;
    while (caller != null && until - System.nanoTime() > 0) {
      try {
        wait(100);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The client; null without. */
  synchronized LedgerClient client() {
    return client;
  }

  /** The client if it is new since this was asked last, else null. Before that no call is made. */
  synchronized LedgerClient arrived() {
    LedgerClient fresh = swapped ? client : null;
    swapped &= client == null;
    return fresh;
  }

  /** Whether a call takes longer than any should. */
  synchronized boolean hangs() {
    return caller != null && clock.monotonicNanos() - callSince > HANGING;
  }

  /**
   * Calls the client; only here it may be interrupted.
   *
   * @throws InterruptedException if there is none, or it was swapped
   */
  <T> T call(Call<T> call) throws LedgerException, InterruptedException {
    LedgerClient to;
    synchronized (this) {
      if (client == null || swapped) {
        throw new InterruptedException();
      }
      to = client;
      caller = Thread.currentThread();
      callSince = clock.monotonicNanos();
    }
    try {
      return call.on(to);
    } catch (LedgerException e) {
      throw unlessSwapped(e);
    } catch (InterruptedException e) {
      throw unlessSwapped(
          new LedgerException(
              Kind.UNREACHABLE, "The client of ledger " + name + " gave up without a reason.", e));
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      LOG.debug("The client of ledger {} failed", name, e);
      throw unlessSwapped(
          new LedgerException(
              Kind.UNREACHABLE,
              "The client of ledger " + name + " failed by a fault of its own (" + e + ").",
              e));
    } finally {
      synchronized (this) {
        caller = null;
        Thread.interrupted(); // Was meant for the call, and the call is over.
        notifyAll();
      }
    }
  }

  private synchronized LedgerException unlessSwapped(LedgerException e)
      throws InterruptedException {
    if (swapped) {
      throw new InterruptedException();
    }
    return e;
  }
}
