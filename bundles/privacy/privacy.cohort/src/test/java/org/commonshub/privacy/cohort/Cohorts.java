package org.commonshub.privacy.cohort;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Block.Statistic;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.Recipient;
import org.commonshub.privacy.api.Terms;
import org.commonshub.testing.fakes.FakeHubClock;

/** Settings of cohorts for tests. */
final class Cohorts {
  static final int INTERVAL = 900;
  static final long LARGEST = 100_000;

  private Cohorts() {}

  static Setup of(int members, int colluders, int minimum) {
    List<String> dids = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      dids.add(String.format("did:example:%02d", i));
    }
    return of(dids, colluders, minimum);
  }

  static Setup of(List<String> dids, int colluders, int minimum) {
    return new Setup(
        "street",
        "did:example:collector",
        dids,
        colluders,
        minimum,
        "energy.import",
        INTERVAL,
        0,
        LARGEST);
  }

  static Terms terms(int homes) {
    return Terms.ANY.toBuilder()
        .purposes(Purpose.STATISTICS)
        .quantities(Set.of("energy.import"))
        .aggregate(Granularity.QUARTER_HOUR, homes)
        .history(Duration.ofDays(1))
        .until(FakeHubClock.START.plus(Duration.ofDays(365)))
        .build();
  }

  static Consent consent(String id, String collector, int homes) {
    return new Consent(
        id,
        new Recipient(Recipient.Kind.NEIGHBOUR, collector),
        "Community",
        Purpose.STATISTICS,
        terms(homes),
        FakeHubClock.START,
        "anna",
        Optional.empty(),
        EnergyData.Grant.State.OPEN,
        "",
        0,
        Optional.empty(),
        0);
  }

  /** Values of one device from a start on, one per interval. */
  static Block block(String subject, Instant start, long... mantissas) {
    long[] starts = new long[mantissas.length];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = start.plusSeconds((long) INTERVAL * i).toEpochMilli();
    }
    return new Block(
        subject,
        "energy.import",
        Statistic.AMOUNT,
        INTERVAL,
        0,
        starts,
        mantissas,
        new int[mantissas.length]);
  }
}
