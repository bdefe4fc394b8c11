package org.commonshub.testing.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.devices.ReplayFault;
import org.commonshub.testing.tck.LineDriver.Mistake;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kit finds the mistakes that drivers make: each fails one test at least. */
class KitTest {
  /** Lines without a check sum unless the mistake is about that. */
  private static final class Kit extends PushDriverTck {
    private final Mistake mistake;
    private final boolean checked;

    Kit(Mistake mistake) {
      this.mistake = mistake;
      checked = mistake != Mistake.KEEPS_HALF_A_LINE;
    }

    @Override
    Duration patience() {
      // Longer where it must come: a good driver's line is up in a moment.
      return Duration.ofSeconds(mistake == Mistake.TAKES_CHUNKS_FOR_LINES ? 1 : 20);
    }

    @Override
    int attempts() {
      return 3;
    }

    @Override
    protected MeterDriver driver() {
      return new LineDriver(mistake);
    }

    @Override
    protected Map<String, String> settings(String link) {
      return Map.of("checked", checked ? "yes" : "no");
    }

    @Override
    protected Map<String, String> wrongSettings() {
      return Map.of("checked", "perhaps");
    }

    @Override
    protected List<byte[]> messages() {
      return List.of(
          LineDriver.line("P=111111;E=456", checked),
          LineDriver.line("P=222222;E=457", checked),
          LineDriver.line("P=333333;E=458", checked));
    }

    @Override
    protected Map<String, String> expected(int step) {
      return Map.of("power.active", Integer.toString(111_111 * (step + 1)));
    }
  }

  private interface Attempt {
    void run() throws Exception;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void finds(Mistake mistake) {
    Kit kit = new Kit(mistake);
    Attempt attempt =
        switch (mistake) {
          case DOES_NOT_CHECK -> () -> kit.neverAWrongValue("tcp", ReplayFault.CORRUPTED);
          case KEEPS_HALF_A_LINE -> () -> kit.neverAWrongValue("tcp", ReplayFault.DISCONNECT);
          case BUFFERS_WITHOUT_END -> () -> kit.survivesGarbage("tcp", "zeros");
          case DELIVERS_AFTER_CLOSE, KEEPS_SUBSCRIPTION -> () -> kit.isQuietAfterClose("tcp");
          case THROWS, STOPS_AT_AN_ERROR ->
              () -> kit.neverAWrongValue("tcp", ReplayFault.CORRUPTED);
          case TAKES_CHUNKS_FOR_LINES -> () -> kit.deliversTheSameHoweverTheBytesAreCut("tcp");
          case LISTENS_IN_OPEN -> kit::opensAndClosesWithoutBlockingOrThreads;
          case NONE -> throw new IllegalArgumentException();
        };
    try {
      assertThatThrownBy(attempt::run)
          .as("what the kit says of a driver that %s", mistake)
          .isInstanceOf(AssertionError.class);
    } finally {
      kit.stopTransport();
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE")
  void findsNothingInAGoodDriver(Mistake mistake) throws Exception {
    Kit kit = new Kit(mistake);
    try {
      kit.neverAWrongValue("tcp", ReplayFault.DISCONNECT);
      kit.isQuietAfterClose("tcp");
      assertThat(kit.faults("tcp")).hasSize(ReplayFault.values().length - 1);
    } finally {
      kit.stopTransport();
    }
  }
}
