package org.commonshub.privacy.provider;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.commonshub.history.api.HistoryStore;
import org.commonshub.identity.api.HubIdentity;
import org.commonshub.ledger.api.Journal;
import org.commonshub.measure.api.DeviceDirectory;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.platform.api.HubPaths;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.CohortSum;
import org.commonshub.privacy.api.Mode;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the gate, put together; what comes and goes is asked for when it is needed. */
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final int SLOW = 10;

  private final Callers callers;
  private final Consents consents;
  private final Asking asking;
  private final Policies policies;
  private final Flows flows;
  private final Reads reads;
  private final Receipts receipts;
  private final Disclosures disclosures;
  private final BudgetFiles budget;
  private final Secret secret;
  private final Path directory;
  private final Others others;

  /**
   * Terms of the consents whose values go into sums; only of the thread that waits for the disk.
   */
  private Map<String, Terms> summed = Map.of();

  private int second;
  private boolean failing;

  /** Services of other groups; each supplier gives null while its service is away. */
  record Others(
      Supplier<HistoryStore> history,
      Supplier<DeviceDirectory> directory,
      Supplier<ZoneId> zone,
      Supplier<Journal> journal,
      Supplier<HubIdentity> identity,
      Supplier<CohortSum> cohort) {}

  Gate(HubPaths paths, HubClock clock, Callers callers, Others others) throws IOException {
    this.callers = callers;
    this.others = others;
    directory = DurableFiles.privateDirectory(paths.data().resolve("privacy.provider"));
    secret = Secret.at(directory.resolve("secret"));
    policies = new Policies(secret);
    budget = new BudgetFiles(directory.resolve("budget"), clock, secret);
    disclosures =
        new Disclosures(
            new DisclosureLog(directory.resolve("log")),
            new Folds(directory.resolve("folds")),
            new Counters(directory.resolve("counts.json")),
            clock);
    TrustedTime time = new TrustedTime(clock);
    consents =
        new Consents(
            directory.resolve("consents.json"),
            time,
            new Bounds(new Floor(paths.config())),
            policies::missing,
            callers::ambiguous);
    asking = new Asking(consents);
    receipts = new Receipts(consents, others.journal(), others.identity());
    flows =
        new Flows(
            clock,
            consents,
            policies,
            disclosures,
            budget,
            others.directory(),
            others.zone(),
            new Past(others.history(), others.directory()));
    reads = new Reads(consents, policies, disclosures, flows, budget);
    flows.start(this::keep);
  }

  Callers callers() {
    return callers;
  }

  Consents consents() {
    return consents;
  }

  Asking asking() {
    return asking;
  }

  Policies policies() {
    return policies;
  }

  Flows flows() {
    return flows;
  }

  Reads reads() {
    return reads;
  }

  Receipts receipts() {
    return receipts;
  }

  Disclosures disclosures() {
    return disclosures;
  }

  BudgetFiles budget() {
    return budget;
  }

  Path directory() {
    return directory;
  }

  Secret secret() {
    return secret;
  }

  /** Once a second, on the thread that may wait for the disk. */
  private void keep() {
    try {
      disclosures.keep();
      cohorts();
      if (second++ % SLOW == 0) {
        consents.bounds().floor().refresh();
        consents.retry();
        receipts.flush();
        budget.tidy();
        disclosures
            .counters()
            .retain(
                consents.book().consents().stream()
                    .map(Given::id)
                    .collect(Collectors.toUnmodifiableSet()));
      }
      failing = false;
    } catch (IOException e) {
      if (!failing) {
        failing = true;
        LOG.warn("The privacy gate cannot write: {}", Texts.reason(e));
      }
    }
  }

  /** Feeds the sums that people agreed to; what is not in force any more is forgotten there. */
  private void cohorts() {
    Map<String, Terms> open = new HashMap<>();
    for (Given given : consents.book().consents()) {
      Standing standing = consents.standing(given);
      if (given.end().isEmpty() && standing.open() && standing.terms().mode() == Mode.AGGREGATE) {
        open.put(given.id(), standing.terms());
      }
    }
    CohortSum sum = others.cohort().get();
    for (Map.Entry<String, Terms> before : summed.entrySet()) {
      if (sum != null && !before.getValue().equals(open.get(before.getKey()))) {
        sum.withdraw(before.getKey());
      }
    }
    summed = open;
    for (Given given : consents.book().consents()) {
      if (open.containsKey(given.id())) {
        flows.contribute(given, this::contribute);
      }
    }
  }

  private void contribute(Release release) {
    CohortSum sum = others.cohort().get();
    Optional<Given> given = consents.book().consent(release.consent());
    if (sum != null && given.isPresent()) {
      for (Block block : release.blocks()) {
        contribute(sum, given.get(), block);
      }
    }
  }

  private void contribute(CohortSum sum, Given given, Block block) {
    try {
      sum.contribute(Desk.consent(this, given), block);
    } catch (RefusedException e) {
      flows.closedBySum(given, e.getMessage());
    }
  }

  Instant now() {
    return consents.now();
  }

  void close() throws IOException, InterruptedException {
    flows.stop();
    policies.close();
    receipts.flush();
    disclosures.close();
    budget.close();
  }
}
