package org.commonshub.testing.fakes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;

class FakesTest {
  @Test
  void aStepOpensAnEpochAndLeavesTheMonotonicClockAlone() {
    FakeHubClock clock = new FakeHubClock();
    clock.advance(Duration.ofSeconds(2));
    assertThat(clock.now()).isEqualTo(FakeHubClock.START.plusSeconds(2));
    assertThat(clock.monotonicNanos()).isEqualTo(2_000_000_000L);
    clock.step(Instant.EPOCH);
    assertThat(clock.epoch()).isEqualTo(2);
    assertThat(clock.monotonicNanos()).isEqualTo(2_000_000_000L);
  }

  @Test
  void theStreamCutsAtTheFramingAndCallsAShortAnswerATimeout() throws Exception {
    FakeStreamConnection stream = FakeStreamConnection.answering(request -> new byte[] {1, 2, 3});
    Duration second = Duration.ofSeconds(1);
    assertThat(
            stream
                .exchange(new byte[1], bytes -> bytes.remaining() < 2 ? 0 : 2, second)
                .toCompletableFuture()
                .get())
        .containsExactly(1, 2);
    assertThatThrownBy(
            () -> stream.exchange(new byte[1], bytes -> 0, second).toCompletableFuture().get())
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            DeviceException.class,
            e -> assertThat(e.kind()).isEqualTo(DeviceException.Kind.TIMEOUT));
  }

  @Test
  void waitingForRecordsIsBounded() {
    RecordingReadingBus bus = new RecordingReadingBus();
    bus.publish(new ReadingFrame(DeviceId.random(), 0, Instant.EPOCH, 1, 1, List.of()));
    bus.await(Duration.ofSeconds(1), "one record", records -> records.size() == 1);
    assertThatThrownBy(
            () -> bus.await(Duration.ofMillis(1), "two records", records -> records.size() == 2))
        .isInstanceOf(AssertionError.class);
  }
}
