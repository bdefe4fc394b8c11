package org.commonshub.control.arbiter;

import java.util.function.LongSupplier;
import org.commonshub.metering.api.WriteLease;

/** A lease on the monotonic clock: ends by itself, whatever else happens. */
final class Lease implements WriteLease {
  private final String holder;
  private final String reason;
  private final LongSupplier nanos;
  private volatile long until;
  private volatile boolean ended;

  /**
   * @param nanos monotonic clock
   * @param until its time at which the lease ends
   */
  Lease(String holder, String reason, LongSupplier nanos, long until) {
    this.holder = holder;
    this.reason = reason;
    this.nanos = nanos;
    this.until = until;
  }

  @Override
  public String holder() {
    return holder;
  }

  @Override
  public String reason() {
    return reason;
  }

  @Override
  public boolean held() {
    return !ended && nanos.getAsLong() - until < 0;
  }

  /** Renews it. */
  void until(long later) {
    until = later;
  }

  /** Ends it before its time. */
  void end() {
    ended = true;
  }
}
