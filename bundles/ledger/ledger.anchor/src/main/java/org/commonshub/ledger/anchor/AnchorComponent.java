package org.commonshub.ledger.anchor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.Anchor;
import org.commonshub.ledger.api.Journal;
import org.commonshub.ledger.api.Ledger;
import org.commonshub.ledger.api.LedgerClient;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.BackupParticipant;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.osgi.framework.BundleContext;
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

/** Anchors, co-signs and aggregates, on one thread of its own that looks every 10 s what is due. */
@Component(
    immediate = true,
    configurationPid = "org.commonshub.ledger.anchor",
    service = {Anchor.class, BackupParticipant.class})
@Designate(ocd = AnchorComponent.Config.class)
public final class AnchorComponent implements Anchor, BackupParticipant {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorComponent.class);
  private static final String NAME = "ledger.anchor";
  private static final long LOOK_SECONDS = 10;
  private static final int MAX_WITNESSES = 16;
  private static final int QUARTER_MINUTES = 15;

  /** Settings of the anchor. */
  @ObjectClassDefinition(
      name = "Anchoring",
      description =
          "How the journal's root gets where others can see it: on the ledgers, and before"
              + " neighbours.")
  @interface Config {
    @AttributeDefinition(
        name = "Interval",
        description =
            "Minutes from one anchor to the next, a multiple of 15. Longer is cheaper; entries wait"
                + " longer for their proof. Default 15.",
        min = "15",
        max = "1440")
    int interval_min() default QUARTER_MINUTES;

    @AttributeDefinition(
        name = "Aggregator",
        description =
            "DID of the neighbour that anchors this hub's roots together with others', which is"
                + " cheaper. It must be on the list of neighbours. Default empty: this hub anchors"
                + " alone.",
        required = false,
        max = "256")
    String aggregator() default "";

    @AttributeDefinition(
        name = "Act as aggregator",
        description =
            "Whether this hub anchors its neighbours' roots with its own ledgers, at its own cost."
                + " Default false.")
    boolean aggregate() default false;

    @AttributeDefinition(
        name = "Witnesses",
        description =
            "DIDs of neighbours that are asked to co-sign each checkpoint, at most 16. Four find"
                + " out a lie even when one of them is away. Default none.",
        required = false)
    String[] witnesses() default {};
  }

  private final Map<String, Ledger> ledgers = new ConcurrentSkipListMap<>();
  private final AtomicReference<Neighbours> neighbours = new AtomicReference<>();
  private final ScheduledThreadPoolExecutor thread;
  private final Journal journal;
  private final Troubles troubles;
  private final Anchoring anchoring;
  private final Cosigning cosigning;
  private final Aggregator aggregator;
  private final Witness witness;
  private final Path directory;
  private final List<ServiceRegistration<NeighbourService>> answers = new ArrayList<>();

  @Activate
  public AnchorComponent(
      BundleContext context,
      @Reference(name = "identity") HubIdentity identity,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      @Reference(name = "journal") Journal journal,
      Config config)
      throws IOException {
    this.journal = journal;
    thread = new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "ledger-anchor"));
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    Executor lenient =
        work -> {
          try {
            thread.execute(work);
          } catch (RejectedExecutionException e) {
            LOG.debug("Stopped meanwhile", e);
          }
        };
    directory = DurableFiles.privateDirectory(paths.data().resolve(NAME));
    troubles = new Troubles(journal);
    String did = config.aggregator().strip();
    aggregator =
        config.aggregate()
            ? orNull(
                troubles,
                () ->
                    new Aggregator(
                        directory.resolve("aggregates"), identity, clock, ledgers, troubles))
            : null;
    Peers peers = new Peers(neighbours::get, identity, aggregator);
    anchoring =
        new Anchoring(
            directory,
            clock,
            journal,
            Math.max(1, config.interval_min() / QUARTER_MINUTES),
            ledgers,
            troubles,
            lenient,
            did.isEmpty()
                ? null
                : (proofs, guarded) ->
                    new Aggregation(
                        did,
                        identity.did(),
                        directory.resolve("aggregation"),
                        clock,
                        peers,
                        ledgers,
                        proofs,
                        troubles,
                        guarded));
    cosigning =
        new Cosigning(
            Arrays.stream(config.witnesses())
                .map(String::strip)
                .filter(w -> !w.isEmpty())
                .limit(MAX_WITNESSES)
                .toList(),
            identity,
            journal,
            clock,
            peers,
            troubles,
            lenient);
    witness =
        orNull(
            troubles, () -> new Witness(directory.resolve("witnessed"), identity, peers, troubles));
    if (witness != null) {
      register(context, Topic.CHECKPOINT, witness);
    }
    if (aggregator != null) {
      register(context, Topic.ROOT, aggregator);
    }
    thread.scheduleWithFixedDelay(this::look, 1, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  private void register(BundleContext context, Topic topic, NeighbourService service) {
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(NeighbourService.TOPIC, topic.name());
    answers.add(context.registerService(NeighbourService.class, service, properties));
  }

  void look() {
    // A journal that is about to be replaced is shown to nobody: it would look like a fork. An
    // outbox takes nothing before it knows how far its account was.
    if (waits("ledger.journal") || waits(NAME) || !ledgers.isEmpty() && waits("ledger.outbox")) {
      return;
    }
    if (aggregator != null) {
      run(aggregator::tick);
    }
    run(anchoring::tick);
    run(() -> journal.latest().ifPresent(cosigning::tick));
  }

  /** Whether a part of a backup is still to be put in place. */
  private boolean waits(String part) {
    return Files.exists(directory.resolveSibling("restore.parts").resolve(part));
  }

  /** A ledger that is being swapped may throw anything; the rest goes on. */
  private static void run(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warn("Anchoring was interrupted; it goes on in {} s", LOOK_SECONDS, e);
    }
  }

  /** Something of this bundle that has a file; without it the rest works on. */
  private interface Opener<T> {
    T open() throws IOException;
  }

  private static <T> T orNull(Troubles troubles, Opener<T> opener) {
    try {
      return opener.open();
    } catch (IOException e) {
      troubles.say(e.toString(), String.valueOf(e.getMessage()));
      return null;
    }
  }

  @Deactivate
  void deactivate() throws IOException {
    for (ServiceRegistration<NeighbourService> each : answers) {
      try {
        each.unregister();
      } catch (IllegalStateException e) {
        LOG.debug("The framework withdrew it first", e);
      }
    }
    thread.shutdown();
    try {
      if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("The anchor's thread still waits for the disk or a ledger.");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    anchoring.close();
  }

  @Reference(
      name = "ledger",
      service = Ledger.class,
      cardinality = ReferenceCardinality.MULTIPLE,
      policy = ReferencePolicy.DYNAMIC)
  void bindLedger(Ledger ledger, Map<String, Object> properties) {
    ledgers.put(String.valueOf(properties.get(LedgerClient.NAME)), ledger);
  }

  void unbindLedger(Ledger ledger, Map<String, Object> properties) {
    ledgers.remove(String.valueOf(properties.get(LedgerClient.NAME)), ledger);
  }

  @Reference(
      name = "neighbours",
      service = Neighbours.class,
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC)
  void bindNeighbours(Neighbours arrived) {
    neighbours.set(arrived);
  }

  void unbindNeighbours(Neighbours left) {
    neighbours.compareAndSet(left, null);
  }

  @Override
  public List<Anchored> recent(int limit) {
    return anchoring.recent(limit);
  }

  @Override
  public List<Anchored> covering(long index) {
    return anchoring.covering(index);
  }

  @Override
  public Optional<byte[]> proof(Anchored anchored) {
    return anchoring.proof(anchored);
  }

  @Override
  public Optional<String> problem() {
    return anchoring.problem();
  }

  @Override
  public String backupName() {
    return NAME;
  }

  @Override
  public void writeBackup(OutputStream out) throws IOException {
    AnchorBackup.Writer writer = new AnchorBackup.Writer(out);
    anchoring.backup(writer);
    if (witness != null) {
      writer.witnessed(witness.bytes());
    }
    writer.end();
  }

  /** What is under way at aggregators or for neighbours is not in a backup: it is over by then. */
  @Override
  public void restoreBackup(InputStream in) throws IOException {
    AnchorBackup.restore(in, directory.resolve("anchors.restored"), anchoring, witness);
    if (aggregator != null) {
      aggregator.restored();
    }
  }
}
