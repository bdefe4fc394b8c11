package org.commonshub.privacy.cohort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.commonshub.neighbour.api.NeighbourException;
import org.commonshub.privacy.api.CohortSums.Window;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeHubPaths;
import org.commonshub.testing.fakes.FakeIdentity;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Four hubs with their own keys; the first one collects, too. Real ciphers and signatures. */
class FourHubsTest {
  private static final Instant START = FakeHubClock.START;
  private static final Duration QUARTER = Duration.ofSeconds(Cohorts.INTERVAL);

  @TempDir Path directory;
  private final FakeHubClock clock = new FakeHubClock();
  private final Street street = new Street();
  private final List<FakeIdentity> identities = new ArrayList<>();
  private final List<CohortComponent> hubs = new ArrayList<>();
  private Setup setup;

  private void start(int colluders) throws IOException {
    for (int i = 0; i < 4; i++) {
      identities.add(new FakeIdentity("hub" + i));
      street.identities.put(identities.get(i).did(), identities.get(i));
    }
    setup =
        new Setup(
            "street",
            identities.get(0).did(),
            identities.stream().map(FakeIdentity::did).toList(),
            colluders,
            0,
            "energy.import",
            Cohorts.INTERVAL,
            0,
            Cohorts.LARGEST);
    for (int i = 0; i < 4; i++) {
      hubs.add(hub(i, setup));
    }
  }

  private CohortComponent hub(int number, Setup its) throws IOException {
    FakeIdentity identity = identities.get(number);
    CohortComponent hub =
        new CohortComponent(
            identity,
            clock,
            FakeHubPaths.in(directory.resolve("hub" + number)),
            its,
            Duration.ofMinutes(2),
            1_000_000);
    hub.bindNeighbours(street.of(identity));
    street.services.put(identity.did(), hub);
    return hub;
  }

  @AfterEach
  void stop() {
    hubs.forEach(CohortComponent::deactivate);
  }

  /** Values of the homes for the interval that begins now; then lets it pass and collects. */
  private Window window(long... values) throws Exception {
    Instant start = clock.now();
    clock.advance(QUARTER);
    for (int i = 0; i < values.length; i++) {
      if (values[i] >= 0) {
        hubs.get(i)
            .contribute(
                Cohorts.consent("c" + i, setup.collector(), 3),
                Cohorts.block("meter", start, values[i]));
      }
    }
    clock.advance(Duration.ofMinutes(2));
    hubs.get(0).look();
    List<Window> windows = hubs.get(0).sums(start, start.plus(QUARTER));
    assertThat(windows).hasSize(1);
    clock.step(start.plus(QUARTER));
    return windows.get(0);
  }

  @Test
  void theSumAndNothingElse() throws Exception {
    start(0);
    Window all = window(1200, 340, 0, 77_000);
    assertThat(all.sum()).isEqualTo(OptionalLong.of(78_540));
    assertThat(all.homes()).isEqualTo(4);
    assertThat(all.start()).isEqualTo(START);

    // One has no value, then one is away: three are enough without colluders.
    assertThat(window(1, 2, -1, 4).sum()).isEqualTo(OptionalLong.of(7));
    street.unplugged.add(identities.get(3).did());
    Window three = window(10, 20, 30, 40);
    assertThat(three.sum()).isEqualTo(OptionalLong.of(60));
    assertThat(three.homes()).isEqualTo(3);
    Window two = window(10, 20, -1, 40);
    assertThat(two.sum()).isEmpty();
    assertThat(two.refusal()).contains("Only 2 of 4").contains("Nothing was released");
    street.unplugged.clear();
    assertThat(window(10, 20, 30, 40).sum()).isEqualTo(OptionalLong.of(100));
  }

  @Test
  void withAColluderAllFourMustBeThere() throws Exception {
    start(1);
    assertThat(window(1, 2, 3, 4).sum()).isEqualTo(OptionalLong.of(10));
    assertThat(window(1, 2, 3, -1).sum()).isEmpty();
  }

  @Test
  void aNewKeyAndAStrangerAreMadeUpFor() throws Exception {
    start(0);
    assertThat(window(1, 2, 3, 4).homes()).isEqualTo(4);
    identities.get(2).rotate();
    assertThat(window(1, 2, 3, 4).homes()).isEqualTo(4);
    street.strangers.add(identities.get(1).did() + identities.get(3).did());
    assertThat(window(1, 2, 3, 4).homes()).isGreaterThanOrEqualTo(3);
    assertThat(window(1, 2, 3, 4).homes()).isEqualTo(4);
  }

