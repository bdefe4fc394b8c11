package org.commonshub.privacy.cohort;

import java.util.ArrayList;
import java.util.List;

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
}
