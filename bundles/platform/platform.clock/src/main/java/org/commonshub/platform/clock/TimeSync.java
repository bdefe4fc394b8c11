package org.commonshub.platform.clock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/**
 * Whether a time service disciplines the system clock, from the files such services leave: reading
 * the kernel's own flag needs {@code adjtimex(2)}, which Java cannot call, and asking {@code
 * timedatectl} or {@code chronyc} would start a process each time.
 *
 * <p>A marker under {@code /run} exists since this boot and counts while it exists
 * (systemd-timesyncd makes it at its first synchronisation). Any other file is a drift file,
 * rewritten about hourly by chronyd, ntpsec and ntpd while they are synchronised, and counts while
 * it is young.
 */
final class TimeSync implements Supplier<Boolean> {
  private static final Duration DRIFT_AGE = Duration.ofHours(3);

  private final List<Path> files;
  private final boolean assume;
  private final Supplier<Instant> wall;

  TimeSync(List<Path> files, boolean assume, Supplier<Instant> wall) {
    this.files = List.copyOf(files);
    this.assume = assume;
    this.wall = wall;
  }

  @Override
  public Boolean get() {
    return assume || files.stream().anyMatch(this::says);
  }

  private boolean says(Path file) {
    try {
      if (file.startsWith("/run")) {
        return Files.exists(file);
      }
      Duration age = Duration.between(Files.getLastModifiedTime(file).toInstant(), wall.get());
      return !age.isNegative() && age.compareTo(DRIFT_AGE) <= 0;
    } catch (IOException e) {
      return false;
    }
  }
}
