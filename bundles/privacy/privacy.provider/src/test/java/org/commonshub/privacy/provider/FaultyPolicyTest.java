package org.commonshub.privacy.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.commonshub.privacy.api.Block;
import org.commonshub.privacy.api.Consent;
import org.commonshub.privacy.api.EnergyData;
import org.commonshub.privacy.api.EnergyData.Grant.State;
import org.commonshub.privacy.api.Granularity;
import org.commonshub.privacy.api.PrivacyPolicy;
import org.commonshub.privacy.api.Purpose;
import org.commonshub.privacy.api.RefusedException;
import org.commonshub.privacy.api.Release;
import org.commonshub.privacy.api.Terms;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies that throw, hang, lie or go away. */
@Timeout(120)
class FaultyPolicyTest {
  private static final String OTHER = "com.example.policy";

  @TempDir Path root;
  private House house;
  private EnergyData view;

  @BeforeEach
  void start() throws Exception {
    house = new House(root);
    view = house.view();
  }

  @AfterEach
  void stop() throws Exception {
    house.close();
  }

  private Consent consent(Terms terms) throws Exception {
    Consent consent = house.consent(view, terms);
    for (int i = 0; i < 130; i++) {
      house.second(1000 + i);
    }
    return consent;
  }

  private Terms withOther() {
    return house.interval(Granularity.MINUTE).toBuilder().policy(OTHER, "x").build();
  }

  private void refused(String text) {
    assertThatThrownBy(() -> view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining(text);
  }

  @Test
  void aMissingPolicyReleasesNothing() throws Exception {
    consent(withOther());
    assertThat(house.desk.consents().get(0).state()).isEqualTo(State.CLOSED);
    refused("com.example.policy is not installed");
    house.policy(10, OTHER, (block, context) -> block);
    assertThat(view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).size()).isEqualTo(2);
    house.gate.policies().remove(10);
    refused("is not installed");
  }

  @Test
  void oneThatThrowsClosesItsOwnFlowAlone() throws Exception {
    house.policy(
        10,
        OTHER,
        (block, context) -> {
          throw new StackOverflowError();
        });
    Terms perSecond = house.interval(Granularity.SECOND).toBuilder().policy(OTHER, "x").build();
    house.consent(view, perSecond);
    EnergyData healthy =
        new View(
            house.gate,
            new org.commonshub.privacy.api.Recipient(
                org.commonshub.privacy.api.Recipient.Kind.APP, "com.example.other"));
    house.consent(healthy, house.interval(Granularity.SECOND));
    House.Got got = new House.Got();
    House.Got well = new House.Got();
    view.subscribe(Purpose.ADVICE, got::add);
    healthy.subscribe(Purpose.ADVICE, well::add);
    House.await(
        () -> {
          tick();
          return !well.nothing()
              && house.desk.consents().stream()
                  .anyMatch(c -> c.reason().contains("failed: StackOverflowError"));
        });
    assertThat(got.nothing()).isTrue();
    refused("failed");
  }

  private void tick() {
    try {
      house.second(5);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void oneThatHangsIsAbandonedUntilItIsReplaced() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    house.policy(
        10,
        OTHER,
        (block, context) -> {
          while (true) {
            try {
              never.await();
              return block;
            } catch (InterruptedException e) {
              // hangs on
            }
          }
        });
    consent(withOther());
    refused("took longer than 250 ms");
    refused("took longer than 250 ms");
    assertThat(house.desk.consents().get(0).reason()).contains("set aside");
    house.gate.policies().remove(10);
    house.policy(11, OTHER, (block, context) -> block);
    assertThat(view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).size()).isEqualTo(2);
    never.countDown();
  }

  @Test
  @SuppressWarnings("InfiniteRecursion")
  void oneThatComputesForEverIsAbandoned() throws Exception {
    boolean[] stop = new boolean[1];
    house.policy(
        10,
        OTHER,
        (block, context) -> {
          long n = 0;
          while (!stop[0] && n >= 0) {
            n = (n + 1) & 0xFFFF;
            Thread.onSpinWait();
          }
          return block;
        });
    consent(withOther());
    refused("took longer than 250 ms");
    stop[0] = true;
  }

