package org.commonshub.metering.mbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PollSession;
import org.commonshub.metering.serial.SerialTransport;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A meter on a serial line at 2400 baud with even parity (a pseudo-terminal made by socat). */
class SerialLineTest {
  @TempDir Path folder;

  @Test
  void readsOverASerialPort() throws Exception {
    Path hub = folder.resolve("hub");
    Path line = folder.resolve("line");
    Process socat = null;
    try {
      socat =
          new ProcessBuilder("socat", "pty,raw,echo=0,link=" + hub, "pty,raw,echo=0,link=" + line)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("log").toFile())
              .start();
    } catch (IOException e) {
      System.out.println("SKIPPED: socat is not installed; M-Bus over a serial line is not tried");
    }
    Assumptions.assumeTrue(socat != null, "socat is not installed");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(hub) || !Files.exists(line)) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
    Slave slave =
        new Slave(7, "78 03 49 11 77 04 0E 16").says("04 13 31 D4 00 00 1F", "02 5A 7B 00 0F");
    FileInputStream in = new FileInputStream(line.toFile());
    FileOutputStream out = new FileOutputStream(line.toFile());
    Thread meter = new Thread(() -> serve(slave, in, out), "meter");
    meter.setDaemon(true);
    meter.start();
    SerialTransport transport = new SerialTransport();
    try {
      Endpoint endpoint = Endpoint.parse("serial:" + hub + "?baud=2400&parity=even");
      WiredDriver driver = new WiredDriver();
      try (var handle = transport.open(endpoint);
          PollSession session =
              (PollSession)
                  driver.open(
                      FakeDriverContext.of(
                          driver.description(), handle.stream(), Map.of("address", "7")))) {
        for (int i = 0; i < 3; i++) {
          List<Measurement> values =
              session.poll(Duration.ofSeconds(20)).toCompletableFuture().get(20, TimeUnit.SECONDS);
          assertThat(values)
              .extracting(value -> value.quantity() + "=" + value.decimalValue())
              .contains("water.volume=54.321", "temperature=12.3");
        }
      }
    } finally {
      transport.close();
      socat.destroy();
      socat.waitFor(20, TimeUnit.SECONDS);
      meter.join(TimeUnit.SECONDS.toMillis(20));
    }
  }

  private static void serve(Slave slave, FileInputStream in, FileOutputStream out) {
    try (in;
        out) {
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        request.write(next);
        Optional<byte[]> answer = slave.answer(request.toByteArray());
        if (answer.isPresent()) {
          request.reset();
          out.write(answer.get());
        }
      }
    } catch (IOException e) {
      // The line was pulled out.
    }
  }
}
