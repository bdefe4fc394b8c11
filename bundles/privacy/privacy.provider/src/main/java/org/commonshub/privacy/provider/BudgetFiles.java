package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The budget, one append-only file per local day. The newest day ever seen by a synchronised clock
 * is kept apart: days more than {@link #KEPT} older than it have no budget at all, so neither a
 * clock set back nor a file that was tidied away refills one. Any thread; {@link #seal} waits for
 * the disk without holding the others up.
 */
final class BudgetFiles implements Budget {
  static final Duration KEPT = Duration.ofDays(400);

  private static final Logger LOG = LoggerFactory.getLogger(BudgetFiles.class);
  private static final int OPEN = 64;
  private static final String MARK = "newest-day";
  private static final String SUFFIX = ".budget";

  private final Path directory;
  private final HubClock clock;
  private final Secret secret;
  private final Map<Long, BudgetDay> days = new LinkedHashMap<>(16, 0.75f, true);
  private Mac labels;
  private byte[] labelsOf;
  private long mark;
  private boolean failing;

  BudgetFiles(Path directory, HubClock clock, Secret secret) throws IOException {
    this.directory = DurableFiles.privateDirectory(directory);
    this.clock = clock;
    this.secret = secret;
    this.mark = readMark();
    tidy();
  }

  @Override
  public synchronized boolean spend(
      Instant day, String subject, String label, long microEpsilon, long daily) {
    long second = day.getEpochSecond();
    if (microEpsilon < 0
        || day.isBefore(Instant.ofEpochSecond(mark).minus(KEPT))
        || day.isAfter(clock.now().plus(Duration.ofDays(2)))) {
      return false;
    }
    try {
      byte[] hash =
          labels()
              .doFinal((second + "\n" + subject + "\n" + label).getBytes(StandardCharsets.UTF_8));
      boolean there = day(second).spend(subject, hash, microEpsilon, daily);
      failing = false;
      return there;
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        LOG.warn(
            "The privacy budget cannot be written, so values with noise are withheld: {}",
            e.getMessage());
      }
      return false;
    }
  }

  @Override
  public void seal() throws IOException {
    List<BudgetDay> dirty = new ArrayList<>();
    synchronized (this) {
      for (BudgetDay day : days.values()) {
        if (day.dirty()) {
          dirty.add(day);
        }
      }
    }
    for (BudgetDay day : dirty) {
      day.seal();
    }
  }

  /** Takes what an older copy of a day's file has and this one lacks. */
  synchronized void merge(long second, byte[] copy) throws IOException {
    BudgetDay day = day(second);
    day.merge(copy);
    day.seal();
  }

  /** The hash of labels, made again if a backup brought another secret. */
  private Mac labels() {
    if (labels == null || !Arrays.equals(labelsOf, secret.bytes())) {
      labelsOf = secret.bytes();
      labels = secret.mac("budget");
    }
    return labels;
  }

  /** Moves the newest day on and removes what has no budget any more. */
  synchronized void tidy() throws IOException {
    long now = clock.now().getEpochSecond();
    if (clock.quality() == HubClock.Quality.SYNCHRONISED && now > mark + 86_400) {
      DurableFiles.write(
          directory.resolve(MARK), Long.toString(now).getBytes(StandardCharsets.US_ASCII), true);
      mark = now;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(SUFFIX)
            && number(name.substring(0, name.length() - SUFFIX.length()))
                < mark - KEPT.toSeconds()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  synchronized void close() throws IOException {
    for (BudgetDay day : days.values()) {
      day.close();
    }
    days.clear();
  }

  private BudgetDay day(long second) throws IOException {
    BudgetDay day = days.get(second);
    if (day == null) {
      Iterator<BudgetDay> oldest = days.values().iterator();
      while (days.size() >= OPEN && oldest.hasNext()) {
        oldest.next().close();
        oldest.remove();
      }
      day = new BudgetDay(directory.resolve(second + SUFFIX));
      days.put(second, day);
    }
    return day;
  }

  private long readMark() throws IOException {
    try {
      return number(
          new String(DurableFiles.read(directory.resolve(MARK), 20), StandardCharsets.US_ASCII));
    } catch (NoSuchFileException e) {
      return 0;
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
