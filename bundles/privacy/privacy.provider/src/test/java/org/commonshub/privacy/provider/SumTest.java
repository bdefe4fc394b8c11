package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.CohortSum;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people agreed to only as part of a sum goes there and nowhere else. */
@Timeout(120)
class SumTest {
  @TempDir Path root;
  private House house;
  private final BlockingQueue<Block> summands = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> forgotten = new LinkedBlockingQueue<>();
  private Terms asked;

  @BeforeEach
  void start() throws Exception {
    house = new House(root);
    house.cohort =
        new CohortSum() {
          @Override
          public void contribute(Consent consent, Block block) {
            summands.add(block);
          }

          @Override
          public void withdraw(String consent) {
            forgotten.add(consent);
          }
        };
    asked = house.terms(Purpose.ADVICE).aggregate(Granularity.TEN_SECONDS, 5).build();
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
  }

  private Block summand() throws Exception {
    while (summands.isEmpty()) {
      house.second(700);
      LockSupport.parkNanos(20_000_000);
    }
    return summands.take();
  }

  private String forgottenConsent() throws Exception {
    while (forgotten.isEmpty()) {
      house.clock.advance(java.time.Duration.ofSeconds(1));
      LockSupport.parkNanos(20_000_000);
    }
    return forgotten.take();
  }

  @Test
  void valuesGoIntoTheSumAndNowhereElse() throws Exception {
    house.policy(6, "cohort", (block, context) -> block);
    Consent consent = house.consent(house.view(), asked);
    assertThat(consent.state()).isEqualTo(State.OPEN);
    Block block = summand();
    assertThat(block.intervalSeconds()).isEqualTo(10);
    assertThat(block.statistic()).isEqualTo(Block.Statistic.MEAN);
    assertThatThrownBy(() -> house.view().subscribe(Purpose.ADVICE, release -> {}))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("only their sum");
  }

  @Test
  void withdrawnValuesAreForgottenThere() throws Exception {
    house.policy(6, "cohort", (block, context) -> block);
    Consent consent = house.consent(house.view(), asked);
    summand();
    house.desk.withdraw(consent.id(), House.ACTOR);
    assertThat(forgottenConsent()).isEqualTo(consent.id());
  }

  @Test
  void pausedValuesAreForgottenThere() throws Exception {
    house.policy(6, "cohort", (block, context) -> block);
    Consent consent = house.consent(house.view(), asked);
    summand();
    house.desk.pause(true, House.ACTOR);
    assertThat(forgottenConsent()).isEqualTo(consent.id());
  }

  @Test
  void withoutTheCohortsPolicyTheConsentIsClosed() throws Exception {
    Consent consent = house.consent(house.view(), asked);
    assertThat(consent.state()).isEqualTo(State.CLOSED);
    assertThat(consent.reason()).contains("cohort");
    assertThat(List.copyOf(summands)).isEmpty();
  }
}
