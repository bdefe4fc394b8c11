package org.commonshub.metering.speedwire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDatagramConnection;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Test;

class SpeedwireTest {
  private static final Endpoint GROUP = Endpoint.parse("udp-multicast://239.12.255.254:9522");

  private final FakeDatagramConnection group = new FakeDatagramConnection(GROUP);
  private final CompletableFuture<Void> searched = new CompletableFuture<>();
  private final SpeedwireDriver driver = new SpeedwireDriver(() -> searched);
  private final List<List<Measurement>> frames = new ArrayList<>();
  private final List<DeviceException> failures = new ArrayList<>();

  private PushSession session(String... settings) throws DeviceException {
    Map<String, String> map = settings.length == 0 ? Map.of() : Map.of(settings[0], settings[1]);
    PushSession session =
        (PushSession) driver.open(FakeDriverContext.of(driver.description(), GROUP, group, map));
    session.start(
        new PushSession.Receiver() {
          @Override
          public void values(Optional<Instant> at, List<Measurement> values) {
            frames.add(values);
          }

          @Override
          public void failed(DeviceException why) {
            failures.add(why);
          }
        });
    return session;
  }

  @Test
  void takesTheOnlyMeterAndTellsItsIdentity() throws Exception {
    try (PushSession session = session()) {
      group.push(Frames.full(3_000_000_001L, 1_000, 0));
      group.push(Frames.full(3_000_000_001L, 2_000, 1));
      assertThat(frames).hasSize(2);
      assertThat(failures).isEmpty();
      assertThat(session.identity())
          .containsEntry("maker", "SMA")
          .containsEntry("model", "Sunny Home Manager 2.0")
          .containsEntry("serial", "3000000001")
          .containsEntry("firmware", "2.3.4.R");
    }
    assertThat(group.listeners()).isZero();
  }

  @Test
  void takesTheMeterThatIsMeant() throws Exception {
    try (PushSession session = session("serial", "7")) {
      group.push(Frames.full(5, 1_000, 0));
      assertThat(frames).isEmpty();
      assertThat(session.identity()).isEmpty();
      group.push(Frames.full(7, 1_000, 0));
      assertThat(frames).hasSize(1);
      assertThat(failures).isEmpty();
    }
  }

  @Test
  void twoMetersAndNoChoiceIsAMistake() throws Exception {
    try (PushSession session = session()) {
      group.push(Frames.full(5, 1_000, 0));
      group.push(Frames.full(7, 1_000, 0));
      group.push(Frames.full(5, 2_000, 0));
      group.push(Frames.full(7, 2_000, 0));
      assertThat(frames).hasSize(1);
      assertThat(failures).hasSize(1);
      assertThat(failures.get(0).kind()).isEqualTo(DeviceException.Kind.SETTINGS);
      assertThat(failures.get(0)).hasMessageContaining("5").hasMessageContaining("7");
      assertThat(session.identity()).containsEntry("serial", "5");
    }
  }

  @Test
  void takesNoMoreThanIsWantedAndNothingTwice() throws Exception {
    try (PushSession session = session()) {
      for (long ticker = 0; ticker <= 5_000; ticker += 200) {
        group.push(Frames.full(5, ticker, 0));
        group.push(Frames.full(5, ticker, 0));
      }
      assertThat(frames).hasSize(6);
      group.push(Frames.full(5, 4_800, 0));
      assertThat(frames).as("overtaken").hasSize(6);
      assertThat(session).isNotNull();
    }
  }

  @Test
  void theTickerMayOverflowOrBeginAnew() throws Exception {
    try (PushSession session = session()) {
      group.push(Frames.full(5, 0xFFFF_FFFFL, 0));
      group.push(Frames.full(5, 999, 0));
      group.push(Frames.full(5, 500_000, 0));
      group.push(Frames.full(5, 12, 0));
      assertThat(frames).hasSize(4);
      assertThat(session).isNotNull();
    }
  }

  @Test
  void everyDatagramIfWanted() throws Exception {
    try (PushSession session = session("interval_ms", "0")) {
      for (long ticker = 0; ticker < 10; ticker++) {
        group.push(Frames.full(5, ticker, 0));
      }
      assertThat(frames).hasSize(10);
      assertThat(session).isNotNull();
    }
  }

  @Test
  void saysWhenADatagramIsNotWholeAndIgnoresOthers() throws Exception {
    try (PushSession session = session()) {
      group.push(new byte[] {1, 2, 3});
      assertThat(failures).isEmpty();
      byte[] whole = Frames.full(5, 1_000, 0);
      group.push(java.util.Arrays.copyOf(whole, 100));
      assertThat(failures).hasSize(1);
      assertThat(frames).isEmpty();
      assertThat(session).isNotNull();
    }
  }

  @Test
  void findsTheMetersThatSend() throws Exception {
    var found = driver.probe(FakeDriverContext.of(driver.description(), GROUP, group, Map.of()));
    group.push(Frames.full(7, 1_000, 0));
    group.push(Frames.full(5, 1_000, 0));
    group.push(Frames.full(7, 2_000, 0));
    group.push(new byte[40]);
    searched.complete(null);
    List<Discoverer.Candidate> candidates = found.toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(candidates)
        .extracting(Discoverer.Candidate::settings)
        .containsExactly(Map.of("serial", "5"), Map.of("serial", "7"));
    assertThat(candidates.get(0).role()).isEqualTo(DeviceRole.GRID_METER);
    assertThat(candidates.get(0).name()).isEqualTo("SMA Sunny Home Manager 2.0");
    assertThat(group.listeners()).isZero();
  }
}
