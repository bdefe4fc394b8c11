package org.commonshub.metering.provider;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.commonshub.metering.api.Actuating;
import org.commonshub.metering.api.Actuator;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.PushSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open session, what it holds, and the guarantee that calls into it never overlap. */
final class Live {
  private static final Logger LOG = LoggerFactory.getLogger(Live.class);
  private static final long PATIENCE_MILLIS = 1_000;
  private static final long LONGEST_QUIET_NANOS = TimeUnit.DAYS.toNanos(7);

  /** Actuators of one device beyond these are not looked at. */
  static final int MOST_ACTUATORS = 64;

  final Bound context;
  final DriverSession session;
  private final ReentrantLock calls = new ReentrantLock();
  private boolean closed;

  /** Null unless the session is {@link Actuating}. */
  final Writes writes;

  /** How long a push session may be silent whatever its interval. */
  final long quietNanos;

  private volatile List<Actuator> actuators = List.of();
  private volatile long actuatorsAsked;

  /**
   * @param writes makes the queue of what an actuating session is told
   */
  Live(Bound context, DriverSession session, Supplier<Writes> writes) {
    this.context = context;
    this.session = session;
    this.writes = session instanceof Actuating ? writes.get() : null;
    this.quietNanos =
        session instanceof PushSession push
            ? Math.min(Math.max(0, push.quiet().toNanos()), LONGEST_QUIET_NANOS)
            : 0;
  }

  /** What the device can be told, as last seen. */
  List<Actuator> actuators() {
    return actuators;
  }

  /** Monotonic time of the last look. */
  long actuatorsAsked() {
    return actuatorsAsked;
  }

  /** Looks again at what the device can be told; calls the driver, so on the pool only. */
  void lookAtActuators(long nanos) {
    if (!(session instanceof Actuating actuating)) {
      return;
    }
    actuatorsAsked = nanos;
    try {
      call(
          () -> {
            Map<String, Actuator> byId = new LinkedHashMap<>();
            for (Actuator actuator : actuating.actuators()) {
              if (byId.size() < MOST_ACTUATORS) {
                byId.putIfAbsent(actuator.id(), actuator);
              }
            }
            actuators = List.copyOf(byId.values());
          });
    } catch (Throwable e) { // A driver's, even an Error.
      LOG.warn("Driver '{}' cannot tell what its device can be told.", context.driverId(), e);
    }
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
    if (writes != null) {
      writes.close(context.over());
    }
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
