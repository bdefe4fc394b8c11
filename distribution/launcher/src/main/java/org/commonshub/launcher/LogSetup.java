package org.commonshub.launcher;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.logging.ConsoleHandler;
import java.util.logging.ErrorManager;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * Logging of the whole process: warnings to the terminal (the journal, under systemd), everything
 * from INFO up to three rotating files of 1 MB, so that logs never fill the flash memory.
 */
final class LogSetup {
  private LogSetup() {}

  static void install(Path directory) {
    LogManager.getLogManager().reset();
    Logger root = Logger.getLogger("");
    root.setLevel(Level.INFO);
    // Libraries that tell their life story at INFO.
    for (String chatty : new String[] {"org.eclipse.jetty", "org.apache.felix"}) {
      Logger.getLogger(chatty).setLevel(Level.WARNING);
      KEPT.add(Logger.getLogger(chatty));
    }
    Handler console = new ConsoleHandler();
    console.setLevel(Level.WARNING);
    console.setFormatter(new OneLine());
    root.addHandler(console);
    try {
      Files.createDirectories(directory);
      Handler file =
          new FileHandler(directory.resolve("hub.%g.log").toString(), 1_000_000, 3, true);
      file.setLevel(Level.INFO);
      file.setEncoding("UTF-8");
      file.setFormatter(new OneLine());
      file.setErrorManager(new FileTrouble(directory));
      root.addHandler(file);
    } catch (IOException e) {
      root.warning("No log file in " + directory + " (" + e.getMessage() + "); terminal only.");
    }
  }

  /** JUL holds loggers weakly: a level set on one that is collected is forgotten. */
  private static final java.util.List<Logger> KEPT = new java.util.ArrayList<>();

  /** Says once in a run that the log file fails, instead of a stack trace. */
  private static final class FileTrouble extends ErrorManager {
    private final Path directory;
    private boolean said;

    FileTrouble(Path directory) {
      this.directory = directory;
    }

    @Override
    public synchronized void error(String message, Exception cause, int code) {
      if (!said) {
        said = true;
        System.err.println(
            "The log in "
                + directory
                + " cannot be written ("
                + (cause == null ? message : cause.getMessage())
                + "); what is said there may be missing.");
      }
    }
  }

  private static final class OneLine extends Formatter {
    private final DateTimeFormatter time =
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

    @Override
    public String format(LogRecord record) {
      String name = record.getLoggerName() == null ? "" : record.getLoggerName();
      StringBuilder line = new StringBuilder(160);
      time.formatTo(Instant.ofEpochMilli(record.getMillis()), line);
      line.append(' ').append(label(record.getLevel())).append(' ');
      line.append(name.startsWith("org.commonshub.") ? name.substring(15) : name).append(": ");
      line.append(formatMessage(record)).append('\n');
      if (record.getThrown() != null) {
        StringWriter trace = new StringWriter();
        record.getThrown().printStackTrace(new PrintWriter(trace, true));
        line.append(trace);
      }
      return line.toString();
    }

    private static String label(Level level) {
      if (level.intValue() >= Level.SEVERE.intValue()) {
        return "ERROR";
      }
      return level.intValue() >= Level.WARNING.intValue() ? "WARN " : "INFO ";
    }
  }
}
