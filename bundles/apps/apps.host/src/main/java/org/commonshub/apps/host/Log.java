package org.commonshub.apps.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.commonshub.apps.api.AppLog;
import org.commonshub.apps.desk.api.AppSession.LogLine;
import org.commonshub.platform.api.HubClock;

/** The newest lines of an app, in memory. Any thread. */
final class Log implements AppLog {
  /** Lines kept. */
  static final int KEPT = 200;

  private static final int LENGTH = 500;
  private static final long HOUR_NANOS = 3_600_000_000_000L;

  private final HubClock clock;
  private final Day day;
  private final int perHour;
  private final ArrayDeque<LogLine> lines = new ArrayDeque<>();
  private long hour;
  private int inHour;

  Log(HubClock clock, Day day, int perHour) {
    this.clock = clock;
    this.day = day;
    this.perHour = perHour;
    this.hour = clock.monotonicNanos();
  }

  @Override
  public void info(String text) {
    add(false, text, perHour);
  }

  @Override
  public void warn(String text) {
    add(true, text, perHour);
  }

  /** A line of the hub's own about the app: up to 60 an hour beyond the quota. */
  void hub(String text) {
    add(true, text, perHour + 60);
  }

  private void add(boolean warning, String text, int quota) {
    String line = plain(text, LENGTH);
    boolean kept;
    synchronized (this) {
      long now = clock.monotonicNanos();
      if (now - hour >= HOUR_NANOS) {
        hour = now;
        inHour = 0;
      }
      kept = inHour < quota;
      if (kept) {
        inHour++;
        if (lines.size() == KEPT) {
          lines.removeLast();
        }
        lines.addFirst(new LogLine(clock.now(), warning, line));
      }
    }
    day.line(kept);
  }

  synchronized List<LogLine> lines() {
    return new ArrayList<>(lines);
  }

  /** One line of what can be seen: no control characters, no marks that turn the direction. */
  static String plain(String text, int most) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), most));
    for (int i = 0; i < text.length() && line.length() < most; ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      int type = Character.getType(c);
      boolean seen =
          type != Character.CONTROL
              && type != Character.FORMAT
              && type != Character.SURROGATE
              && type != Character.PRIVATE_USE
              && type != Character.UNASSIGNED
              && type != Character.LINE_SEPARATOR
              && type != Character.PARAGRAPH_SEPARATOR;
      if (line.length() + Character.charCount(c) > most) {
        break;
      }
      line.appendCodePoint(seen ? c : ' ');
    }
    return line.toString();
  }
}
