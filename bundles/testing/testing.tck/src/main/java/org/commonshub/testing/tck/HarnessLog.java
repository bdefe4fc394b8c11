package org.commonshub.testing.tck;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.commonshub.apps.api.AppLog;

/** The app's log, with the quota of its manifest. */
public final class HarnessLog implements AppLog {
  private final AppHarness harness;
  private final Deque<Instant> hour = new ArrayDeque<>();
  private final List<String> lines = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private long dropped;

  HarnessLog(AppHarness harness) {
    this.harness = harness;
  }

  @Override
  public void info(String text) {
    add(lines, text);
  }

  @Override
  public void warn(String text) {
    add(warnings, text);
  }

  private void add(List<String> to, String text) {
    Instant now = harness.clock().now();
    while (!hour.isEmpty() && !hour.peek().plusSeconds(3600).isAfter(now)) {
      hour.remove();
    }
    if (hour.size() >= harness.manifest().resources().logLinesPerHour()) {
      dropped++;
      return;
    }
    hour.add(now);
    to.add(text.length() > 500 ? text.substring(0, 500) : text);
  }

  /** Lines of information, oldest first. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Warnings, oldest first. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** Lines beyond the quota. */
  public long dropped() {
    return dropped;
  }
}
