package org.commonshub.ledger.plausibility;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.Contradictions;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.measure.api.ReadingSink;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live sink of the bus that holds readings against physics and each other, keeps what contradicts
 * in the journal, and says what must not be traded on. Works on the bus's thread for it.
 */
@Component(
    service = {Contradictions.class, ReadingSink.class},
    immediate = true,
    configurationPid = "org.commonshub.ledger.plausibility",
    property = {
      ReadingSink.NAME + "=ledger.plausibility",
      ReadingSink.KIND + "=" + ReadingSink.LIVE,
      ReadingSink.CAPACITY + ":Integer=32768"
    })
@Designate(ocd = PlausibilityService.Config.class)
public final class PlausibilityService implements Contradictions, ReadingSink {
  private static final Logger LOG = LoggerFactory.getLogger(PlausibilityService.class);
  private static final int MAX_STATE = 4 * 1024 * 1024;
  private static final long SAVE_NANOS = 3_600_000_000_000L;
  private static final long RETRY_NANOS = 60_000_000_000L;

  /** Settings of the cross-checks. */
  @ObjectClassDefinition(
      name = "Cross-checks",
      description = "What meters can show at most, so that what cannot be true is never traded on.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Greatest power",
        description =
            "Greatest power in kW that a device of this home takes or gives. Default 100.",
        min = "1",
        max = "100000")
    int max_power_kw() default 100;

    /** See description. */
    @AttributeDefinition(
        name = "Main fuse",
        description = "Rating of the main fuse per phase in A; 0 if not known. Default 0.",
        min = "0",
        max = "10000")
    int fuse_a() default 0;

    /** See description. */
    @AttributeDefinition(
        name = "Phases",
        description = "Phases of the grid connection. Default 3.",
        min = "1",
        max = "3")
    int phases() default 3;

    /** See description. */
    @AttributeDefinition(
        name = "Limits of devices",
        description =
            "Greatest power of single devices in kW, one DEVICE=kW each with the device's id."
                + " Default none.")
    String[] device_limits() default {};

    /** See description. */
    @AttributeDefinition(
        name = "Unmetered production",
        description =
            "Power in W of producers that no device meters, a balcony's modules for example."
                + " Default 0.",
        min = "0",
        max = "100000")
    int unmetered_production_w() default 0;

