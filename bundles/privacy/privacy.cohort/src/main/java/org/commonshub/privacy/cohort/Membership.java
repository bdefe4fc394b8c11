package org.commonshub.privacy.cohort;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import org.commonshub.identity.api.Cbor;
import org.commonshub.identity.api.MalformedCborException;
import org.commonshub.platform.api.DurableFiles;
import org.commonshub.platform.api.HubClock;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.cohort.CohortException.Why;
import org.commonshub.privacy.cohort.Contributions.Contribution;
import org.commonshub.privacy.cohort.Wire.Question;
import org.commonshub.privacy.cohort.Wire.Round;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This home's part: one window at a time, each only once, also after a restart. Before the first
 * answer in a window its end is on the disk, and nothing that begins before that is ever taken part
 * in again; the secrets are not on the disk, so a hub that was restarted is out of its window. So
 * no interval is summed twice, whatever the settings are changed to meanwhile. Any thread.
 */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
  private static final int MAX_MARK = 64;

  private final Setup setup;
  private final byte[] setupHash;
  private final int self;
  private final Suite suite;
  private final Signatures signatures;
  private final SecureRandom random;
  private final HubClock clock;
  private final Path mark;
  private final Contributions contributions;
  private long over;
  private Member member;
  private Contribution contribution;

  /**
   * Takes up where the last run ended.
   *
   * @param directory this bundle's own
   */
  Membership(
      Setup setup,
      int self,
      Suite suite,
      Signatures signatures,
      SecureRandom random,
      HubClock clock,
      Path directory)
      throws IOException {
    this.setup = setup;
    this.setupHash = setup.hash();
    this.self = self;
    this.suite = suite;
    this.signatures = signatures;
    this.random = random;
    this.clock = clock;
    this.mark = directory.resolve("mark");
    this.contributions = new Contributions(setup);
    long now = clock.now().getEpochSecond();
    try {
      over = read(DurableFiles.read(mark, MAX_MARK));
    } catch (NoSuchFileException e) {
      // What was before nobody knows here: it may have been taken part in.
      over = write(now);
    } catch (MalformedCborException e) {
      LOG.warn(
          "{} is damaged ({}): this home takes part in intervals that begin from now on.",
          mark,
          e.getMessage());
      over = write(now);
    }
  }

  static long read(byte[] bytes) throws MalformedCborException {
    if (Cbor.decode(bytes) instanceof Long end) {
      return end;
    }
    throw new MalformedCborException("not the end of a window");
  }

  private long write(long end) throws IOException {
    DurableFiles.write(mark, Cbor.encode(end), true);
    return end;
  }

  synchronized void contribute(Consent consent, Block block) throws RefusedException {
    contributions.add(consent, block, over, clock.now().getEpochSecond());
  }

  synchronized void withdraw(String consent) {
    contributions.withdraw(consent);
    if (contribution != null && contribution.consent().equals(consent)) {
      leave();
    }
  }

  /** Answers the collector. */
  synchronized byte[] answer(byte[] bytes) throws CohortException {
    Question question;
    try {
      question = Question.decode(bytes);
    } catch (MalformedCborException e) {
      throw new CohortException(
          Why.MALFORMED, "That is no question to a member: " + e.getMessage() + ".");
    }
    if (!Arrays.equals(question.setup(), setupHash)) {
      throw new CohortException(
          Why.SETTINGS,
          "This hub has other settings of the cohort: they must be the same on all its hubs.");
    }
    if (question.round() == Round.OPEN) {
      open(question.window());
    }
    if (member == null || member.window() != question.window()) {
      throw new CohortException(
          Why.OUT_OF_TURN, "This home does not take part in that window, or not any more.");
    }
    return member.answer(question.round(), question.items());
  }

  private void open(long window) throws CohortException {
    if (window % setup.intervalSeconds() != 0
        || window > clock.now().getEpochSecond() - setup.intervalSeconds()) {
      throw new CohortException(
          Why.OUT_OF_TURN, "That interval is not at its end by this hub's clock.");
    }
    if (window < over) {
      throw new CohortException(
          Why.OUT_OF_TURN, "That interval is over: each is summed only once.");
    }
    Contribution found =
        contributions
            .of(window)
            .orElseThrow(
                () ->
                    new CohortException(Why.NO_VALUE, "This home has no value for that interval."));
    leave();
    try {
      over = write(window + setup.intervalSeconds());
    } catch (IOException e) {
      LOG.debug("No mark", e);
      throw new CohortException(Why.DISK, "This hub cannot write to its disk.");
    }
    contributions.over(window);
    contribution = found;
    member =
        new Member(setup, self, window, found.value(), found.cohort(), suite, signatures, random);
  }

  /** Leaves a window that is under way. */
  synchronized void leave() {
    if (member != null) {
      member.close();
      member = null;
      contribution = null;
    }
  }
}
