package org.commonshub.metering.p1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.PushSession;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.serial.SerialTransport;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Over the hub's own transports: a recording, and a serial port made by socat. */
@Timeout(90)
class RealTransportsTest {
  private static final int PATIENCE_SECONDS = 20;

  @TempDir Path folder;

  private static final class Received implements PushSession.Receiver {
    final BlockingQueue<Map<String, String>> frames = new LinkedBlockingQueue<>();
    final BlockingQueue<DeviceException> failures = new LinkedBlockingQueue<>();

    @Override
    public void values(Optional<java.time.Instant> at, List<Measurement> values) {
      frames.add(Collected.plain(values));
    }

    @Override
    public void failed(DeviceException why) {
      failures.add(why);
    }

    Map<String, String> next() throws InterruptedException {
      Map<String, String> next = frames.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(next).as("a frame; failures %s", failures).isNotNull();
      return next;
    }
  }

  private static PushSession listen(
      TransportProvider.Handle handle, Received received, Map<String, String> settings)
      throws DeviceException {
    P1Driver driver = new P1Driver();
    PushSession session =
        (PushSession)
            driver.open(FakeDriverContext.of(driver.description(), handle.stream(), settings));
    session.start(received);
    return session;
  }

  @Test
  void readsARecording() throws Exception {
    Path file = folder.resolve("p1.txt");
    try (OutputStream out = Files.newOutputStream(file)) {
      for (String power : List.of("00.519", "00.520", "00.521")) {
        out.write(Telegrams.sealed(Telegrams.DSMR_5.replace("00.519", power)));
      }
    }
    NetworkTransport transport = new NetworkTransport();
    Endpoint endpoint = Endpoint.parse("file:" + file + "?rate=100000&loop=true");
    TransportProvider.Handle handle = transport.open(endpoint);
    TransportProvider.Handle other = transport.open(endpoint);
    Received main = new Received();
    Received gas = new Received();
    PushSession one = listen(handle, main, Map.of());
    PushSession two = listen(other, gas, Map.of("channel", "1"));
    assertThat(main.next()).containsEntry("power.active", "519");
    assertThat(main.next()).containsEntry("power.active", "520");
    assertThat(main.next()).containsEntry("power.active", "521");
    assertThat(main.next()).containsEntry("power.active", "519");
    assertThat(gas.next()).containsEntry("gas.volume", "5012.811");
    assertThat(main.failures).isEmpty();
    one.close();
    two.close();
    handle.close();
    other.close();
    transport.close();
  }

  @Test
  void readsASerialPort() throws Exception {
    boolean present =
        Files.isExecutable(Path.of("/usr/bin/socat"))
            || Files.isExecutable(Path.of("/usr/local/bin/socat"));
    if (!present) {
      System.out.println("Skipped: socat is not installed (apt-get install socat).");
    }
    Assumptions.assumeTrue(present, "socat is not installed");
    Path hub = folder.resolve("hub");
    Path meter = folder.resolve("meter");
    Process socat =
        new ProcessBuilder("socat", "pty,raw,echo=0,link=" + hub, "pty,raw,echo=0,link=" + meter)
            .inheritIO()
            .start();
    SerialTransport transport = new SerialTransport();
    try {
      for (int i = 0; i < 2000 && !(Files.exists(hub) && Files.exists(meter)); i++) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
      Endpoint endpoint = Endpoint.parse("serial:" + hub + "?baud=115200");
      TransportProvider.Handle handle = transport.open(endpoint);
      TransportProvider.Handle other = transport.open(endpoint);
      Received main = new Received();
      Received water = new Received();
      PushSession one = listen(handle, main, Map.of());
      PushSession two = listen(other, water, Map.of("channel", "2"));
      byte[] telegram = Telegrams.sealed(Telegrams.DSMR_5);
      try (OutputStream out = Files.newOutputStream(meter)) {
        // What comes before the port is open is lost: a meter goes on, too.
        for (int i = 0; i < 10 * PATIENCE_SECONDS && main.frames.isEmpty(); i++) {
          out.write(telegram);
          out.flush();
          TimeUnit.MILLISECONDS.sleep(100);
        }
      }
      assertThat(main.next()).containsEntry("power.active", "519");
      assertThat(water.next()).containsEntry("water.volume", "321.004");
      one.close();
      two.close();
      handle.close();
      other.close();
    } finally {
      transport.close();
      socat.destroy();
      socat.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }
}
