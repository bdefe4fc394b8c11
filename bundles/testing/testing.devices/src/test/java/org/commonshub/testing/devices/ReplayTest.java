package org.commonshub.testing.devices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Traces, what faults do to them, and the device that plays them. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReplayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final List<byte[]> MESSAGES =
      List.of(text("first message"), text("the second one"), text("and a third"));

  @TempDir Path folder;

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void readsTheTextForm() {
    Trace trace =
        Trace.parse(
            """
            # a capture
            7e a0
            01:02   # goes on

            + 250
            > 10 5B 01 5C 16
            68 00
            > 11
            99
            """);
    assertThat(trace.messages())
        .extracting(ReplayTest::hex)
        .containsExactly("7ea00102", "6800", "99");
    Trace.Step asked = trace.steps().get(1);
    assertThat(asked.waitMillis()).isEqualTo(250);
    assertThat(asked.request()).hasValueSatisfying(r -> assertThat(hex(r)).isEqualTo("105b015c16"));
    assertThat(trace.steps().get(0).request()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"7e a, line 1 is not hexadecimal", "+ soon, line 1: '+'", "+ -1, line 1: '+'"})
  void saysWhichLineIsWrong(String text, String message) {
    assertThatThrownBy(() -> Trace.parse(text)).hasMessageContaining(message);
  }

  @Test
  void splitsWhatWasCaptured() {
    assertThat(Trace.split(text("/one!/two!/"), text("/")).messages())
        .extracting(bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .containsExactly("/one!", "/two!", "/");
    assertThat(Trace.split(text("/one!/two!"), new byte[0]).messages()).hasSize(1);
    assertThat(Trace.split(new byte[0], text("/")).messages()).isEmpty();
  }

  private static List<byte[]> sent(List<Replay.Action> actions) {
    List<byte[]> sent = new ArrayList<>();
    for (Replay.Action action : actions) {
      if (action instanceof Replay.Send send) {
        sent.add(send.bytes());
      }
    }
    return sent;
  }

  private static byte[] join(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(ReplayFault.class)
  void spoilsInItsOwnWayAndTheSameEveryTime(ReplayFault fault) {
    Trace trace = Trace.of(MESSAGES);
    boolean changed = false;
    for (int seed = 0; seed < 50; seed++) {
      List<byte[]> sent = sent(Replay.of(trace, Set.of(fault), 1, seed));
      assertThat(sent(Replay.of(trace, Set.of(fault), 1, seed)))
          .usingRecursiveComparison()
          .isEqualTo(sent);
      boolean same = Arrays.equals(join(sent), join(MESSAGES));
      changed |= !same;
      if (fault.harmless()) {
        assertThat(same).isTrue();
      }
      switch (fault) {
        case CUT -> assertThat(join(sent)).hasSizeLessThan(join(MESSAGES).length);
        case LOST ->
            assertThat(sent)
                .zipSatisfy(MESSAGES, (is, was) -> assertThat(is).hasSizeLessThan(was.length));
        case CORRUPTED -> {
          for (int i = 0; i < sent.size(); i++) {
            assertThat(bits(sent.get(i), MESSAGES.get(i))).isEqualTo(1);
          }
        }
        case REPEATED -> assertThat(sent).hasSize(6);
        case REORDERED -> assertThat(sent.get(0)).isEqualTo(MESSAGES.get(1));
        case SHUFFLED ->
            assertThat(sent)
                .zipSatisfy(MESSAGES, (is, was) -> assertThat(is).containsExactlyInAnyOrder(was));
        case SPLIT -> assertThat(sent).allMatch(bytes -> bytes.length == 1);
        case MERGED -> assertThat(sent).hasSize(2);
        default -> assertThat(sent).isNotEmpty();
      }
    }
    assertThat(changed).isEqualTo(!fault.harmless());
  }

  private static int bits(byte[] a, byte[] b) {
    int bits = 0;
    for (int i = 0; i < a.length; i++) {
      bits += Integer.bitCount((a[i] ^ b[i]) & 0xFF);
    }
    return bits;
  }

  @Test
  void plays() throws Exception {
    try (ReplayDevice device = ReplayDevice.tcp(0);
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), device.port())) {
      device.play(Replay.of(Trace.of(MESSAGES), Set.of(), 0, 0), PATIENCE);
      byte[] all = join(MESSAGES);
      byte[] seen = new byte[all.length];
      new DataInputStream(peer.getInputStream()).readFully(seen);
      assertThat(seen).isEqualTo(all);
      assertThat(device.sent()).isEqualTo(all.length);
    }
  }

  @Test
  void hangsUpAndWaitsForTheNext() throws Exception {
    try (ReplayDevice device = ReplayDevice.tcp(0)) {
      Thread player =
          new Thread(
              () -> {
                try {
                  device.play(
                      Replay.of(Trace.of(MESSAGES), Set.of(ReplayFault.DISCONNECT), 1, 3),
                      PATIENCE);
                  device.close();
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      player.start();
      int peers = 0;
      ByteArrayOutputStream seen = new ByteArrayOutputStream();
      while (player.isAlive()) {
        try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), device.port())) {
          seen.writeBytes(peer.getInputStream().readAllBytes());
          peers++;
        } catch (IOException e) {
          // Closed meanwhile.
        }
      }
      player.join();
      assertThat(peers).isGreaterThanOrEqualTo(3);
      assertThat(seen.toString(StandardCharsets.US_ASCII)).startsWith("f").contains("t");
    }
  }

  @Test
  void answersWhenItIsAsked() throws Exception {
    Trace trace = Trace.parse("> 01 02\naa\n> 03\nbb bb\n");
    try (ReplayDevice device = ReplayDevice.tcp(0);
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), device.port())) {
      Thread player =
          new Thread(
              () -> {
                try {
                  device.play(Replay.of(trace, Set.of(), 0, 0), PATIENCE);
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      player.start();
      DataInputStream in = new DataInputStream(peer.getInputStream());
      peer.getOutputStream().write(new byte[] {1, 1, 2});
      assertThat(in.readUnsignedByte()).isEqualTo(0xAA);
      peer.getOutputStream().write(3);
      assertThat(in.readUnsignedShort()).isEqualTo(0xBBBB);
      player.join();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--port 1 | needs the file",
        "trace --fault gremlins | --fault gremlins is none",
        "trace --start xyz | --start takes hexadecimal bytes",
        "trace --share 2 | is not a number from 0",
        "trace other | unknown option other",
        "trace --loud | unknown option --loud",
      })
  void wrongOptionsAreNamed(String line, String message) {
    assertThatThrownBy(() -> ReplayOptions.parse(line.split(" ")))
        .isInstanceOf(Options.Wrong.class)
        .hasMessageContaining(message);
  }

  @Test
  void understandsItsOptions() throws Exception {
    ReplayOptions options =
        ReplayOptions.parse(
            "a.bin --binary --start 1b1b --fault cut,noise --share 0.25 --seed 9 --times 2"
                .split(" "));
    assertThat(options.faults()).isEqualTo(EnumSet.of(ReplayFault.CUT, ReplayFault.NOISE));
    assertThat(options.text()).isFalse();
    assertThat(options.start()).containsExactly(0x1b, 0x1b);
    assertThat(options.share()).isEqualTo(0.25);
    for (ReplayFault fault : ReplayFault.values()) {
      if (fault != ReplayFault.NONE) {
        assertThat(ReplayOptions.USAGE).contains(fault.name().toLowerCase(java.util.Locale.ROOT));
      }
    }
  }

  private static Process program(String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx16m",
                "-XX:+UseSerialGC",
                "-cp",
                Path.of("target", "classes").toString(),
                "org.commonshub.testing.devices.Main",
                "replay"));
    command.addAll(List.of(options));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static BufferedReader output(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void runsAsAProgramOverTcp() throws Exception {
    Path file = folder.resolve("trace.bin");
    Files.write(file, text("/one!/two!"));
    Process process =
        program(file.toString(), "--binary", "--start", "2f", "--interval", "10", "--times", "3");
    try {
      BufferedReader out = output(process);
      Matcher port = Pattern.compile("tcp://127\\.0\\.0\\.1:(\\d+)").matcher(out.readLine());
      assertThat(port.find()).isTrue();
      assertThat(out.readLine()).isEqualTo("{\"ready\":true}");
      try (Socket peer =
          new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
        assertThat(new String(peer.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .isEqualTo("/one!/two!".repeat(3));
      }
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void writesToATerminal() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/socat")), "socat is not installed");
    Path device = folder.resolve("device");
    Path hub = folder.resolve("hub");
    Process pair =
        new ProcessBuilder(
                "/usr/bin/socat", "pty,raw,echo=0,link=" + device, "pty,raw,echo=0,link=" + hub)
            .redirectErrorStream(true)
            .start();
    try {
      for (int i = 0; i < 2000 && !(Files.exists(device) && Files.exists(hub)); i++) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      Path file = folder.resolve("trace.hex");
      Files.writeString(file, "> 05\n61 62 63\n");
      Process process = program(file.toString(), "--terminal", device.toString(), "--times", "1");
      try (var line =
          Files.newByteChannel(
              hub, java.nio.file.StandardOpenOption.READ, java.nio.file.StandardOpenOption.WRITE)) {
        assertThat(output(process).readLine()).contains("\"endpoint\":\"serial:" + device);
        line.write(java.nio.ByteBuffer.wrap(new byte[] {5}));
        java.nio.ByteBuffer seen = java.nio.ByteBuffer.allocate(3);
        while (seen.hasRemaining() && line.read(seen) >= 0) {
          // until all three came
        }
        assertThat(new String(seen.array(), StandardCharsets.US_ASCII)).isEqualTo("abc");
      } finally {
        process.destroyForcibly();
      }
    } finally {
      pair.destroy();
      pair.waitFor(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void endsWhenItsInputCloses() throws Exception {
    Path file = folder.resolve("trace.hex");
    Files.writeString(file, "00\n");
    Process process = program(file.toString());
    try {
      assertThat(output(process).readLine()).contains("Replay");
      process.getOutputStream().close();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
