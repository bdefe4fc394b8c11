package org.commonshub.metering.serial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over a pair of pseudo-terminals made by socat; without socat these tests say so. */
@Timeout(30)
class SerialTransportTest {
  private static final Framing LINE =
      received -> {
        for (int i = received.position(); i < received.limit(); i++) {
          if (received.get(i) == '\n') {
            return i - received.position() + 1;
          }
        }
        return 0;
      };

  @TempDir Path directory;

  private final SerialTransport transport = new SerialTransport();
  private Process socat;
  private Thread device;

  private interface Script {
    void answer(String request, OutputStream out) throws Exception;
  }

  private Path hubEnd() {
    return directory.resolve("hub");
  }

  private void plug(Script script) throws Exception {
    boolean present =
        Files.isExecutable(Path.of("/usr/bin/socat"))
            || Files.isExecutable(Path.of("/usr/local/bin/socat"));
    if (!present) {
      System.out.println("Skipped: socat is not installed (apt-get install socat).");
    }
    Assumptions.assumeTrue(present, "socat is not installed");
    Path far = directory.resolve("device");
    socat =
        new ProcessBuilder("socat", "pty,raw,echo=0,link=" + hubEnd(), "pty,raw,echo=0,link=" + far)
            .inheritIO()
            .start();
    for (int i = 0; i < 200 && !(Files.exists(hubEnd()) && Files.exists(far)); i++) {
      Thread.sleep(10);
    }
    device =
        new Thread(
            () -> {
              try (RandomAccessFile file = new RandomAccessFile(far.toFile(), "rw");
                  InputStream in = java.nio.channels.Channels.newInputStream(file.getChannel());
                  OutputStream out =
                      java.nio.channels.Channels.newOutputStream(file.getChannel())) {
                StringBuilder line = new StringBuilder();
                for (int next = in.read(); next >= 0; next = in.read()) {
                  if (next == '\n') {
                    script.answer(line.toString(), out);
                    line.setLength(0);
                  } else {
                    line.append((char) next);
                  }
                }
              } catch (Exception e) {
                // Unplugged.
              }
            });
    device.setDaemon(true);
    device.start();
  }

  private void unplug() throws Exception {
    if (socat != null) {
      socat.destroy();
      socat.waitFor(5, TimeUnit.SECONDS);
      socat = null;
      Files.deleteIfExists(hubEnd());
    }
  }

