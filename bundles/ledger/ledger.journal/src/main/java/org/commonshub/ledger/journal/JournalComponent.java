package org.commonshub.ledger.journal;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Checkpoint;
import org.commonshub.ledger.api.EntryKind;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.ReceiptVerifier;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal of this hub, in {@code DATA/ledger.journal/gN}; N is in the file {@code current} and
 * rises when a backup takes its place. A disk that cannot be used now is tried again at each call.
 */
@Component(
    service = {Journal.class, BackupParticipant.class, JournalComponent.class},
    immediate = true)
public final class JournalComponent implements Journal, BackupParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(JournalComponent.class);
  private static final String CURRENT = "current";
  private static final String REPLACED = "replaced";

  private final Path directory;
  private final HubClock clock;
  private final HubIdentity identity;
  private final BundleContext context;
  private final Alarms alarms = new Alarms();
  private volatile boolean closed;
  private Store store;
  private Thread checker;
  private int generation;
  private Optional<Alarm> problem = Optional.empty();

  /** Opens the journal and checks it in the background. */
  @Activate
  public JournalComponent(
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "identity") HubIdentity identity,
      BundleContext context) {
    this.directory = paths.data().resolve("ledger.journal");
    this.clock = clock;
    this.identity = identity;
    this.context = context;
    try {
      store();
    } catch (IOException e) {
      LOG.warn("{}", e.getMessage());
    }
  }

  /** Ends the check and closes the files. What was appended is durable already. */
  @Deactivate
  public void deactivate() throws IOException, InterruptedException {
    closed = true;
    Thread running;
    Store open;
    synchronized (this) {
      running = checker;
      open = store;
      store = null;
    }
    if (running != null) {
      running.join(10_000);
    }
    if (open != null) {
      open.close();
    }
  }

  synchronized Store store() throws IOException {
    if (store == null) {
      if (closed) {
        throw new IOException("The journal is closed");
      }
      try {
        DurableFiles.privateDirectory(directory);
        generation = current();
        tidy();
        store = new Store(new FileDisk(folder(generation)), clock, identity, alarms, false);
        problem = Optional.empty();
        check(store);
      } catch (IOException e) {
        String text =
            "The journal cannot be opened: "
                + e.getMessage()
                + ". Nothing is recorded in it now; look at the disk.";
        problem = problem.or(() -> Optional.of(new Alarm(clock.now(), "disk", text)));
        throw new IOException(text, e);
      }
    }
    return store;
  }

  private Path folder(int number) {
    return directory.resolve("g" + number);
  }

  private int current() throws IOException {
    try {
      String text =
          new String(DurableFiles.read(directory.resolve(CURRENT), 16), StandardCharsets.US_ASCII);
      return Integer.parseInt(text.strip());
    } catch (NoSuchFileException e) {
      return 1;
    } catch (NumberFormatException e) {
      throw new IOException(directory.resolve(CURRENT) + " holds no number", e);
    }
  }

  /** Removes what a power cut left of a restore. */
  private void tidy() throws IOException {
    try (Stream<Path> folders = Files.list(directory)) {
      for (Path folder : folders.toList()) {
        String name = folder.getFileName().toString();
        if (name.matches("g\\d+") && !folder.equals(folder(generation))) {
          delete(folder);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (NoSuchFileException e) {
      // There is none.
    }
  }

  private void check(Store opened) {
    checker =
        new Thread(
            () -> {
              try {
                opened.check(() -> closed || opened != peek());
              } catch (IOException e) {
                if (!closed && opened == peek()) {
                  LOG.warn("The journal could not be checked: {}", e.getMessage());
                }
              }
            },
            "ledger-journal-check");
    checker.setDaemon(true);
    checker.setPriority(Thread.MIN_PRIORITY);
    checker.start();
  }

  private synchronized Store peek() {
    return store;
  }

  /** Rises whenever a backup took the journal's place. */
  synchronized int generation() {
    return generation;
  }

  /** For tests: waits for the check at start. */
  void awaitCheck() throws InterruptedException {
    Thread running;
    synchronized (this) {
      running = checker;
    }
    if (running != null) {
      running.join();
    }
  }

  @Override
  public long append(EntryKind kind, byte[] content) throws IOException {
    return store().append(kind, content);
  }

  @Override
  public long size() {
    try {
      return store().size();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<Entry> entries(long from, long to) throws IOException {
    return store().entries(from, to);
  }

  @Override
  public Optional<Entry> newest(EntryKind kind, Instant at) throws IOException {
    return store().newest(kind, at);
  }

  @Override
  public Optional<byte[]> content(long index) throws IOException {
    return store().content(index).bytes();
  }

  @Override
  public Checkpoint checkpoint() throws IOException {
    return store().checkpoint();
  }

  @Override
  public Optional<Checkpoint> latest() {
    try {
      return store().latest();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void cosigned(long size, byte[] cosignature) throws IOException {
    store().cosigned(size, cosignature);
  }

  @Override
  public List<byte[]> consistency(long from, long to) throws IOException {
    return store().consistency(from, to);
  }

  @Override
  public byte[] receipt(long index) throws IOException {
    return store().receipt(index, anchors(index));
  }

  /** Proofs of anchors, one per ledger; none while nothing anchors. */
  private List<Store.AnchorProof> anchors(long index) {
    List<Store.AnchorProof> proofs = new ArrayList<>();
    ServiceReference<Anchor> reference =
        context == null ? null : context.getServiceReference(Anchor.class);
    Anchor anchor = reference == null ? null : context.getService(reference);
    if (anchor != null) {
      try {
        for (Anchor.Anchored anchored : anchor.covering(index)) {
          anchor
              .proof(anchored)
              .ifPresent(
                  p -> proofs.add(new Store.AnchorProof(anchored.size(), anchored.root(), p)));
        }
      } finally {
        context.ungetService(reference);
      }
    }
    return proofs;
  }

  @Override
  public void export(OutputStream out) throws IOException {
    store().export(out);
  }

  @Override
  public void erase(List<Long> indices) throws IOException {
    store().erase(indices);
  }

  @Override
  public List<Alarm> alarms() {
    try {
      return store().alarms();
    } catch (IOException e) {
      synchronized (this) {
        return problem.map(List::of).orElse(List.of());
      }
    }
  }

  // ------------------------------------------------------------------------------ backup

  @Override
  public String backupName() {
    return "ledger.journal";
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    export(out);
  }

  /**
   * Puts a backup in place, in a new epoch. If this hub's journal has all of the backup and more,
   * it stays: nothing that was recorded is given up. What is replaced is kept in {@code replaced}.
   */
  @Override
  public synchronized void restoreBackup(InputStream in) throws IOException {
    Store old = store();
    Path next = folder(generation + 1);
    delete(next);
    boolean replaced = false;
    Store fresh = new Store(new FileDisk(next), clock, identity, new Alarms(), true);
    try {
      ReceiptVerifier.Report report =
          new ReceiptVerifier(Optional.empty()).journal(in, fresh::importEntry);
      Checkpoint backup = report.checkpoint().orElseThrow();
      for (ReceiptVerifier.Finding finding : report.findings()) {
        if (finding.level() == ReceiptVerifier.Level.BROKEN) {
          throw new IOException("The journal in the backup is damaged. " + finding.text());
        }
      }
      if (old.size() >= backup.size() && Arrays.equals(old.root(backup.size()), backup.root())) {
        old.begin("restored", backup.size(), backup.epoch());
        return;
      }
      fresh.sealImport();
      fresh.begin("restored", backup.size(), Math.max(old.epoch(), backup.epoch()));
      replaced = true;
    } finally {
      fresh.close();
      if (!replaced) {
        delete(next);
      }
    }
    DurableFiles.write(
        directory.resolve(CURRENT),
        Integer.toString(generation + 1).getBytes(StandardCharsets.US_ASCII),
        true);
    old.close();
    store = null;
    Path kept = directory.resolve(REPLACED);
    delete(kept);
    Files.move(folder(generation), kept);
    store();
  }
}
