package ${package};

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.commonshub.metering.api.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The decoder alone: lines as the protocol has them, and lines as nobody should send them. */
class LineTest {
  private static Line parse(String text) throws DeviceException {
    return Line.parse(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource({"P=123;E=456, 123, 456", "P=-77;E=0, -77, 0", "P=0;E=99999999999, 0, 99999999999"})
  void reads(String text, long power, long energy) throws DeviceException {
    assertThat(parse(text)).isEqualTo(new Line(power, energy));
    assertThat(parse(text + "\r")).isEqualTo(new Line(power, energy));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "P=;E=", "P=1", "P=1;E=-1", "P=1;E=2;", " P=1;E=2", "P=.5;E=2", "P=1E3;E=2"})
  void refuses(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("Check");
  }

  @Test
  void nothingButTheDeclaredErrorComesOfAnything() {
    Random random = new Random(1);
    byte[] good = "P=123;E=456".getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = good.clone();
      if (i % 2 == 0) {
        bytes = new byte[random.nextInt(100)];
        random.nextBytes(bytes);
      } else {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(Line.parse(bytes).energy()).isNotNegative();
      } catch (DeviceException e) {
        assertThat(e.kind()).isEqualTo(DeviceException.Kind.INVALID_ANSWER);
      }
    }
  }
}
