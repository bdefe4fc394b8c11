package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.Gap;
import org.junit.jupiter.api.Test;

class CoverageTest {
  private final List<String> published = new ArrayList<>();
  private boolean takes = true;
  private final Coverage coverage =
      new Coverage(
          DeviceId.random(),
          0,
          gap -> {
            if (takes) {
              published.add(
                  gap.from().toEpochMilli() + "-" + gap.to().toEpochMilli() + " " + gap.reason());
            }
            return takes;
          });

  @Test
  void adjacentMissesAreOneGapEndedByTheAnswer() {
    coverage.answered(0, 1_000, 5);
    for (long due = 1_000; due < 5_000; due += 1_000) {
      coverage.missed(due, due + 1_000, Gap.Reason.UNREACHABLE, due + 5);
    }
    coverage.answered(5_000, 6_000, 5_005);
    assertThat(published).containsExactly("1000-2000 UNREACHABLE", "1000-5000 UNREACHABLE");
    assertThat(coverage.covered()).isEqualTo(6_000);
    assertThat(coverage.missing()).isFalse();
  }

  @Test
  void aLongGapIsPublishedAgainWhileItLasts() {
    for (long due = 0; due < 105_000; due += 1_000) {
      coverage.missed(due, due + 1_000, Gap.Reason.UNREACHABLE, due + 5);
    }
    assertThat(published)
        .containsExactly("0-1000 UNREACHABLE", "0-51000 UNREACHABLE", "0-101000 UNREACHABLE");
    assertThat(coverage.published()).isEqualTo(101_000);
    coverage.flush(105_000);
    assertThat(coverage.published()).isEqualTo(105_000);
  }

  @Test
  void anotherReasonIsAnotherGap() {
    coverage.missed(0, 1_000, Gap.Reason.UNREACHABLE, 5);
    coverage.missed(1_000, 2_000, Gap.Reason.INVALID_ANSWER, 1_005);
    coverage.answered(2_000, 3_000, 2_005);
    assertThat(published).containsExactly("0-1000 UNREACHABLE", "1000-2000 INVALID_ANSWER");
  }

  @Test
  void whileNobodyTakesGapsNothingIsForgotten() {
    takes = false;
    coverage.missed(0, 1_000, Gap.Reason.UNREACHABLE, 5);
    coverage.answered(1_000, 2_000, 1_005);
    assertThat(coverage.published()).isZero();
    takes = true;
    coverage.answered(2_000, 3_000, 2_005);
    assertThat(published).containsExactly("0-2000 UNREACHABLE");
  }

  @Test
  void breakersBackOffAndForgive() {
    Breaker breaker = new Breaker();
    long second = 1_000_000_000L;
    breaker.failed(0, 0, 0.5);
    breaker.failed(0, 0, 0.5);
    assertThat(breaker.open()).isFalse();
    long now = 0;
    long[] waits = {1, 2, 4, 8, 16, 32, 60, 60};
    for (long wait : waits) {
      breaker.failed(now, 0, 0.5);
      assertThat(breaker.remaining(now)).isEqualTo(wait * second);
      assertThat(breaker.allows(now)).isFalse();
      now += wait * second;
      assertThat(breaker.allows(now)).isTrue();
    }
    breaker.succeeded();
    assertThat(breaker.open()).isFalse();
    for (int i = 0; i < 3; i++) {
      breaker.failed(now, 3 * second, 0.5);
    }
    assertThat(breaker.remaining(now)).as("ten times what it cost").isEqualTo(30 * second);
  }

  @Test
  void schedulesKeepTheirPhase() {
    java.util.UUID id = java.util.UUID.fromString("01234567-89ab-4def-8123-456789abcdef");
    for (long interval : new long[] {100, 1_000, 60_000, 86_400_000}) {
      long phase = Schedule.phase(id, interval);
      assertThat(phase).isBetween(0L, interval - 1);
      for (long now : new long[] {-5, 0, 1, 1_763_686_800_123L}) {
        long next = Schedule.dueFrom(now, phase, interval);
        long last = Schedule.dueUpTo(now, phase, interval);
        assertThat(next).isBetween(now, now + interval - 1);
        assertThat(last).isBetween(now - interval + 1, now);
        assertThat(Math.floorMod(next, interval)).isEqualTo(phase);
        assertThat(Math.floorMod(last, interval)).isEqualTo(phase);
      }
    }
  }

  @Test
  void rangesOfHosts() {
    assertThat(HostRange.parse("tcp://192.0.2.1-20:502")).hasSize(20);
    assertThat(HostRange.parse("tcp://192.0.2.1-192.0.2.20:502").get(19).toString())
        .isEqualTo("tcp://192.0.2.20:502");
    assertThat(HostRange.parse("tcp://192.0.2.0-255:502")).hasSize(256);
    assertThat(HostRange.parse("tcp://solar-roof.local:502")).hasSize(1);
    assertThat(HostRange.parse("serial:/dev/serial/by-id/usb-1.2-3:1?baud=9600")).hasSize(1);
    for (String wrong : List.of("tcp://192.0.2.9-3:502", "tcp://192.0.2.1-256:502", "nonsense")) {
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> HostRange.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong);
    }
  }
}