  @Test
  void otherSettingsAreNotInIt() throws Exception {
    start(0);
    hubs.get(3).deactivate();
    hubs.set(
        3,
        hub(
            3,
            new Setup(
                "street",
                setup.collector(),
                setup.members(),
                0,
                0,
                "energy.import",
                Cohorts.INTERVAL,
                -3,
                Cohorts.LARGEST)));
    Window three = window(1, 2, 3, 4);
    assertThat(three.sum()).isEqualTo(OptionalLong.of(6));
  }

  @Test
  void aRestartedHubIsOutOfItsWindowAndNoIntervalIsSummedTwice() throws Exception {
    start(0);
    Instant start = clock.now();
    assertThat(window(1, 2, 3, 4).homes()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      hubs.get(i).deactivate();
      hubs.set(i, hub(i, setup));
      hubs.get(i)
          .contribute(Cohorts.consent("c", setup.collector(), 3), Cohorts.block("meter", start, 9));
    }
    Collector again =
        new Collector(
            setup,
            start.getEpochSecond(),
            new Suite(),
            new HubSignatures(
                setup, identities.get(0), () -> street.of(identities.get(0)), did -> {}));
    again
        .next()
        .forEach(
            (member, question) ->
                assertThatThrownBy(
                        () ->
                            street
                                .services
                                .get(setup.members().get(member))
                                .answer(setup.collector(), question))
                    .isInstanceOf(NeighbourException.class)
                    .hasMessageContaining("summed only once"));
    assertThat(hubs.get(0).sums(start, clock.now())).hasSize(1);
    assertThat(window(5, 6, 7, 8).sum()).isEqualTo(OptionalLong.of(26));
  }

  @Test
  void refusals() throws Exception {
    start(0);
    String collector = setup.collector();
    Instant begin = clock.now();
    clock.advance(QUARTER);
    CohortComponent hub = hubs.get(1);
    refused(
        RefusedException.Reason.POLICY,
        () ->
            hub.contribute(
                Cohorts.consent("c", identities.get(2).did(), 3), Cohorts.block("m", begin, 1)));
    refused(
        RefusedException.Reason.POLICY,
        () -> hub.contribute(Cohorts.consent("c", collector, 5), Cohorts.block("m", begin, 1)));
    refused(
        RefusedException.Reason.OUT_OF_BOUNDS,
        () ->
            hub.contribute(
                Cohorts.consent("c", collector, 3),
                Cohorts.block("m", begin, Cohorts.LARGEST + 1)));
    // Who is not the collector gets no answer but to a hello.
    byte[] hello = {(byte) 0xF6};
    assertThat(hub.answer(identities.get(2).did(), hello)).isEqualTo(hello);
    assertThatThrownBy(() -> hub.answer("did:example:nobody", hello))
        .isInstanceOf(NeighbourException.class);
    byte[] open =
        new Collector(setup, begin.getEpochSecond(), new Suite(), new ToySignatures(-1))
            .next()
            .get(0);
    assertThatThrownBy(() -> hub.answer(identities.get(2).did(), open))
        .hasMessageContaining("does not collect");
    assertThatThrownBy(() -> hub.answer(collector, new byte[] {1, 2, 3}))
        .hasMessageContaining("no question to a member")
        .isInstanceOf(NeighbourException.class);
    assertThatThrownBy(() -> hub.answer(collector, open)).hasMessageContaining("no value");
    hub.contribute(Cohorts.consent("c2", collector, 3), Cohorts.block("m", begin, 1));
    hub.withdraw("c2");
    assertThatThrownBy(() -> hub.answer(collector, open)).hasMessageContaining("no value");
    assertThatThrownBy(
            () ->
                new CohortComponent(
                    new FakeIdentity("elsewhere"),
                    clock,
                    FakeHubPaths.in(directory.resolve("elsewhere")),
                    setup,
                    QUARTER,
                    TimeUnit.DAYS.toSeconds(1)))
        .hasMessageContaining("neither collector nor member");
  }

  /** Something that throws. */
  private interface Deed {
    void run() throws RefusedException;
  }

  private static void refused(RefusedException.Reason reason, Deed deed) {
    assertThatThrownBy(deed::run)
        .isInstanceOfSatisfying(
            RefusedException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
