package org.commonshub.ledger.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.ledger.api.ContentStore;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Seals readings to recipients and keeps the files, oldest out first. */
@Component(
    service = {ContentStore.class, ContentService.class},
    configurationPid = "org.commonshub.ledger.content")
@Designate(ocd = ContentService.Config.class)
public final class ContentService implements ContentStore {
  private static final Logger LOG = LoggerFactory.getLogger(ContentService.class);
  private static final int MAX_DEVICES = 256;
  private static final int MAX_INDEX = 64 * 1024;
  private static final String CAR = ".car";
  private static final String INDEX = ".index";

  /** Settings of the content store. */
  @ObjectClassDefinition(
      name = "Content store",
      description = "Sealed batches of readings, kept on the hub.")
  public @interface Config {
    /** See description. */
    @AttributeDefinition(
        name = "Size",
        description = "Most space for sealed batches in MiB; the oldest go. Default 256.",
        min = "1",
        max = "1000000")
    int max_mebibytes() default 256;
  }

  private final HubClock clock;
  private final HubIdentity hub;
  private final Path directory;
  private final long maxBytes;
  private final SecureRandom random = new SecureRandom();
  private final Object sealing = new Object();
  private final Map<String, Sealed> kept = new HashMap<>();
  private volatile HistoryStore history;
  private volatile Journal journal;

