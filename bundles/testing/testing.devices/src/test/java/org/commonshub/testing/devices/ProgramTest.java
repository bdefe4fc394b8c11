package org.commonshub.testing.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program as its users start it, read by clients that others wrote. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProgramTest {
  @TempDir Path folder;

  /** The program, started and ready. */
  private static final class Program implements AutoCloseable {
    final Process process;
    final List<String> devices = new ArrayList<>();

    Program(String... options) throws IOException {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx16m",
                  "-XX:+UseSerialGC",
                  "-cp",
                  Path.of("target", "classes").toString(),
                  "org.commonshub.testing.devices.Main"));
      command.addAll(List.of(options));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String line;
      while ((line = out.readLine()) != null && !line.equals("{\"ready\":true}")) {
        devices.add(line);
      }
      assertThat(line).as("ready").isNotNull();
    }

    int port(String name) {
      for (String device : devices) {
        Matcher port =
            Pattern.compile("\"name\":\"" + name + "\".*127\\.0\\.0\\.1:(\\d+)\"").matcher(device);
        if (port.find()) {
          return Integer.parseInt(port.group(1));
        }
      }
      throw new AssertionError(name + " is not among " + devices);
    }

    double gridImport() throws IOException {
      try (Wire wire = new Wire(port("Grid meter"))) {
        int[] words = wire.read(1, 4, 72, 2);
        return Float.intBitsToFloat(words[0] << 16 | words[1]);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Test
  void endsWhenItsInputCloses() throws Exception {
    try (Program program = new Program("--port-base", "0", "--start", "2025-01-02")) {
      assertThat(program.devices).hasSize(6).allMatch(line -> line.contains("\"endpoint\":\"tcp:"));
      program.process.getOutputStream().close();
      assertThat(program.process.waitFor(5, TimeUnit.SECONDS)).isTrue();
      assertThat(program.process.exitValue()).isZero();
    }
  }

  @Test
  void endsOnTermAndGoesOnWhereItStopped() throws Exception {
    Path state = folder.resolve("home.state");
    String[] options = {
      "--port-base", "0", "--start", "2025-01-10", "--speed", "5000", "--state", state.toString()
    };
    double before;
    try (Program program = new Program(options)) {
      before = program.gridImport();
      program.process.destroy();
      assertThat(program.process.waitFor(5, TimeUnit.SECONDS)).isTrue();
    }
    Instant stopped = Instant.parse(Files.readString(state).strip());
    assertThat(stopped).isAfter(Instant.parse("2025-01-09T23:00:00Z"));
    assertThat(stopped).isBefore(Instant.parse("2025-01-09T23:00:00Z").plus(Duration.ofDays(3)));
    try (Program program = new Program(options)) {
      assertThat(program.gridImport()).isGreaterThanOrEqualTo(before);
    }
    Files.writeString(state, "yesterday");
    try (Program program = new Program(options)) {
      assertThat(program.gridImport()).isLessThan(before + 50);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--speed fast | --speed fast is not a number",
        "--speed | --speed needs a value",
        "--start 2020-01-01 | is not between 2025-01-01",
        "--start noon | is no time",
        "--zone Mars/Olympus | is no time zone",
        "--colour red | unknown option --colour",
      })
  void wrongOptionsAreNamed(String line, String message) {
    try {
      Options.parse(line.split(" "));
      throw new AssertionError("accepted: " + line);
    } catch (Options.Wrong e) {
      assertThat(e).hasMessageContaining(message);
    }
  }

  private static String output(List<String> command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  private static boolean works(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static double value(String text, int reference) {
    Matcher matcher =
        Pattern.compile("^\\[" + reference + "\\]:\\s+(-?[0-9.]+)", Pattern.MULTILINE)
            .matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  @Test
  void libmodbusReadsIt() throws Exception {
    boolean here = works("mbpoll", "-h");
    String reason = "mbpoll is not installed (Debian package mbpoll)";
    if (!here) {
      System.out.println("Skipped: " + reason);
    }
    assumeTrue(here, reason);
    // So slow that nothing changes while we look.
    String[] still = {"--port-base", "0", "--start", "2025-05-08T13:00:00", "--speed", "0.001"};
    HomeState home = home("2025-05-08T11:00:00Z");
    try (Program program = new Program(still)) {
      String meter =
          output(
              List.of(
                  "mbpoll",
                  "-0",
                  "-B",
                  "-1",
                  "-m",
                  "tcp",
                  "-a",
                  "1",
                  "-t",
                  "3:float",
                  "-r",
                  "52",
                  "-c",
                  "12",
                  "-p",
                  "" + program.port("Grid meter"),
                  "127.0.0.1"));
      assertThat(value(meter, 52)).isCloseTo(home.grid().power().sum(), within(0.5));
      assertThat(value(meter, 72)).isCloseTo(home.grid().importWh() / 1000, within(0.01));
      assertThat(value(meter, 74)).isCloseTo(home.grid().exportWh() / 1000, within(0.01));
      String inverter =
          output(
              List.of(
                  "mbpoll",
                  "-0",
                  "-B",
                  "-1",
                  "-m",
                  "tcp",
                  "-a",
                  "1",
                  "-t",
                  "4",
                  "-r",
                  "40084",
                  "-c",
                  "1",
                  "-p",
                  "" + program.port("Solar inverter"),
                  "127.0.0.1"));
      assertThat(value(inverter, 40084)).isCloseTo(-home.inverter().power().sum(), within(0.6));
    }
  }

  @Test
  void pymodbusReadsIt() throws Exception {
    boolean here = works("/usr/bin/python3", "-c", "import pymodbus");
    String reason = "pymodbus is not installed (Debian package python3-pymodbus)";
    if (!here) {
      System.out.println("Skipped: " + reason);
    }
    assumeTrue(here, reason);
    Path script = folder.resolve("read.py");
    Files.writeString(
        script,
        """
        import struct, sys
        from pymodbus.client import ModbusTcpClient
        def regs(port, unit, kind, address, count):
            client = ModbusTcpClient("127.0.0.1", port=port)
            assert client.connect()
            answer = getattr(client, kind)(address, count, slave=unit)
            assert not answer.isError(), answer
            client.close()
            return answer.registers
        def f32(words):
            return struct.unpack(">f", struct.pack(">HH", *words))[0]
        meter, battery, wallbox, loads = map(int, sys.argv[1:])
        print("[1]:", f32(regs(meter, 1, "read_input_registers", 52, 2)))
        bank = regs(battery, 1, "read_holding_registers", 40072, 23)
        print("[2]:", struct.unpack(">h", struct.pack(">H", bank[8]))[0])
        print("[3]:", struct.unpack(">Q", struct.pack(">HHHH", *bank[17:21]))[0])
        box = regs(wallbox, 1, "read_input_registers", 0, 38)
        print("[4]:", box[20] << 16 | box[21])
        print("[5]:", f32(regs(loads, 11, "read_input_registers", 72, 2)))
        print("[6]:", f32(regs(loads, 12, "read_input_registers", 72, 2)))
        """);
    String[] still = {"--port-base", "0", "--start", "2025-05-08T22:10:00", "--speed", "0.001"};
    HomeState home = home("2025-05-08T20:10:00Z");
    try (Program program = new Program(still)) {
      String text =
          output(
              List.of(
                  "/usr/bin/python3",
                  script.toString(),
                  "" + program.port("Grid meter"),
                  "" + program.port("Home battery"),
                  "" + program.port("Wallbox"),
                  "" + program.port("Heat pump")));
      assertThat(value(text, 1)).isCloseTo(home.grid().power().sum(), within(0.5));
      assertThat(value(text, 2)).isCloseTo(-home.battery().power().sum(), within(0.6));
      assertThat(value(text, 3)).isCloseTo(home.battery().exportWh(), within(0.6));
      assertThat(value(text, 4)).isCloseTo(home.wallbox().importWh(), within(0.6));
      assertThat(value(text, 5)).isCloseTo(home.heatPump().importWh() / 1000, within(0.002));
      assertThat(value(text, 6)).isCloseTo(home.appliances().importWh() / 1000, within(0.002));
    }
  }

  private static HomeState home(String at) {
    return new Home(1, java.time.ZoneId.of("Europe/Berlin"), 48.1, 11.6).at(Instant.parse(at));
  }
}
