package org.commonshub.metering.iec62056;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.serial.SerialTransport;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A meter of mode C at the other end of a pseudo-terminal made by socat, through the hub's own
 * serial transport; without socat this test says so. A pseudo-terminal carries bytes at any rate,
 * so the meter looks which rate the hub has set before it says a word.
 */
@Timeout(120)
class TerminalTest {
  @TempDir Path directory;

  private final List<String> heard = new CopyOnWriteArrayList<>();

  private String rate() throws Exception {
    Process stty =
        new ProcessBuilder("stty", "-F", directory.resolve("hub").toString(), "speed")
            .redirectErrorStream(true)
            .start();
    String said = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    stty.waitFor(10, TimeUnit.SECONDS);
    // Only root may look at a port in use.
    return said.strip().matches("[0-9]+") ? said.strip() : "?";
  }

  private void meter(Path terminal) {
    try (RandomAccessFile file = new RandomAccessFile(terminal.toFile(), "rw");
        InputStream in = Channels.newInputStream(file.getChannel());
        OutputStream out = Channels.newOutputStream(file.getChannel())) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        line.write(next);
        if (next != '\n') {
          continue;
        }
        byte[] words = line.toByteArray();
        line.reset();
        byte[] seven = words.clone();
        for (int i = 0; i < seven.length; i++) {
          seven[i] &= 0x7F;
        }
        assertThat(words).as("parity").isEqualTo(Meters.even(seven));
        String said = new String(seven, StandardCharsets.US_ASCII).strip();
        if (said.equals("/?!")) {
          heard.add(said + " at " + rate());
          out.write(Meters.even("/LGZ5ZMF100AC\r\n".getBytes(StandardCharsets.US_ASCII)));
        } else {
          String rate = rate();
          for (int i = 0; i < 1_000 && rate.equals("300"); i++) {
            Thread.sleep(10);
            rate = rate();
          }
          heard.add("answered " + said.substring(1) + " at " + rate);
          out.write(Meters.even(Meters.landisE350().message()));
        }
      }
    } catch (Exception e) {
      // The terminal is gone.
    }
  }

  @Test
  void aMeterIsReadAtTheRateAgreedOn() throws Exception {
    boolean present =
        Files.isExecutable(Path.of("/usr/bin/socat"))
            || Files.isExecutable(Path.of("/usr/local/bin/socat"));
    if (!present) {
      System.out.println("Skipped: socat is not installed (apt-get install socat).");
    }
    Assumptions.assumeTrue(present, "socat is not installed");
    Path hub = directory.resolve("hub");
    Path far = directory.resolve("meter");
    Process socat =
        new ProcessBuilder("socat", "pty,raw,echo=0,link=" + hub, "pty,raw,echo=0,link=" + far)
            .inheritIO()
            .start();
    SerialTransport transport = new SerialTransport();
    try {
      for (int i = 0; i < 2_000 && !(Files.exists(hub) && Files.exists(far)); i++) {
        Thread.sleep(10);
      }
      Thread meter = new Thread(() -> meter(far), "meter");
      meter.setDaemon(true);
      meter.start();
      List<Map<String, String>> read = new ArrayList<>();
      try (TransportProvider.Handle handle = transport.open(Endpoint.parse("serial:" + hub));
          PollSession session =
              (PollSession)
                  new IecDriver()
                      .open(
                          FakeDriverContext.of(
                              new IecDriver().description(),
                              handle.stream(),
                              Map.of(IecSettings.TIMEOUT, "20000")))) {
        for (int i = 0; i < 2; i++) {
          List<Measurement> values =
              session.poll(Duration.ofSeconds(30)).toCompletableFuture().get(60, TimeUnit.SECONDS);
          read.add(ReadoutTest.plain(values));
        }
      }
      assertThat(read).containsOnly(Meters.landisE350().values()).hasSize(2);
      List<String> expected =
          List.of("/?! at 300", "answered 050 at 9600", "/?! at 300", "answered 050 at 9600");
      if (heard.stream().anyMatch(line -> line.endsWith("?"))) {
        System.out.println("Rates not checked: only root may look at a port in use.");
        assertThat(heard)
            .extracting(line -> line.replaceAll(" at .*", ""))
            .containsExactly("/?!", "answered 050", "/?!", "answered 050");
      } else {
        assertThat(heard).isEqualTo(expected);
      }
    } finally {
      transport.close();
      socat.destroy();
      socat.waitFor(20, TimeUnit.SECONDS);
    }
  }
}
