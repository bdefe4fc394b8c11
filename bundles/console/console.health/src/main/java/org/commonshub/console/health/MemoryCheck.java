package org.commonshub.console.health;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.service.component.annotations.Component;

/**
 * Whether the heap has room. Garbage counts as used, so the smallest use seen in the last checks is
 * judged: a collection in between shows what is really held.
 */
@Component(
    name = "org.commonshub.console.health.memory",
    property = {HealthCheck.NAME + "=Memory", HealthCheck.TAGS + "=memory"})
public final class MemoryCheck implements HealthCheck {
  private static final int REMEMBERED = 10;
  private static final double NEARLY_FULL = 0.9;
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d{1,12}) kB");

  private final long[] used = new long[REMEMBERED];
  private int checks;

  @Override
  public synchronized Result execute() {
    Runtime runtime = Runtime.getRuntime();
    used[checks++ % REMEMBERED] = runtime.totalMemory() - runtime.freeMemory();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < Math.min(checks, REMEMBERED); i++) {
      least = Math.min(least, used[i]);
    }
    return judge(least, runtime.maxMemory(), checks >= REMEMBERED, resident());
  }

  static Result judge(long used, long max, boolean sure, long resident) {
    Verdict verdict =
        new Verdict()
            .ok(
                "Heap "
                    + (used >> 20)
                    + " of "
                    + (max >> 20)
                    + " MiB"
                    + (resident > 0 ? ", process " + (resident >> 20) + " MiB." : "."));
    if (sure && used > max * NEARLY_FULL) {
      verdict.warn(
          "The heap is nearly full ("
              + (used >> 20)
              + " of "
              + (max >> 20)
              + " MiB): switch features off or start the hub with a larger -Xmx.");
    }
    return verdict.result();
  }

  private static long resident() {
    try {
      return resident(Files.readString(Path.of("/proc/self/status")));
    } catch (IOException e) {
      return 0; // not Linux
    }
  }

  static long resident(String status) {
    Matcher matcher = RESIDENT.matcher(status);
    return matcher.find() ? Long.parseLong(matcher.group(1)) << 10 : 0;
  }
}
