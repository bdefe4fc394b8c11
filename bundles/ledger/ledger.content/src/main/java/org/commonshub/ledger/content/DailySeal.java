package org.commonshub.ledger.content;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.commonshub.ledger.api.ContentStore.Recipient;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HomeProfile;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Seals a group of devices day by day, an hour after the local day ended. */
@Component(
    service = DailySeal.class,
    immediate = true,
    configurationPid = "org.commonshub.ledger.content.daily",
    configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = DailySeal.Config.class, factory = true)
public final class DailySeal {
  private static final Logger LOG = LoggerFactory.getLogger(DailySeal.class);

  /** Days that are made up for after a time off. */
  private static final int CATCH_UP = 7;

  /** Settings of one group of devices. */
  @ObjectClassDefinition(
      name = "Daily sealed batch",
      description = "Readings of a group of devices, sealed to named recipients day by day.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(name = "Devices", description = "Ids of the devices, 1 to 256.")
    String[] devices();

    /** See description. */
    @AttributeDefinition(
        name = "Recipients",
        description =
            "Who may open the batches, 1 to 32: NAME=KEY each, with an X25519 key as did:key or"
                + " multikey (z6LS…).")
    String[] recipients();
  }

  private final HubClock clock;
  private final ZoneId zone;
  private final ContentService store;
  private final Path file;
  private final List<DeviceId> devices = new ArrayList<>();
  private final List<Recipient> recipients = new ArrayList<>();
  private final ScheduledExecutorService timer;
  private boolean fails;

  /** Starts. */
  @Activate
  public DailySeal(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "home") HomeProfile home,
      @Reference(name = "store") ContentService store,
      Config config,
      Map<String, Object> properties) {
    this(
        clock,
        home.zone(),
        store,
        paths
            .data()
            .resolve("ledger.content.daily")
            .resolve(name(String.valueOf(properties.get("service.pid")))),
        config.devices(),
        config.recipients(),
        true);
  }

  DailySeal(
      HubClock clock,
      ZoneId zone,
      ContentService store,
      Path file,
      String[] devices,
      String[] recipients,
      boolean ticking) {
    this.clock = clock;
    this.zone = zone;
    this.store = store;
    this.file = file;
    for (String device : devices) {
      this.devices.add(DeviceId.parse(device.trim()));
    }
    for (String recipient : recipients) {
      int equals = recipient.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException(
            "recipients has '" + recipient + "' but each is a name, = and a key (z6LS…).");
      }
      String key = recipient.substring(equals + 1).trim();
      RecipientKey.parse(key);
      this.recipients.add(new Recipient(recipient.substring(0, equals).trim(), key));
    }
    timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "ledger-content-daily");
              thread.setDaemon(true);
              return thread;
            });
    if (ticking) {
      var unused = timer.scheduleWithFixedDelay(this::tick, 1, 60, TimeUnit.MINUTES);
    }
  }

  private static String name(String pid) {
    return pid.replaceAll("[^A-Za-z0-9._~-]", "_");
  }

  /** Seals the days that are over and were not sealed yet, the oldest first. */
  void tick() {
    try {
      LocalDate over = ZonedDateTime.ofInstant(clock.now().minusSeconds(3_600), zone).toLocalDate();
      LocalDate day = last().plusDays(1);
      if (day.isBefore(over.minusDays(CATCH_UP))) {
        day = over.minusDays(CATCH_UP);
      }
      for (; day.isBefore(over); day = day.plusDays(1)) {
        store.sealAny(
            devices,
            day.atStartOfDay(zone).toInstant(),
            day.plusDays(1).atStartOfDay(zone).toInstant(),
            recipients);
        Files.createDirectories(file.getParent());
        DurableFiles.write(file, day.toString().getBytes(StandardCharsets.US_ASCII), true);
      }
      fails = false;
    } catch (IOException | RuntimeException e) {
      if (!fails) {
        fails = true;
        LOG.warn(
            "A day of readings could not be sealed; tried again every hour: {}", e.getMessage());
      }
    }
  }

  /** The newest sealed day; the day before yesterday at the very first. */
  private LocalDate last() throws IOException {
    try {
      return LocalDate.parse(new String(DurableFiles.read(file, 16), StandardCharsets.US_ASCII));
    } catch (NoSuchFileException | java.time.DateTimeException e) {
      return ZonedDateTime.ofInstant(clock.now().minusSeconds(3_600), zone)
          .toLocalDate()
          .minusDays(2);
    }
  }

  /** Ends the thread; a batch that is being sealed is dropped or done. */
  @Deactivate
  public void deactivate() {
    timer.shutdownNow();
    try {
      if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("A batch is still being sealed and is left behind");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
