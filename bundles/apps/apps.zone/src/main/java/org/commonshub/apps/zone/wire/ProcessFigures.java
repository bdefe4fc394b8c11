package org.commonshub.apps.zone.wire;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What Linux says of a process.
 *
 * @param residentBytes memory; −1 if not known
 * @param cpuMs of all threads, also those that are gone
 * @param threads how many there are
 * @param apps CPU ms by number of app, of the threads {@code app-NUMBER}
 */
public record ProcessFigures(long residentBytes, long cpuMs, int threads, Map<Integer, Long> apps) {
  private static final ProcessFigures UNKNOWN = new ProcessFigures(-1, -1, 0, Map.of());

  /** Ticks a second of the kernel's interface; the same on every Linux. */
  private static final int TICK_MS = 10;

  private static final String THREAD = "app-";

  public ProcessFigures {
    apps = Map.copyOf(apps);
  }

  /** Figures of a process, {@code self} or its number; unknown if it is gone or hidden. */
  public static ProcessFigures of(String process) {
    Path directory = Path.of("/proc", process);
    try {
      long resident = -1;
      int threads = 0;
      for (String line : Files.readAllLines(directory.resolve("status"))) {
        if (line.startsWith("VmRSS:")) {
          resident = number(line) * 1024;
        } else if (line.startsWith("Threads:")) {
          threads = (int) number(line);
        }
      }
      Map<Integer, Long> apps = new HashMap<>();
      if (threads <= 256) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(directory.resolve("task"))) {
          for (Path task : tasks) {
            add(task, apps);
          }
        }
      }
      return new ProcessFigures(resident, cpu(directory), threads, apps);
    } catch (IOException | RuntimeException e) {
      return UNKNOWN;
    }
  }

  private static void add(Path task, Map<Integer, Long> apps) {
    try {
      String name = Files.readString(task.resolve("comm")).strip();
      if (name.matches(THREAD + "[0-9]{1,9}")) {
        apps.merge(Integer.parseInt(name.substring(THREAD.length())), cpu(task), Long::sum);
      }
    } catch (IOException | RuntimeException e) {
      // That thread is gone.
    }
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("[^0-9]", ""));
  }

  /** User and system time: the 12th and 13th field after the name, which may hold anything. */
  private static long cpu(Path directory) throws IOException {
    String stat = Files.readString(directory.resolve("stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MS;
  }
}
