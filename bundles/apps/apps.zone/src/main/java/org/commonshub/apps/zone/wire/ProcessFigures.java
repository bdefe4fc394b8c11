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
 * @param children whether it started processes
 * @param apps CPU ms by number of app, of the threads {@code app-NUMBER}
 */
public record ProcessFigures(
    long residentBytes, long cpuMs, int threads, boolean children, Map<Integer, Long> apps) {
  private static final ProcessFigures UNKNOWN = new ProcessFigures(-1, -1, 0, false, Map.of());

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
      boolean children = false;
      Map<Integer, Long> apps = new HashMap<>();
      if (threads <= 256) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(directory.resolve("task"))) {
          for (Path task : tasks) {
            children |= add(task, apps);
          }
        }
      }
      return new ProcessFigures(resident, cpu(directory), threads, children, apps);
    } catch (IOException | RuntimeException e) {
      return UNKNOWN;
    }
  }

  /** Adds what an app's thread used; whether the thread started a process that still is. */
  private static boolean add(Path task, Map<Integer, Long> apps) {
    try {
      String name = Files.readString(task.resolve("comm")).strip();
      if (name.matches(THREAD + "[0-9]{1,9}")) {
        apps.merge(Integer.parseInt(name.substring(THREAD.length())), cpu(task), Long::sum);
      }
      Path children = task.resolve("children"); // Not every kernel tells.
      return Files.exists(children) && !Files.readString(children).isBlank();
    } catch (IOException | RuntimeException e) {
      return false; // That thread is gone.
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
