package org.commonshub.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  private static final Path HOME = Path.of("/opt/hub");

  @Test
  void defaults() throws Exception {
    Options options = Options.parse(new String[0], HOME);
    assertThat(options.port()).isEqualTo(8080);
    assertThat(options.tlsPort()).isEqualTo(-1);
    assertThat(options.simulation()).isTrue();
    assertThat(options.features()).isEmpty();
    assertThat(options.data()).isEqualTo(Path.of("/opt/hub/var"));
    assertThat(options.config()).isEqualTo(Path.of("/opt/hub/config"));
  }

  @Test
  void takesEveryOption() throws Exception {
    Options options =
        Options.parse(
            "--port 81 --tls-port 82 --data /d --config /c --features a,,b --no-simulation --overlay /o"
                .split(" "),
            HOME);
    assertThat(options)
        .isEqualTo(
            new Options(
                HOME,
                java.util.List.of(Path.of("/o")),
                81,
                82,
                Path.of("/d"),
                Path.of("/c"),
                java.util.List.of("a", "b"),
                false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --port        | Option --port needs a value
          --port x      | takes a port from 1 to 65535, not 'x'
          --port 0      | takes a port from 1 to 65535, not '0'
          --port 65536  | takes a port from 1 to 65535, not '65536'
          --porrt 1     | Unknown option '--porrt'
          """)
  void refusesInOneSentence(String line, String message) {
    assertThatThrownBy(() -> Options.parse(line.split(" "), HOME))
        .isInstanceOf(Options.UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void helpIsNotAnError() throws Exception {
    assertThat(Options.parse(new String[] {"--help"}, HOME)).isNull();
  }
}
