package org.commonshub.console.health;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Whether the data directory can be written and has room. */
@Component(
    name = "org.commonshub.console.health.disk",
    property = {HealthCheck.NAME + "=Disk", HealthCheck.TAGS + "=disk"})
public final class DiskCheck implements HealthCheck {
  private static final long MB = 1_000_000;
  static final long LOW = 500 * MB;
  static final long FULL = 100 * MB;

  private final Path data;

  @Activate
  public DiskCheck(BundleContext context) {
    this.data = Path.of(String.valueOf(context.getProperty("commonshub.data")));
  }

  @Override
  public Result execute() {
    try {
      FileStore disk = Files.getFileStore(data);
      return judge(
          disk.getUsableSpace(), disk.getTotalSpace(), disk.isReadOnly(), Files.isWritable(data));
    } catch (IOException e) {
      return new Verdict().critical("The data directory cannot be read: " + e + ".").result();
    }
  }

  static Result judge(long usable, long total, boolean readOnly, boolean writable) {
    Verdict verdict = new Verdict().ok(usable / MB + " MB of " + total / MB + " MB are free.");
    if (readOnly || !writable) {
      verdict.critical("The data directory cannot be written: nothing is kept.");
    } else if (usable < FULL) {
      verdict.critical("Only " + usable / MB + " MB are free: delete something now.");
    } else if (usable < LOW) {
      verdict.warn("Only " + usable / MB + " MB are free: shorten the retention or make room.");
    }
    return verdict.result();
  }
}
