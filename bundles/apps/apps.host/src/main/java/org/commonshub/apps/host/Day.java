package org.commonshub.apps.host;

import java.time.LocalDate;
import java.util.function.Supplier;
import org.commonshub.apps.desk.api.AppId;
import org.commonshub.apps.desk.api.UsageMeter;

/** What one app used since midnight of the home, over all its sessions. Any thread. */
final class Day {
  private final AppId app;
  private final Supplier<LocalDate> today;
  private final Supplier<UsageMeter> meter;
  private LocalDate day;
  private long cpuNanos;
  private long countedCpuMs;
  private long network;
  private long values;
  private long lines;
  private long dropped;

  /**
   * @param today day of the home
   * @param meter null if there is none
   */
  Day(AppId app, Supplier<LocalDate> today, Supplier<UsageMeter> meter) {
    this.app = app;
    this.today = today;
    this.meter = meter;
  }

  /** A new day begins, or the first: it runs on it. */
  synchronized void roll() {
    LocalDate now = today.get();
    if (!now.equals(day)) {
      day = now;
      cpuNanos = 0;
      countedCpuMs = 0;
      network = 0;
      values = 0;
      lines = 0;
      dropped = 0;
      count(UsageMeter.RUN_DAYS, 1);
    }
  }

  synchronized void cpu(long nanos) {
    roll();
    cpuNanos += nanos;
    long ms = cpuNanos / 1_000_000;
    count(UsageMeter.CPU_MS, ms - countedCpuMs);
    countedCpuMs = ms;
  }

  /**
   * Takes bytes of the day's quota.
   *
   * @return whether they were left
   */
  synchronized boolean network(long bytes, long quota) {
    roll();
    if (bytes > quota - network) {
      return false;
    }
    network += bytes;
    count(UsageMeter.NETWORK_BYTES, bytes);
    return true;
  }

  synchronized void values(long number) {
    roll();
    values += number;
    count(UsageMeter.VALUES, number);
  }

  synchronized void line(boolean kept) {
    roll();
    if (kept) {
      lines++;
    } else {
      dropped++;
    }
  }

  void action() {
    count(UsageMeter.ACTIONS, 1);
  }

  void metered(String metric, long amount) {
    count("app." + metric, amount);
  }

  private void count(String metric, long amount) {
    UsageMeter now = meter.get();
    if (now != null && amount > 0) {
      now.count(app, metric, amount);
    }
  }

  /** CPU milliseconds, network bytes, values, lines, dropped lines. */
  synchronized long[] read() {
    roll();
    return new long[] {cpuNanos / 1_000_000, network, values, lines, dropped};
  }
}
