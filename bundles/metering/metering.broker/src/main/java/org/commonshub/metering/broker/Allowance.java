package org.commonshub.metering.broker;

/** How much one client may send: a bucket that fills evenly. */
final class Allowance {
  private final long perSecond;
  private final long most;
  private long left;
  private long at;

  /**
   * @param perSecond filled in each second
   * @param most it holds, and holds now
   */
  Allowance(long perSecond, long most, long now) {
    this.perSecond = perSecond;
    this.most = most;
    this.left = most;
    this.at = now;
  }

  /** Takes some out; false, and nothing taken, if there is too little. */
  boolean take(long count, long now) {
    long elapsed = Math.max(0, now - at);
    long more =
        elapsed >= 1_000_000_000L * most / perSecond ? most : elapsed * perSecond / 1_000_000_000L;
    if (more > 0) {
      left = Math.min(most, left + more);
      at = now;
    }
    if (left < count) {
      return false;
    }
    left -= count;
    return true;
  }
}
