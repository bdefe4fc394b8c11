package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.Disclosure;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyDesk.Search;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.RefusedException.Reason;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way: ask, yes, subscription, read, log, withdrawal. */
@Timeout(120)
class GateTest {
  private static final Search ALL =
      new Search(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  @TempDir Path root;
  private House house;
  private EnergyData view;
  private final House.Got got = new House.Got();

  @BeforeEach
  void start() throws Exception {
    house = new House(root);
    view = house.view();
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
  }

  @Test
  void nothingWithoutConsent() throws Exception {
    assertThat(view.ask(house.raw(), "Please").state()).isEqualTo(State.ASKED);
    assertRefused(Reason.NO_CONSENT);
    assertThat(house.desk.log(ALL, Long.MAX_VALUE, 10))
        .extracting(Disclosure::values, Disclosure::what)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                0L, "Refused: The person who lives here has not answered yet."));
  }

  private void assertRefused(Reason reason) {
    assertThatThrownBy(() -> view.read(Purpose.ADVICE, Instant.EPOCH, house.clock.now()))
        .isInstanceOf(RefusedException.class)
        .extracting(e -> ((RefusedException) e).reason())
        .isEqualTo(reason);
    assertThatThrownBy(() -> view.subscribe(Purpose.ADVICE, got::add))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void rawFlowGivesEachValueOfWhatWasGrantedAndNothingElse() throws Exception {
    Consent consent = house.consent(view, house.raw());
    assertThat(consent.state()).isEqualTo(State.OPEN);
    assertThat(consent.receipt()).isZero();
    view.subscribe(Purpose.ADVICE, got::add);
    Release release = live(1234);
    assertThat(release.consent()).isEqualTo(consent.id());
    assertThat(release.blocks()).hasSize(1);
    Block block = release.blocks().get(0);
    assertThat(block.quantity()).isEqualTo("power.active");
    assertThat(block.mantissas()).containsExactly(1234);
    house.second(77);
    assertThat(got.next().blocks().get(0).mantissas()).containsExactly(77);
  }

  /** The first release after a subscription: values until it has begun are not for it. */
  private Release live(long watts) throws Exception {
    while (got.nothing()) {
      house.second(watts);
      for (int i = 0; i < 200 && got.nothing(); i++) {
        Thread.onSpinWait();
        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
      }
    }
    return got.next();
  }

  @Test
  void intervalsComeWhenTheyAreOver() throws Exception {
    house.consent(view, house.interval(Granularity.TEN_SECONDS));
    view.subscribe(Purpose.ADVICE, got::add);
    int watts = 0;
    while (got.nothing()) {
      house.second(watts++);
      java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
      assertThat(watts).isLessThan(5000);
    }
    Block block = got.next().blocks().get(0);
    assertThat(block.intervalSeconds()).isEqualTo(10);
    assertThat(block.starts()[0] % 10_000).isZero();
  }

  @Test
  void readGivesWholeIntervalsSinceTheConsent() throws Exception {
    for (int i = 0; i < 30; i++) {
      house.second(500);
    }
    Instant given = house.clock.now();
    house.consent(view, house.interval(Granularity.MINUTE));
    for (int i = 0; i < 600; i++) {
      house.second(1000);
    }
    Release release = view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX);
    assertThat(release.blocks()).hasSize(1);
    long[] starts = release.blocks().get(0).starts();
    assertThat(starts).hasSize(9);
    assertThat(Instant.ofEpochMilli(starts[0])).isAfterOrEqualTo(given);
    assertThat(house.desk.log(ALL, Long.MAX_VALUE, 10).get(0).values()).isEqualTo(9);
    assertThat(house.desk.log(ALL, Long.MAX_VALUE, 10).get(0).what())
        .isEqualTo("power.active, 1 min");
    assertThat(house.desk.consents().get(0).valuesReleased()).isEqualTo(9);
  }

  @Test
  void registersBecomeAmountsOfIntervals() throws Exception {
    Terms terms =
        house
            .terms(Purpose.ADVICE)
            .interval(Granularity.TEN_SECONDS)
            .quantities(org.commonshub.measure.api.Quantity.ENERGY_IMPORT)
            .build();
    house.consent(view, terms);
    for (int i = 0; i < 61; i++) {
      house.second(1000); // the register counts one a second
    }
    Block block = view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).blocks().get(0);
    assertThat(block.statistic()).isEqualTo(Block.Statistic.AMOUNT);
    assertThat(block.mantissas()).containsOnly(10);
  }

  @Test
  void withdrawalIsSilenceAndSurvivesARestart() throws Exception {
    Consent consent = house.consent(view, house.raw());
    view.subscribe(Purpose.ADVICE, got::add);
    live(1);
    house.desk.withdraw(consent.id(), House.ACTOR);
    int before = got.queue.size();
    for (int i = 0; i < 20; i++) {
      house.second(i);
    }
    assertRefused(Reason.NO_CONSENT);
    assertThat(got.queue.size()).isEqualTo(before);
    house.restart();
    view = house.view();
    assertRefused(Reason.NO_CONSENT);
    House.await(() -> house.journal.size() == 2);
  }

  @Test
  void pauseIsOneSwitchAndDurable() throws Exception {
    house.consent(view, house.raw());
    house.desk.pause(true, House.ACTOR);
    assertRefused(Reason.PAUSED);
    house.restart();
    view = house.view();
    assertThat(house.desk.paused()).isTrue();
    assertRefused(Reason.PAUSED);
    house.desk.pause(false, House.ACTOR);
    assertThat(view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).size()).isZero();
  }

  @Test
  void aConsentEndsAndAClockSetBackDoesNotReviveIt() throws Exception {
    house.consent(view, house.raw());
    Instant then = house.clock.now();
    house.clock.advance(Duration.ofDays(91));
    assertRefused(Reason.ENDED);
    house.clock.step(then);
    assertRefused(Reason.ENDED);
  }

  @Test
  void narrowedTermsCountAtOnce() throws Exception {
    Consent consent = house.consent(view, house.raw());
    Consent narrower =
        house.desk.grant(
            consent.id(),
            Terms.ANY.toBuilder().interval(Granularity.QUARTER_HOUR).build(),
            House.ACTOR);
    assertThat(narrower.terms().resolution()).isEqualTo(Granularity.QUARTER_HOUR);
    assertThat(house.desk.consents()).hasSize(2);
    assertThat(view.grants()).extracting(EnergyData.Grant::terms).containsExactly(narrower.terms());
    assertThat(house.journal.kinds).hasSize(3); // given, given, replaced
    // and as wide as asked again
    assertThat(house.desk.grant(narrower.id(), Terms.ANY, House.ACTOR).terms().mode())
        .isEqualTo(org.commonshub.privacy.api.Mode.RAW);
  }

  @Test
  void askingAgainForWhatStandsChangesNothing() throws Exception {
    Consent consent = house.consent(view, house.raw());
    assertThat(view.ask(house.raw(), "Again").state()).isEqualTo(State.OPEN);
    house.clock.advance(Duration.ofDays(1));
    assertThat(view.ask(house.raw(), "A day later").state()).isEqualTo(State.OPEN);
    assertThat(house.desk.requests()).isEmpty();
    house.desk.withdraw(consent.id(), House.ACTOR);
    assertThat(view.ask(house.raw(), "Again").state()).isEqualTo(State.ASKED);
    house.desk.refuse(house.desk.requests().get(0).id(), House.ACTOR);
    assertThat(view.ask(house.raw(), "Please").state()).isEqualTo(State.CLOSED);
    assertThat(house.desk.requests()).isEmpty();
    house.clock.advance(Duration.ofDays(8));
    house.desk.pause(true, House.ACTOR);
    house.desk.pause(false, House.ACTOR);
    assertThat(view.ask(house.raw(), "A week later").state()).isEqualTo(State.ASKED);
  }

  @Test
  void lawLeavesGridsAQuarterOfAnHour() throws Exception {
    Terms asked = house.terms(Purpose.GRID_OPERATION).raw().build();
    assertThat(view.ask(asked, "").terms().resolution()).isEqualTo(Granularity.QUARTER_HOUR);
    assertThat(house.consent(view, asked).terms().resolution()).isEqualTo(Granularity.QUARTER_HOUR);
  }

  @Test
  void receiptsWaitForTheJournal() throws Exception {
    house.journalThere = false;
    Consent consent = house.consent(view, house.raw());
    assertThat(consent.receipt()).isEqualTo(-1);
    house.restart();
    house.journalThere = true;
    House.await(
        () -> {
          house.clock.advance(Duration.ofSeconds(1));
          return house.desk.consents().get(0).receipt() == 0;
        });
    assertThat(house.desk.receipt(consent.id()))
        .contains("\"event_type\":\"explicit consent\"", "\"commonshub_signature\":");
    assertThat(List.copyOf(house.journal.contents)).hasSize(1);
  }
}
