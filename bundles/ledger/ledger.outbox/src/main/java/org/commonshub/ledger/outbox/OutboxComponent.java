package org.commonshub.ledger.outbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.ledger.api.LedgerListener;
import org.commonshub.ledger.api.Status;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins clients that come and go with the outboxes in front of them; see README.md. */
@Component(service = BackupParticipant.class, immediate = true)
@Designate(ocd = OutboxComponent.Config.class)
public final class OutboxComponent implements BackupParticipant {
  /** Ledgers at a time. */
  static final int MOST = 8;

  private static final Logger LOG = LoggerFactory.getLogger(OutboxComponent.class);
  private static final Duration RESTORE = Duration.ofSeconds(60);

  /** Settings. */
  @ObjectClassDefinition(name = "Outbox", description = "What is on its way to ledgers.")
  @interface Config {
    /** Default 6. */
    @AttributeDefinition(
        name = "Look again after final",
        description =
            "How many hours the hub goes on checking that a ledger still has what it called"
                + " final. 0 to 720; default 6.")
    int watch_h() default 6;
  }

  /** One ledger. Its clients are guarded by itself. */
  private static final class Line {
    final Outbox outbox;
    final Worker worker;
    final TreeMap<ServiceReference<LedgerClient>, LedgerClient> clients =
        new TreeMap<>(Comparator.reverseOrder());
    final AtomicBoolean registered = new AtomicBoolean();
    volatile ServiceRegistration<Ledger> registration;

    Line(Outbox outbox) {
      this.outbox = outbox;
      this.worker = new Worker(outbox);
    }
  }

  private final BundleContext context;
  private final HubClock clock;
  private final Path directory;
  private final Duration watch;
  private final Map<String, Line> lines = new TreeMap<>();
  private final List<LedgerListener> listeners = new CopyOnWriteArrayList<>();
  private boolean ended;

  /** Opens what is there: what waits goes on as soon as its client comes. */
  @Activate
  public OutboxComponent(
      BundleContext context,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      Config config) {
    this.context = context;
    this.clock = clock;
    this.directory = paths.data().resolve("ledger.outbox");
    this.watch = Duration.ofHours(Math.max(0, Math.min(720, config.watch_h())));
    for (String name : known()) {
      if (lines.size() < MOST) {
        register(open(name));
      }
    }
  }

