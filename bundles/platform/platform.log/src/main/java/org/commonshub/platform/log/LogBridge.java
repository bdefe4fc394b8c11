package org.commonshub.platform.log;

import java.util.function.LongSupplier;
import org.osgi.framework.Bundle;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Carries what bundles say to the OSGi Log Service (OSGi Compendium 8, chapter 101) over to slf4j,
 * which writes the hub's one log. At most {@link #PER_PERIOD} entries in ten seconds; what is
 * beyond is counted and told.
 */
@Component(
    immediate = true,
    service = {})
public final class LogBridge implements LogListener {
  static final int PER_PERIOD = 200;
  static final long PERIOD_NANOS = 10_000_000_000L;
  private static final int MAX_MESSAGE = 4_000;
  private static final String EVENTS = "Events.";

  private final LogReaderService reader;
  private final LongSupplier nanos;
  private long periodStart;
  private int inPeriod;
  private int suppressed;

  @Activate
  public LogBridge(@Reference(name = "reader") LogReaderService reader) {
    this(reader, System::nanoTime);
  }

  LogBridge(LogReaderService reader, LongSupplier nanos) {
    this.reader = reader;
    this.nanos = nanos;
    this.periodStart = nanos.getAsLong();
    reader.addLogListener(this);
  }

  @Deactivate
  void deactivate() {
    reader.removeLogListener(this);
  }

  @Override
  public void logged(LogEntry entry) {
    String name = entry.getLoggerName();
    Level level = level(entry.getLogLevel(), name == null ? "" : name);
    Bundle bundle = entry.getBundle();
    Logger logger =
        LoggerFactory.getLogger(
            name != null && !name.isEmpty() && !name.startsWith("LogService")
                ? name
                : bundle == null ? "osgi" : String.valueOf(bundle.getSymbolicName()));
    if (!logger.isEnabledForLevel(level)) {
      return;
    }
    int missed = admit();
    if (missed < 0) {
      return;
    }
    if (missed > 0) {
      logger.warn("{} log entries were left out: too many at once.", missed);
    }
    String message = String.valueOf(entry.getMessage());
    Throwable cause = entry.getException();
    if (cause != null && name != null && name.startsWith(EVENTS) && !logger.isDebugEnabled()) {
      // who caused it logs the stack trace itself
      message += ": " + cause;
      cause = null;
    }
    logger
        .atLevel(level)
        .setCause(cause)
        .log(message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE) + "…");
  }

  /** −1 when the entry must wait for another period, else how many were left out before it. */
  private synchronized int admit() {
    long now = nanos.getAsLong();
    if (now - periodStart >= PERIOD_NANOS) {
      periodStart = now;
      inPeriod = 0;
    }
    if (inPeriod >= PER_PERIOD) {
      suppressed++;
      return -1;
    }
    inPeriod++;
    int missed = suppressed;
    suppressed = 0;
    return missed;
  }

  /** The framework reports every bundle, service and framework event as INFO: those are details. */
  static Level level(LogLevel level, String logger) {
    if (logger.startsWith(EVENTS) && (level == LogLevel.INFO || level == LogLevel.AUDIT)) {
      return Level.DEBUG;
    }
    return switch (level) {
      case AUDIT, INFO -> Level.INFO;
      case ERROR -> Level.ERROR;
      case WARN -> Level.WARN;
      case DEBUG -> Level.DEBUG;
      case TRACE -> Level.TRACE;
    };
  }
}