  /** Starts, and finds what is kept. */
  @Activate
  public ContentService(
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "hub") HubIdentity hub,
      Config config)
      throws IOException {
    this(
        clock, paths.data().resolve("ledger.content"), hub, config.max_mebibytes() * 1024L * 1024L);
  }

  ContentService(HubClock clock, Path directory, HubIdentity hub, long maxBytes)
      throws IOException {
    this.clock = clock;
    this.hub = hub;
    this.directory = DurableFiles.privateDirectory(directory);
    this.maxBytes = maxBytes;
    find();
  }

  @Reference(
      name = "history",
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  void bindHistory(HistoryStore found) {
    history = found;
  }

  void unbindHistory(HistoryStore gone) {
    if (history == gone) {
      history = null;
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
      journal = null;
    }
  }

  /** Reads the index of each file; what a crash left half is deleted. */
  private void find() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(INDEX)) {
        String cid = name.substring(0, name.length() - INDEX.length());
        try {
          if (Files.exists(path(cid, CAR))) {
            kept.put(cid, Index.read(DurableFiles.read(file, MAX_INDEX)));
          }
        } catch (IOException | MalformedCborException | RuntimeException e) {
          LOG.warn("The sealed batch {} can't be used and is deleted: {}", file, e.toString());
        }
      }
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      int dot = name.lastIndexOf('.');
      if (dot < 0 || !kept.containsKey(name.substring(0, dot)) || name.startsWith(".")) {
        Files.deleteIfExists(file);
      }
    }
  }

  private Path path(String cid, String suffix) {
    return directory.resolve(cid + suffix);
  }

  @Override
  public List<Sealed> list() {
    synchronized (kept) {
      return kept.values().stream()
          .sorted(Comparator.comparing(Sealed::sealed).thenComparing(Sealed::cid).reversed())
          .toList();
    }
  }

  @Override
  public Sealed seal(List<DeviceId> devices, Instant from, Instant to, List<Recipient> recipients)
      throws IOException {
    return sealAny(devices, from, to, recipients)
        .orElseThrow(
            () ->
                new IOException(
                    "There are no readings of these devices from " + from + " to " + to + "."));
  }

  /** As {@link #seal}, but empty if there are no readings. */
  Optional<Sealed> sealAny(
      List<DeviceId> devices, Instant from, Instant to, List<Recipient> recipients)
      throws IOException {
    List<byte[]> keys = check(devices, from, to, recipients);
    HistoryStore store = history;
    if (store == null) {
      throw new IOException("Nothing was sealed: the history of readings does not run.");
    }
    Optional<Sealed> sealed;
    synchronized (sealing) {
      Path parts = directory.resolve(".parts.tmp");
      Path car = directory.resolve(".car.tmp");
      Files.deleteIfExists(parts);
      Files.deleteIfExists(car);
      try (Sealer sealer = new Sealer(parts, maxBytes, random)) {
        Batch batch = new Batch(sealer, hub.did(), devices, from, to);
        store.replay(
            devices,
            from,
            to,
            meterRecord -> {
              try {
                batch.add(meterRecord);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
        if (batch.records() == 0) {
          return Optional.empty();
        }
        batch.sign(hub);
        Cid cid = sealer.finish(car, keys);
        sealed =
            Optional.of(
                new Sealed(
                    cid.toString(),
                    clock.now(),
                    devices,
                    from,
                    to,
                    recipients.stream().map(Recipient::name).toList(),
                    batch.records(),
                    Files.size(car)));
        keep(sealed.get(), car);
      } catch (UncheckedIOException e) {
        throw new IOException("Nothing was sealed: " + e.getCause().getMessage(), e);
      } finally {
        Files.deleteIfExists(parts);
        Files.deleteIfExists(car);
      }
    }
    record(sealed.get());
    return sealed;
  }

  private static List<byte[]> check(
      List<DeviceId> devices, Instant from, Instant to, List<Recipient> recipients) {
    if (devices.isEmpty() || devices.size() > MAX_DEVICES) {
      throw new IllegalArgumentException("A batch has 1 to " + MAX_DEVICES + " devices.");
    }
    if (recipients.isEmpty() || recipients.size() > MAX_RECIPIENTS) {
      throw new IllegalArgumentException("A batch has 1 to " + MAX_RECIPIENTS + " recipients.");
    }
    // A day may have 25 hours.
    if (!from.isBefore(to)
        || Duration.between(from, to).compareTo(Duration.ofHours(MAX_DAYS * 24 + 1)) > 0) {
      throw new IllegalArgumentException("A batch spans more than 0 and at most 31 days.");
    }
    List<byte[]> keys = new ArrayList<>();
    for (Recipient recipient : recipients) {
      if (recipient.name().isBlank() || recipient.name().length() > 64) {
        throw new IllegalArgumentException("A recipient's name has 1 to 64 characters.");
      }
      keys.add(RecipientKey.parse(recipient.key()));
    }
    return keys;
  }

  private void keep(Sealed sealed, Path car) throws IOException {
    if (sealed.bytes() > maxBytes) {
      throw new IOException("Nothing was sealed: the batch is larger than the whole store.");
    }
    synchronized (kept) {
      long bytes = sealed.bytes();
      List<Sealed> newestFirst = list();
      for (Sealed other : newestFirst) {
        bytes += other.bytes();
        if (bytes > maxBytes) {
          remove(other.cid());
        }
      }
      Files.move(car, path(sealed.cid(), CAR), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.write(path(sealed.cid(), INDEX), Index.write(sealed), true);
      kept.put(sealed.cid(), sealed);
    }
  }

  /** The journal says that it was sealed and to how many, so that nobody can deny it later. */
  private void record(Sealed sealed) {
    Journal now = journal;
    if (now == null) {
      return;
    }
    try {
      now.append(
          EntryKind.HUB,
          Cbor.encode(
              Map.of(
                  1L,
                  "content-sealed",
                  2L,
                  sealed.cid(),
                  3L,
                  sealed.from().toEpochMilli(),
                  4L,
                  sealed.to().toEpochMilli(),
                  5L,
                  (long) sealed.recipients().size())));
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "The journal does not know of the sealed batch {}: {}", sealed.cid(), e.getMessage());
    }
  }

  @Override
  public Optional<InputStream> open(String cid) throws IOException {
    synchronized (kept) {
      if (!kept.containsKey(cid)) {
        return Optional.empty();
      }
      try {
        return Optional.of(Files.newInputStream(path(cid, CAR)));
      } catch (NoSuchFileException e) {
        throw new IOException("The file of the sealed batch " + cid + " is gone from the disk.", e);
      }
    }
  }

  @Override
  public void delete(String cid) throws IOException {
    synchronized (kept) {
      if (kept.containsKey(cid)) {
        remove(cid);
      }
    }
  }

  private void remove(String cid) throws IOException {
    Files.deleteIfExists(path(cid, INDEX));
    Files.deleteIfExists(path(cid, CAR));
    kept.remove(cid);
  }
}