    /** See description. */
    @AttributeDefinition(
        name = "Longest gap",
        description = "Seconds without a reading over which nothing is compared. Default 300.",
        min = "5",
        max = "600")
    int gap_s() default 300;
  }

  private final HubClock clock;
  private final Path file;
  private final Episodes episodes = new Episodes();
  private final Judge judge;
  private Map<?, ?> unread = Map.of();
  private volatile Journal journal;
  private volatile DeviceDirectory directory;
  private DeviceDirectory seen;
  private long directoryRevision;
  private boolean dirty;
  private boolean firstAppend = true;
  private boolean appendFails;
  private boolean saveFails;
  private long lastSave;
  private long lastTry;

  /** Starts, and takes up the episodes of an earlier run. */
  @Activate
  public PlausibilityService(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      Config config) {
    this(
        clock,
        paths.data().resolve("ledger.plausibility/episodes"),
        new Limits(
            config.max_power_kw() * 1_000_000L,
            config.fuse_a() * 1_000L,
            config.phases(),
            Limits.devices(config.device_limits()),
            config.unmetered_production_w() * 1_000L,
            config.gap_s() * 1_000L));
  }

  PlausibilityService(HubClock clock, Path file, Limits limits) {
    this.clock = clock;
    this.file = file;
    judge = new Judge(limits, episodes, this::changed);
    lastSave = clock.monotonicNanos();
    lastTry = lastSave - RETRY_NANOS;
    try {
      restore(Cbor.decode(DurableFiles.read(file, MAX_STATE)));
    } catch (NoSuchFileException e) {
      // the first start
    } catch (IOException | MalformedCborException | RuntimeException e) {
      LOG.warn(
          "Contradictions found earlier can't be read from {} ({}): nothing before now is traded"
              + " on that was not settled yet.",
          file,
          e.toString());
      episodes.restore(clock.now().toEpochMilli(), List.of());
    }
  }

  @Reference(
      name = "journal",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindJournal(Journal found) {
    journal = found;
  }

  void unbindJournal(Journal gone) {
    if (journal == gone) {
      journal = null; // entries wait for the next one
    }
  }

  @Reference(
      name = "directory",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindDirectory(DeviceDirectory found) {
    directory = found;
  }

  void unbindDirectory(DeviceDirectory gone) {
    if (directory == gone) {
      directory = null; // the devices last known stay
    }
  }

  @Override
  public void accept(List<MeterRecord> batch) {
    synchronized (episodes) {
      refreshDevices();
      for (MeterRecord record : batch) {
        if (record instanceof ReadingFrame frame) {
          judge.frame(frame);
        } else if (record instanceof Gap gap) {
          judge.gap(gap);
        }
      }
    }
    keep();
  }

  private void refreshDevices() {
    DeviceDirectory current = directory;
    if (current != null && (current != seen || current.revision() != directoryRevision)) {
      long revision = current.revision();
      var devices = current.devices();
      if (devices.isEmpty() && seen == null) {
        return; // not read yet
      }
      directoryRevision = revision;
      seen = current;
      judge.devices(devices, clock.now().toEpochMilli());
      if (!unread.isEmpty()) {
        judge.restore(unread);
        unread = Map.of();
      }
    }
  }

  private void changed(Episode episode) {
    dirty = true;
    // No values: they are readings. The text with them is for the owner.
    LOG.warn(
        "Contradiction {} {} for device {} since {}; see the Trust page.",
        episode.check,
        episode.open() ? "began" : "is over",
        episode.devices.get(0),
        Instant.ofEpochMilli(episode.from));
  }

  /** Writes down what changed: state first, then the journal, then that it is there. */
  private void keep() {
    long nanos = clock.monotonicNanos();
    if (dirty || nanos - lastSave > SAVE_NANOS) {
      dirty = false;
      save();
    }
    Journal now = journal;
    if (now == null || (appendFails && nanos - lastTry < RETRY_NANOS)) {
      return;
    }
    lastTry = nanos;
    boolean recorded = false;
    try {
      for (Episode episode : List.copyOf(episodes.all())) {
        if (!episode.beginRecorded) {
          append(now, episode.entry(false));
          episode.beginRecorded = true;
          recorded = true;
        }
        if (!episode.open() && !episode.endRecorded) {
          append(now, episode.entry(true));
          episode.endRecorded = true;
          recorded = true;
        }
      }
      appendFails = false;
    } catch (IOException | RuntimeException e) {
      if (!appendFails) {
        appendFails = true;
        LOG.warn(
            "Contradictions can't be recorded in the journal ({}): tried again every minute.",
            e.getMessage());
      }
    }
    if (recorded) {
      save();
    }
  }

  private void append(Journal now, byte[] entry) throws IOException {
    if (firstAppend) {
      // A crash may have come between the append and the note of it.
      Optional<Journal.Entry> newest = now.newest(EntryKind.CONTRADICTION, clock.now());
      if (newest.isPresent()
          && now.content(newest.get().index())
              .filter(content -> java.util.Arrays.equals(content, entry))
              .isPresent()) {
        firstAppend = false;
        return;
      }
    }
    now.append(EntryKind.CONTRADICTION, entry);
    firstAppend = false;
  }

  private synchronized void save() {
    lastSave = clock.monotonicNanos();
    Map<Object, Object> state = new HashMap<>();
    synchronized (episodes) {
      state.put(1L, 1L);
      state.put(2L, episodes.horizon());
      state.put(3L, episodes.all().stream().map(Episode::state).toList());
      state.put(4L, unread.isEmpty() ? judge.registers() : unread);
    }
    try {
      Files.createDirectories(file.getParent());
      DurableFiles.write(file, Cbor.encode(state), true);
      saveFails = false;
    } catch (IOException e) {
      if (!saveFails) {
        saveFails = true;
        LOG.warn(
            "Contradictions can't be written to {} ({}): they would be forgotten at a restart.",
            file,
            e.toString());
      }
    }
  }

  private void restore(Object state) {
    Map<?, ?> fields = (Map<?, ?>) state;
    if (!fields.get(1L).equals(1L)) {
      throw new IllegalArgumentException("another version");
    }
    List<Episode> earlier = new ArrayList<>();
    for (Object episode : (List<?>) fields.get(3L)) {
      earlier.add(Episode.of((Map<?, ?>) episode));
    }
    unread = (Map<?, ?>) fields.get(4L);
    episodes.restore((Long) fields.get(2L), earlier);
  }

  @Override
  public List<Contradiction> open() {
    synchronized (episodes) {
      return episodes.all().stream().filter(Episode::open).map(Episode::contradiction).toList();
    }
  }

  @Override
  public List<Contradiction> recent(int limit) {
    synchronized (episodes) {
      List<Contradiction> newest =
          new ArrayList<>(episodes.all().stream().map(Episode::contradiction).toList());
      Collections.reverse(newest);
      return List.copyOf(newest.subList(0, Math.max(0, Math.min(limit, newest.size()))));
    }
  }

  @Override
  public boolean trusted(DeviceId device, Instant from, Instant to) {
    synchronized (episodes) {
      return episodes.trusted(device, from.toEpochMilli(), to.toEpochMilli());
    }
  }

  /** Keeps the state for the next start. */
  @Deactivate
  public void deactivate() {
    save();
  }
}
