package org.commonshub.platform.clock;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.commonshub.platform.api.HubClock;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link HubClock} over the system clock. Takes the data directory from the framework property
 * {@code commonshub.data} and not from another bundle, so that replacing that bundle never begins a
 * new epoch.
 */
@Component(configurationPid = "org.commonshub.platform.clock")
@Designate(ocd = SystemHubClock.Config.class)
public final class SystemHubClock implements HubClock {
  private static final Logger LOG = LoggerFactory.getLogger(SystemHubClock.class);

  /** Settings of the clock. */
  @ObjectClassDefinition(
      name = "Clock",
      description = "How the hub learns whether the system clock is disciplined by NTP.")
  @interface Config {
    @AttributeDefinition(
        name = "Assume synchronised",
        description =
            "Trust the system clock without proof, for virtual machines whose host sets it."
                + " Default false.")
    boolean assumeSynchronised() default false;

    @AttributeDefinition(
        name = "Marker files",
        description =
            "Files that show that a time service works: under /run while they exist, elsewhere"
                + " while written less than 3 hours ago. Default: those of systemd-timesyncd,"
                + " chrony, ntpsec and ntp on Debian.")
    String[] markerFiles() default {
      "/run/systemd/timesync/synchronized",
      "/var/lib/chrony/chrony.drift",
      "/var/lib/chrony/drift",
      "/var/lib/ntpsec/ntp.drift",
      "/var/lib/ntp/ntp.drift"
    };
  }

  private final SteppedClock clock;

  @Activate
  public SystemHubClock(BundleContext context, Config config) {
    String data = context.getProperty("commonshub.data");
    if (data == null) {
      throw new IllegalStateException(
          "The framework property commonshub.data is not set: start the hub with its launcher.");
    }
    EpochFile file = new EpochFile(Path.of(data).resolve("platform.clock"));
    this.clock =
        new SteppedClock(
            Instant::now,
            System::nanoTime,
            previous -> begin(file, previous),
            new TimeSync(
                Arrays.stream(config.markerFiles()).map(Path::of).toList(),
                config.assumeSynchronised(),
                Instant::now));
  }

  private static int begin(EpochFile file, int previous) {
    int next = file.next(previous);
    if (previous > 0) {
      LOG.warn(
          "The system clock was stepped by more than one second; clock epoch {} begins.", next);
    }
    return next;
  }

  @Override
  public Instant now() {
    return clock.now();
  }

  @Override
  public long monotonicNanos() {
    return clock.monotonicNanos();
  }

  @Override
  public int epoch() {
    return clock.epoch();
  }

  @Override
  public Quality quality() {
    return clock.quality();
  }
}