  @AfterEach
  void end() throws Exception {
    transport.close();
    unplug();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("metering-serial")) {
        thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private StreamConnection stream() {
    return transport.open(Endpoint.parse("serial:" + hubEnd() + "?baud=115200")).stream();
  }

  private static String ask(StreamConnection stream, String text, long millis) throws Exception {
    byte[] answer =
        stream
            .exchange(
                (text + "\n").getBytes(StandardCharsets.US_ASCII), LINE, Duration.ofMillis(millis))
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
    return new String(answer, StandardCharsets.US_ASCII).strip();
  }

  private static Kind failure(StreamConnection stream, String text, long millis) throws Exception {
    try {
      ask(stream, text, millis);
      return null;
    } catch (ExecutionException e) {
      return ((DeviceException) e.getCause()).kind();
    }
  }

  private static void say(OutputStream out, String text) throws Exception {
    out.write((text + "\n").getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void aDeviceIsAskedAndAnswers() throws Exception {
    plug((request, out) -> say(out, "re:" + request));
    StreamConnection stream = stream();
    for (int i = 0; i < 20; i++) {
      assertThat(ask(stream, "q" + i, 2_000)).isEqualTo("re:q" + i);
    }
  }

  private String speed() throws Exception {
    Process stty =
        new ProcessBuilder("stty", "-F", hubEnd().toString(), "speed")
            .redirectErrorStream(true)
            .start();
    String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    stty.waitFor(10, TimeUnit.SECONDS);
    return said.strip();
  }

  @Test
  void speedsChangeInMidExchange() throws Exception {
    LinkedBlockingQueue<String> speeds = new LinkedBlockingQueue<>();
    plug(
        (request, out) -> {
          if (request.equals("switch")) {
            // It answers at the other rate, so only when the hub has had time to change to it.
            for (int i = 0; i < 1_000 && speed().equals("300"); i++) {
              Thread.sleep(10);
            }
          }
          speeds.add(speed());
          say(out, "re:" + request);
        });
    StreamConnection stream = stream();
    for (String request : new String[] {"hello", "switch", "hello"}) {
      int answer = request.equals("switch") ? 9_600 : 300;
      byte[] received =
          stream
              .exchange(
                  (request + "\n").getBytes(StandardCharsets.US_ASCII),
                  new StreamConnection.LineSpeed(300, answer),
                  LINE,
                  Duration.ofSeconds(15))
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      assertThat(new String(received, StandardCharsets.US_ASCII).strip())
          .isEqualTo("re:" + request);
    }
    assertThat(ask(stream, "plain", 10_000)).isEqualTo("re:plain");
    if (speeds.stream().anyMatch(speed -> !speed.matches("[0-9]+"))) {
      System.out.println("Not checked: the speed of a port in use can be read by root only.");
      return;
    }
    assertThat(speeds).containsExactly("300", "9600", "300", "115200");
  }

  @Test
  void aLateAnswerIsNeverTakenForTheNext() throws Exception {
    plug(
        (request, out) -> {
          if (request.startsWith("slow")) {
            Thread.sleep(300);
          }
          say(out, "re:" + request);
        });
    StreamConnection stream = stream();
    for (int i = 0; i < 3; i++) {
      assertThat(failure(stream, "slow" + i, 200)).isEqualTo(Kind.TIMEOUT);
      assertThat(ask(stream, "q" + i, 2_000)).isEqualTo("re:q" + i);
    }
  }

  @Test
  void whatNobodyAskedForIsThrownAway() throws Exception {
    plug(
        (request, out) -> {
          say(out, "re:" + request);
          say(out, "again:" + request);
        });
    StreamConnection stream = stream();
    for (int i = 0; i < 10; i++) {
      assertThat(ask(stream, "q" + i, 2_000)).isEqualTo("re:q" + i);
    }
  }

  @Test
  void unpluggingAndPluggingInNeedsNoRestart() throws Exception {
    plug((request, out) -> say(out, "re:" + request));
    StreamConnection stream = stream();
    assertThat(ask(stream, "a", 2_000)).isEqualTo("re:a");
    unplug();
    assertThat(failure(stream, "b", 300)).isNotNull();
    assertThatThrownBy(() -> ask(stream, "c", 300))
        .hasCauseInstanceOf(DeviceException.class)
        .hasMessageContaining(hubEnd().toString())
        .hasMessageContaining("plugged in");
    plug((request, out) -> say(out, "new:" + request));
    assertThat(ask(stream, "d", 2_000)).isEqualTo("new:d");
  }

  @Test
  void pushedBytesAreHeard() throws Exception {
    plug((request, out) -> say(out, "re:" + request));
    StreamConnection stream = stream();
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    assertThat(ask(stream, "a", 2_000)).isEqualTo("re:a");
    try (AutoCloseable subscription =
            stream.listen(
                new StreamConnection.Listener() {
                  @Override
                  public void received(byte[] bytes) {
                    heard.add(new String(bytes, StandardCharsets.US_ASCII));
                  }

                  @Override
                  public void broken(DeviceException why) {
                    heard.add("broken");
                  }
                });
        OutputStream out = Files.newOutputStream(directory.resolve("device"))) {
      // The port is opened anew for listening, and what arrives in between is nobody's.
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 100 && !all.toString().contains("tick"); i++) {
        say(out, "tick");
        String part = heard.poll(100, TimeUnit.MILLISECONDS);
        all.append(part == null ? "" : part);
      }
      assertThat(all.toString()).contains("tick");
      assertThat(failure(stream, "b", 300)).isEqualTo(Kind.UNREACHABLE);
    }
  }

  @Test
  void oneBusHasOneSetOfParameters() {
    TransportProvider.Handle one =
        transport.open(Endpoint.parse("serial:/dev/ttyUSB9?baud=9600&parity=even"));
    assertThatThrownBy(
            () -> transport.open(Endpoint.parse("serial:/dev/ttyUSB9?baud=19200&parity=even")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("same parameters");
    one.close();
    transport.open(Endpoint.parse("serial:/dev/ttyUSB9?baud=19200")).close();
  }

  @Test
  void parametersThatMakeNoSenseAreRefused() {
    for (String wrong : new String[] {"baud=fast", "parity=maybe", "data=9", "stop=3", "speed=1"}) {
      assertThatThrownBy(() -> transport.open(Endpoint.parse("serial:/dev/ttyUSB9?" + wrong)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(wrong.substring(0, wrong.indexOf('=')));
    }
    assertThat(PortSettings.of(Endpoint.parse("serial:/dev/x?baud=9600")).quietMillis())
        .isEqualTo(5);
  }
}
