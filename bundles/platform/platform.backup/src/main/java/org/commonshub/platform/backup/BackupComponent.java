package org.commonshub.platform.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.commonshub.platform.api.Backup;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Backup}: one at a time, in the caller's thread. A restored part is handed to its
 * participant as soon as that appears, on one thread that ends when idle.
 */
@Component(immediate = true)
public final class BackupComponent implements Backup {
  private static final Logger LOG = LoggerFactory.getLogger(BackupComponent.class);
  private static final int MAX_WAITING = 64;

  private final Archive.Home home;
  private final HubClock clock;
  private final String version;
  private final int iterations;
  private final Staging staging;
  private final Map<String, BackupParticipant> participants = new ConcurrentSkipListMap<>();
  private final ExecutorService restorer;

  @Activate
  public BackupComponent(
      BundleContext context,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock) {
    this(
        new Archive.Home(paths.data(), paths.config()),
        clock,
        String.valueOf(context.getProperty("commonshub.version")),
        Seal.ITERATIONS);
  }

  BackupComponent(Archive.Home home, HubClock clock, String version, int iterations) {
    this.home = home;
    this.clock = clock;
    this.version = version;
    this.iterations = iterations;
    this.staging = new Staging(home);
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            1,
            1,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task -> new Thread(task, "hub-restore"));
    executor.allowCoreThreadTimeOut(true);
    this.restorer = executor;
  }

  @Deactivate
  void deactivate() {
    restorer.shutdown();
    try {
      if (!restorer.awaitTermination(10, TimeUnit.SECONDS)) {
        restorer.shutdownNow();
      }
    } catch (InterruptedException e) {
      restorer.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  @Reference(
      name = "participants",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void addParticipant(BackupParticipant participant) {
    String name = participant.backupName();
    participants.put(name, participant);
    if (staging.part(name).isPresent()) {
      restorer.execute(() -> restore(name, participant));
    }
  }

  void removeParticipant(BackupParticipant participant) {
    participants.values().remove(participant);
  }

  private void restore(String name, BackupParticipant participant) {
    Path part = staging.part(name).orElse(null);
    if (part == null) {
      return;
    }
    try {
      try (InputStream in = Files.newInputStream(part)) {
        participant.restoreBackup(in);
      }
      Files.delete(part);
      LOG.info("{} was restored from the backup.", name);
    } catch (IOException | RuntimeException e) {
      LOG.error(
          "{} could not be restored from the backup: {}. The copy is kept as {}.failed.",
          name,
          e.toString(),
          part);
      try {
        Files.move(
            part, part.resolveSibling(name + ".failed"), StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException moving) {
        LOG.debug("Cannot move {}", part, moving);
      }
    }
  }

  @Override
  public synchronized void write(OutputStream out, char[] passphrase) throws IOException {
    Archive.write(
        out,
        home,
        List.copyOf(participants.values()),
        passphrase,
        iterations,
        version,
        clock.now(),
        clock.epoch());
  }

  @Override
  public synchronized String stage(InputStream in, char[] passphrase) throws IOException {
    return staging.stage(in, passphrase, clock.epoch());
  }
}
