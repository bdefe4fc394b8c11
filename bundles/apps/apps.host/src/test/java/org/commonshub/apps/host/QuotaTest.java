package org.commonshub.apps.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.commonshub.apps.host.Quota.Verdict.SLOWED;
import static org.commonshub.apps.host.Quota.Verdict.TOO_LONG;
import static org.commonshub.apps.host.Quota.Verdict.TOO_MUCH;
import static org.commonshub.apps.host.Quota.Verdict.WELL;

import org.junit.jupiter.api.Test;

class QuotaTest {
  private static final long MINUTE = Quota.WINDOW_NANOS;

  @Test
  void edges() {
    Quota quota = new Quota(100, 0, 0, 0);
    assertThat(quota.use(100, 0)).isEqualTo(WELL);
    assertThat(quota.use(1, MINUTE - 1)).isEqualTo(SLOWED);
    assertThat(quota.use(399, MINUTE - 1)).isEqualTo(SLOWED);
    assertThat(quota.use(1, MINUTE - 1)).isEqualTo(TOO_MUCH);
    assertThat(quota.use(0, MINUTE)).isEqualTo(WELL);
    assertThat(quota.use(-5, MINUTE)).isEqualTo(WELL);
  }

  @Test
  void theFirstMinuteHasMoreAndSmallAmountsEndNobody() {
    Quota quota = new Quota(10, 1000, 500, 0);
    assertThat(quota.use(510, 0)).isEqualTo(WELL);
    assertThat(quota.use(990, 1)).isEqualTo(SLOWED);
    assertThat(quota.use(1, 1)).isEqualTo(TOO_MUCH);
    assertThat(quota.use(1000, MINUTE)).isEqualTo(SLOWED);
    assertThat(quota.use(1, MINUTE)).isEqualTo(TOO_MUCH);
  }

  @Test
  void threeSlowedMinutesInARowAreTooMany() {
    Quota quota = new Quota(10, 0, 0, 0);
    for (int minute = 0; minute < 3; minute++) {
      assertThat(quota.use(11, minute * MINUTE)).isEqualTo(SLOWED);
    }
    assertThat(quota.use(10, 3 * MINUTE)).isEqualTo(WELL);
    assertThat(quota.use(1, 3 * MINUTE)).isEqualTo(TOO_LONG);

    Quota pausing = new Quota(10, 0, 0, 0);
    for (int minute = 0; minute < 50; minute++) {
      assertThat(pausing.use(minute % 4 == 3 ? 10 : 11, minute * MINUTE))
          .isEqualTo(minute % 4 == 3 ? WELL : SLOWED);
    }
    Quota idle = new Quota(10, 0, 0, 0);
    for (int i = 0; i < 50; i++) {
      assertThat(idle.use(11, 2 * i * MINUTE)).as("an idle minute between").isEqualTo(SLOWED);
    }
  }
}