  static Stream<Arguments> lies() {
    return Stream.of(
        Arguments.of("gave nothing back", (PrivacyPolicy) (b, c) -> null),
        Arguments.of("another quantity", (PrivacyPolicy) (b, c) -> named(b, "voltage")),
        Arguments.of("changed what its values mean", (PrivacyPolicy) (b, c) -> seconds(b, 1)),
        Arguments.of("added an instant", (PrivacyPolicy) (b, c) -> moved(b, 60_000)),
        Arguments.of("added an instant", (PrivacyPolicy) (b, c) -> movedInPlace(b)),
        Arguments.of("added an instant", (PrivacyPolicy) (b, c) -> longer(b)));
  }

  private static Block movedInPlace(Block block) {
    for (int i = 0; i < block.size(); i++) {
      block.starts()[i] += 60_000;
    }
    return block;
  }

  @Test
  void whatIsCheckedCannotBeChangedAfterwards() throws Exception {
    Block[] kept = new Block[1];
    house.policy(
        10,
        OTHER,
        (block, context) -> {
          kept[0] = block;
          return block;
        });
    consent(withOther());
    Release release = view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX);
    long[] before = release.blocks().get(0).mantissas().clone();
    Arrays.fill(kept[0].mantissas(), 7);
    assertThat(release.blocks().get(0).mantissas()).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("lies")
  void oneThatLiesReleasesNothing(String reason, PrivacyPolicy policy) throws Exception {
    house.policy(10, OTHER, policy);
    consent(withOther());
    refused(reason);
    assertThat(house.desk.consents().get(0).valuesReleased()).isZero();
  }

  @Test
  void theHubsOwnAreNotBelievedEither() throws Exception {
    Terms fine =
        house.interval(Granularity.MINUTE).toBuilder()
            .delay(Duration.ofSeconds(30))
            .quantum(org.commonshub.measure.api.Unit.WATT, 100_000)
            .pseudonymRotation(Duration.ofDays(1))
            .build();
    consent(fine);
    assertThat(view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).size()).isEqualTo(1);
    PrivacyPolicy lazy = (block, context) -> block;
    house.gate.policies().remove(4);
    house.policy(14, "quantize", lazy);
    refused("not rounded");
    house.gate.policies().remove(14);
    house.policy(4, "quantize", new org.commonshub.privacy.quantize.QuantizePolicy());
    house.gate.policies().remove(5);
    house.policy(15, "pseudonym", lazy);
    refused("wrong name");
    house.gate.policies().remove(15);
    house.policy(5, "pseudonym", new org.commonshub.privacy.pseudonym.PseudonymPolicy());
    house.gate.policies().remove(1);
    house.policy(
        16,
        "aggregate",
        (block, context) ->
            moved(
                new org.commonshub.privacy.aggregate.AggregatePolicy().apply(block, context),
                1000));
    refused("do not begin where they should");
  }

  @Test
  void othersMayNotTakeTheHubsNames() throws Exception {
    house.gate.policies().add(new Policies.Offer(20, 1000, "quantize", (b, c) -> b), false);
    consent(
        house.interval(Granularity.MINUTE).toBuilder()
            .quantum(org.commonshub.measure.api.Unit.WATT, 100_000)
            .build());
    Block block = view.read(Purpose.ADVICE, Instant.EPOCH, Instant.MAX).blocks().get(0);
    assertThat(
            BigDecimal.valueOf(block.mantissas()[0], -block.exponent())
                .remainder(BigDecimal.valueOf(100)))
        .isEqualByComparingTo(BigDecimal.ZERO);
  }

  private static Block named(Block b, String quantity) {
    return new Block(
        b.subject(),
        quantity,
        b.statistic(),
        b.intervalSeconds(),
        b.exponent(),
        b.starts(),
        b.mantissas(),
        b.qualities());
  }

  private static Block seconds(Block b, int seconds) {
    return new Block(
        b.subject(),
        b.quantity(),
        b.statistic(),
        seconds,
        b.exponent(),
        b.starts(),
        b.mantissas(),
        b.qualities());
  }

  private static Block moved(Block b, long millis) {
    return b.with(
        b.exponent(),
        Arrays.stream(b.starts()).map(s -> s + millis).toArray(),
        b.mantissas(),
        b.qualities());
  }

  private static Block longer(Block b) {
    int n = b.size();
    long[] starts = Arrays.copyOf(b.starts(), n + 1);
    starts[n] = starts[n - 1] + 60_000;
    return b.with(b.exponent(), starts, Arrays.copyOf(b.mantissas(), n + 1), new int[n + 1]);
  }
}
