package org.commonshub.platform.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.service.log.LogEntry;
import org.osgi.service.log.LogLevel;
import org.osgi.service.log.LogListener;
import org.osgi.service.log.LogReaderService;
import org.slf4j.event.Level;

class LogBridgeTest {
  private final List<LogListener> listeners = new ArrayList<>();
  private final List<LogRecord> records = new ArrayList<>();
  private final Logger logger = Logger.getLogger("test.bridge");
  private final Handler handler =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          records.add(record);
        }

        @Override
        public void flush() {
          // nothing is held
        }

        @Override
        public void close() {
          // nothing is held
        }
      };
  private long nanos = Long.MAX_VALUE - 5;

  private final LogReaderService reader =
      new LogReaderService() {
        @Override
        public void addLogListener(LogListener listener) {
          listeners.add(listener);
        }

        @Override
        public void removeLogListener(LogListener listener) {
          listeners.remove(listener);
        }

        @Override
        public Enumeration<LogEntry> getLog() {
          return Collections.emptyEnumeration();
        }
      };
  private final LogBridge bridge = new LogBridge(reader, () -> nanos);

  @BeforeEach
  void listen() {
    logger.setUseParentHandlers(false);
    logger.addHandler(handler);
  }

  @AfterEach
  void stop() {
    logger.removeHandler(handler);
  }

  private static LogEntry entry(String name, LogLevel level, String message, Throwable cause) {
    return (LogEntry)
        Proxy.newProxyInstance(
            LogEntry.class.getClassLoader(),
            new Class<?>[] {LogEntry.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getLoggerName" -> name;
                  case "getLogLevel" -> level;
                  case "getMessage" -> message;
                  case "getException" -> cause;
                  default -> null;
                });
  }

  @Test
  void carriesMessageLevelAndCause() {
    Exception cause = new Exception("why");
    bridge.logged(entry("test.bridge", LogLevel.WARN, "100 % of {} said", cause));
    assertThat(records).hasSize(1);
    assertThat(records.get(0).getMessage()).isEqualTo("100 % of {} said");
    assertThat(records.get(0).getLevel()).isEqualTo(java.util.logging.Level.WARNING);
    assertThat(records.get(0).getThrown()).isSameAs(cause);
    bridge.logged(entry("test.bridge", LogLevel.DEBUG, "detail", null));
    bridge.logged(entry("test.bridge", LogLevel.ERROR, "x".repeat(1_000_000), null));
    assertThat(records).hasSize(2);
    assertThat(records.get(1).getMessage()).hasSize(4_001);
    bridge.logged(entry(null, LogLevel.INFO, null, null));
  }

  @Test
  void frameworkEventsNameTheirCauseInOneLine() {
    Logger events = Logger.getLogger("Events.Framework.x");
    events.setUseParentHandlers(false);
    events.addHandler(handler);
    bridge.logged(
        entry("Events.Framework.x", LogLevel.ERROR, "FrameworkEvent ERROR", new Exception("why")));
    events.removeHandler(handler);
    assertThat(records.get(0).getMessage())
        .isEqualTo("FrameworkEvent ERROR: java.lang.Exception: why");
    assertThat(records.get(0).getThrown()).isNull();
  }

  @Test
  void aFloodIsCutAndCounted() {
    for (int i = 0; i < 10_000; i++) {
      bridge.logged(entry("test.bridge", LogLevel.INFO, "m" + i, null));
    }
    assertThat(records).hasSize(LogBridge.PER_PERIOD);
    nanos += LogBridge.PERIOD_NANOS;
    bridge.logged(entry("test.bridge", LogLevel.INFO, "later", null));
    assertThat(records).hasSize(LogBridge.PER_PERIOD + 2);
    assertThat(records.get(LogBridge.PER_PERIOD).getMessage())
        .contains("log entries were left out");
    assertThat(records.get(LogBridge.PER_PERIOD + 1).getMessage()).isEqualTo("later");
  }

  @ParameterizedTest
  @CsvSource({
    "INFO,  Events.Bundle,    DEBUG",
    "WARN,  Events.Framework, WARN",
    "ERROR, Events.Service,   ERROR",
    "AUDIT, org.example,      INFO",
    "INFO,  org.example,      INFO",
    "TRACE, org.example,      TRACE",
  })
  void levels(LogLevel level, String name, Level expected) {
    assertThat(LogBridge.level(level, name)).isEqualTo(expected);
  }

  @Test
  void letsGo() {
    assertThat(listeners).containsExactly(bridge);
    bridge.deactivate();
    assertThat(listeners).isEmpty();
  }
}
