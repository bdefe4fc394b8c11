package org.commonshub.privacy.cohort;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.neighbour.api.NeighbourService;
import org.commonshub.neighbour.api.Neighbours;
import org.commonshub.neighbour.api.Topic;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.CohortSum;
import org.commonshub.privacy.api.CohortSums;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.RefusedException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One cohort, one quantity. Every hub of it has the same settings; which part it plays follows from
 * its DID: collector, member, or both.
 */
@Component(
    immediate = true,
    configurationPid = "org.commonshub.privacy.cohort",
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    service = {CohortSum.class, CohortSums.class, NeighbourService.class},
    property = NeighbourService.TOPIC + "=COHORT")
@Designate(ocd = CohortComponent.Config.class)
public final class CohortComponent implements CohortSum, CohortSums, NeighbourService {
  private static final Logger LOG = LoggerFactory.getLogger(CohortComponent.class);
  private static final long LOOK_SECONDS = 5;

  /** CBOR null: a question only to hear each other's keys. */
  private static final byte[] HELLO = {(byte) 0xF6};

  /** Settings of the cohort. */
  @ObjectClassDefinition(
      name = "Sums of a cohort",
      description =
          "A sum over the homes of a community, of which nobody sees a single value. These settings"
              + " must be the same on all hubs of the cohort.")
  @interface Config {
    @AttributeDefinition(name = "Cohort", description = "What the community calls it.", max = "64")
    String cohort() default "community";

    @AttributeDefinition(
        name = "Collector",
        description =
            "DID of the hub that collects the sums. It and all members must have each other as"
                + " neighbours. It may be a member, too.",
        max = "256")
    String collector();

    @AttributeDefinition(
        name = "Members",
        description = "DIDs of all members, 3 to 64. Whom it names cannot be in two cohorts.")
    String[] members();

    @AttributeDefinition(
        name = "Colluders",
        description =
            "How many members may work together with the collector and still learn nothing but the"
                + " sum of the others. The more, the more homes must be there at the same time:"
                + " max(t + 3, half of members and colluders + 1). Default 1.",
        min = "0",
        max = "61")
    int colluders() default 1;

    @AttributeDefinition(
        name = "Fewest homes",
        description =
            "Sums over fewer homes are not made. Default 0: as few as the colluders allow.",
        min = "0",
        max = "64")
    int minimum() default 0;

    @AttributeDefinition(name = "Quantity", description = "What is summed. Default energy.import.")
    String quantity() default "energy.import";

    @AttributeDefinition(
        name = "Interval",
        description =
            "Seconds of one sum: 60, 300, 900, 1800 or 3600. Default 900. The consents' resolution"
                + " must be the same.",
        min = "60",
        max = "3600")
    int interval_s() default 900;

    @AttributeDefinition(
        name = "Delay",
        description =
            "Seconds from the end of an interval to its sum; longer than the delays of the"
                + " consents, so that all homes have their values. Default 120.",
        min = "0",
        max = "86400")
    int delay_s() default 120;

    @AttributeDefinition(
        name = "Power of ten",
        description =
            "Values are rounded to whole multiples of ten to that power of the quantity's unit."
                + " Default 0.",
        min = "-9",
        max = "9")
    int exponent() default 0;

    @AttributeDefinition(
        name = "Largest value",
        description =
            "Largest value of one home in an interval, in these multiples, either sign; a home that"
                + " has more is left out. 1 to 1,000,000,000,000,000, default 100000.",
        min = "1",
        max = "1000000000000000")
    long largest() default 100_000;
  }

  private final AtomicReference<Neighbours> neighbours = new AtomicReference<>();
  private final HubIdentity identity;
  private final Setup setup;
  private final Sums sums;
  private final Membership membership;
  private final ScheduledThreadPoolExecutor thread;
  private final Gateway gateway;

  @Activate
  public CohortComponent(
      @Reference(name = "identity") HubIdentity identity,
      @Reference(name = "clock") HubClock clock,
      @Reference(name = "paths") HubPaths paths,
      Config config)
      throws IOException {
    this(identity, clock, paths, setup(config), Duration.ofSeconds(config.delay_s()), LOOK_SECONDS);
  }