  private List<String> known() {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> each = Files.newDirectoryStream(directory)) {
        for (Path path : each) {
          if (isName(path.getFileName().toString()) && Files.exists(path.resolve("log"))) {
            names.add(path.getFileName().toString());
          }
        }
      } catch (IOException e) {
        LOG.error("The outboxes in {} cannot be read.", directory, e);
      }
    }
    Collections.sort(names);
    return names;
  }

  private static boolean isName(String name) {
    return name.matches("[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}");
  }

  private synchronized Line open(String name) {
    Line line = lines.get(name);
    if (line != null || ended) {
      return line;
    }
    if (lines.size() >= MOST && !evict()) {
      LOG.error(
          "Ledger {} gets no outbox: there are {} already. Remove a ledger that is not used.",
          name,
          MOST);
      return null;
    }
    try {
      Path own = DurableFiles.privateDirectory(directory.resolve(name));
      DurableFiles.force(directory);
      line = new Line(new Outbox(name, own, clock, watch, status -> tell(name, status)));
    } catch (IOException e) {
      LOG.error("The outbox of ledger {} in {} cannot be opened.", name, directory, e);
      return null;
    }
    lines.put(name, line);
    return line;
  }

  /** Without a lock of the component: who hears of the service may call back. */
  private void register(Line line) {
    if (line == null || line.registered.getAndSet(true)) {
      return;
    }
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(LedgerClient.NAME, line.outbox.toString());
    line.registration = context.registerService(Ledger.class, line.outbox, properties);
  }

  private static void unregister(Line line) {
    ServiceRegistration<Ledger> registration = line.registration;
    if (registration != null) {
      registration.unregister();
    }
  }

  /** Makes room: closes an outbox in which nothing waits and that has no client. */
  private boolean evict() {
    for (String name : List.copyOf(lines.keySet())) {
      Line line = lines.get(name);
      if (line.outbox.idle()) {
        lines.remove(name);
        unregister(line);
        line.worker.close();
        return true;
      }
    }
    return false;
  }

  @Deactivate
  void deactivate() {
    List<Line> all;
    synchronized (this) {
      ended = true;
      all = List.copyOf(lines.values());
      lines.clear();
    }
    all.forEach(OutboxComponent::unregister);
    all.forEach(line -> line.worker.close());
  }

  // ---------------------------------------------------------------- who comes and goes

  @Reference(
      name = "clients",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void addClient(ServiceReference<LedgerClient> reference, LedgerClient client) {
    if (!(reference.getProperty(LedgerClient.NAME) instanceof String name) || !isName(name)) {
      LOG.error(
          "A client of {} has no proper {}: 1 to 64 letters, digits and . _ ~ -",
          reference.getBundle(),
          LedgerClient.NAME);
      return;
    }
    Line line = open(name);
    if (line != null) {
      synchronized (line) {
        line.clients.put(reference, client);
        choose(line);
      }
      register(line);
    }
  }

  void removeClient(ServiceReference<LedgerClient> reference) {
    List<Line> all;
    synchronized (this) {
      all = List.copyOf(lines.values());
    }
    for (Line line : all) {
      synchronized (line) {
        if (line.clients.remove(reference) != null) {
          choose(line);
        }
      }
    }
  }

  /** The client of highest rank, the longest there among equals. */
  private static void choose(Line line) {
    line.outbox.client(line.clients.isEmpty() ? null : line.clients.firstEntry().getValue());
  }

  @Reference(
      name = "listeners",
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  synchronized void addListener(LedgerListener listener) {
    listeners.add(listener);
    lines.forEach(
        (name, line) ->
            line.outbox.errand(
                () -> {
                  for (Status status : line.outbox.told()) {
                    tell(listener, name, status);
                  }
                }));
  }

  void removeListener(LedgerListener listener) {
    listeners.remove(listener);
  }

  private void tell(String ledger, Status status) {
    listeners.forEach(listener -> tell(listener, ledger, status));
  }

  private void tell(LedgerListener listener, String ledger, Status status) {
    if (!listeners.contains(listener)) {
      return;
    }
    try {
      listener.changed(ledger, status);
    } catch (RuntimeException | LinkageError e) {
      LOG.warn("A listener failed at {} of ledger {}.", status.key(), ledger, e);
    }
  }

  // ---------------------------------------------------------------- backup

  @Override
  public String backupName() {
    return "ledger.outbox";
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    Map<String, Outbox> all = new TreeMap<>();
    synchronized (this) {
      lines.forEach((name, line) -> all.put(name, line.outbox));
    }
    BackupStream.write(all, out);
  }

  /** What the copy knows and this hub does not is added; then nothing is believed before asked. */
  @Override
  public void restoreBackup(InputStream in) throws IOException {
    Path staging = DurableFiles.privateDirectory(directory.resolve(".restore"));
    try {
      for (Map.Entry<String, Path> each : BackupStream.read(in, staging).entrySet()) {
        Line line = isName(each.getKey()) ? open(each.getKey()) : null;
        if (line == null) {
          throw new IOException("no outbox for ledger " + each.getKey());
        }
        register(line);
        absorb(line.outbox, each.getValue());
      }
    } finally {
      try (DirectoryStream<Path> left = Files.newDirectoryStream(staging)) {
        for (Path path : left) {
          Files.delete(path);
        }
      }
      Files.delete(staging);
    }
  }

  private static void absorb(Outbox outbox, Path copy) throws IOException {
    CountDownLatch done = new CountDownLatch(1);
    AtomicReference<IOException> failed = new AtomicReference<>();
    outbox.errand(
        () -> {
          try {
            outbox.absorb(new Log(copy));
          } catch (IOException e) {
            failed.set(e);
          } finally {
            done.countDown();
          }
        });
    try {
      if (!done.await(RESTORE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException("Ledger " + outbox + " is busy; restart the hub and try again.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    if (failed.get() != null) {
      throw failed.get();
    }
  }
}