  CohortComponent(
      HubIdentity identity,
      HubClock clock,
      HubPaths paths,
      Setup setup,
      Duration delay,
      long lookSeconds)
      throws IOException {
    this.identity = identity;
    this.setup = setup;
    Path directory = DurableFiles.privateDirectory(paths.data().resolve("privacy.cohort"));
    int self = setup.members().indexOf(identity.did());
    boolean collects = setup.collector().equals(identity.did());
    if (self < 0 && !collects) {
      throw new IllegalArgumentException(
          "This hub is neither collector nor member of the cohort "
              + setup.cohort()
              + ": its DID is "
              + identity.did());
    }
    Suite suite = new Suite();
    Signatures signatures = new HubSignatures(setup, identity, neighbours::get, this::greet);
    sums = new Sums(directory);
    membership =
        self < 0
            ? null
            : new Membership(setup, self, suite, signatures, new SecureRandom(), clock, directory);
    gateway = new Gateway(setup, suite, signatures, clock, delay, sums, this::ask);
    thread =
        collects
            ? new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "privacy-cohort"))
            : null;
    if (thread != null) {
      thread.scheduleWithFixedDelay(this::look, lookSeconds, lookSeconds, TimeUnit.SECONDS);
    }
  }

  static Setup setup(Config config) {
    Granularity interval = Granularity.ofSeconds(config.interval_s());
    if (interval.compareTo(Granularity.MINUTE) < 0 || interval.compareTo(Granularity.HOUR) > 0) {
      throw new IllegalArgumentException("The interval of a cohort is 60 to 3600 seconds.");
    }
    List<String> members =
        Arrays.stream(config.members()).map(String::strip).filter(m -> !m.isEmpty()).toList();
    return new Setup(
        config.cohort().strip(),
        config.collector().strip(),
        members,
        config.colluders(),
        config.minimum(),
        config.quantity().strip(),
        config.interval_s(),
        config.exponent(),
        config.largest());
  }

  /** Collects what is due. */
  void look() {
    try {
      if (neighbours.get() != null) {
        gateway.look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Cohort {}: collecting was interrupted; it goes on", setup.cohort(), e);
    }
  }

  @Deactivate
  void deactivate() {
    if (thread != null) {
      thread.shutdownNow();
      try {
        if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
          LOG.warn("The thread of the cohort still waits for the disk.");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    if (membership != null) {
      membership.leave();
    }
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
  public void contribute(Consent consent, Block block) throws RefusedException {
    Recipient collector = new Recipient(Recipient.Kind.NEIGHBOUR, setup.collector());
    if (membership == null
        || !consent.recipient().equals(collector)
        || consent.terms().mode() != Mode.AGGREGATE) {
      throw new RefusedException(
          RefusedException.Reason.POLICY,
          "This home is in no cohort that " + consent.recipient() + " collects.");
    }
    membership.contribute(consent, block);
  }

  @Override
  public void withdraw(String consent) {
    if (membership != null) {
      membership.withdraw(consent);
    }
  }

  @Override
  public List<Window> sums(Instant from, Instant to) {
    return sums.sums(from, to);
  }

  @Override
  public byte[] answer(String did, byte[] question) throws NeighbourException {
    boolean collector = did.equals(setup.collector());
    if (Arrays.equals(question, HELLO) && (collector || setup.members().contains(did))) {
      return HELLO.clone();
    }
    if (!collector || membership == null) {
      throw refusal("That hub does not collect from this one.");
    }
    try {
      byte[] answer = membership.answer(question);
      greetStrangers();
      return answer;
    } catch (CohortException e) {
      LOG.debug("Out of a window of cohort {}: {}", setup.cohort(), e.getMessage());
      throw refusal(e.getMessage());
    }
  }

  private static NeighbourException refusal(String message) {
    return new NeighbourException(NeighbourException.Kind.REFUSED, message);
  }

  private CompletionStage<byte[]> ask(int member, byte[] question) {
    String did = setup.members().get(member);
    Neighbours there = neighbours.get();
    try {
      if (did.equals(identity.did())) {
        return CompletableFuture.completedFuture(answer(did, question));
      }
      if (there != null) {
        return there.ask(did, Topic.COHORT, question);
      }
      throw new NeighbourException(
          NeighbourException.Kind.UNREACHABLE, "Talking to neighbours is switched off here.");
    } catch (NeighbourException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Two hubs know each other's keys once they have spoken. */
  private void greet(String did) {
    Neighbours there = neighbours.get();
    if (there != null) {
      there
          .ask(did, Topic.COHORT, HELLO)
          .whenComplete((answer, failure) -> LOG.debug("Said hello to {}", did, failure));
    }
  }

  private void greetStrangers() {
    Neighbours there = neighbours.get();
    if (there != null) {
      for (String did : setup.members()) {
        if (!did.equals(identity.did()) && there.keyLog(did).isEmpty()) {
          greet(did);
        }
      }
    }
  }
}
