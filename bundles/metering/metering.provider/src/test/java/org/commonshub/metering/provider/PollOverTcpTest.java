package org.commonshub.metering.provider;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.measure.api.DeviceRole;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.MeterRecord;
import org.commonshub.measure.api.Quantity;
import org.commonshub.measure.api.ReadingFrame;
import org.commonshub.metering.api.DeviceDefinition;
import org.commonshub.metering.api.DeviceRegistry.State;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.platform.api.HubClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole way on loopback: timer, driver, TCP, frame. */
@Timeout(20)
class PollOverTcpTest {
  private static final class SystemClock implements HubClock {
    @Override
    public Instant now() {
      return Instant.now();
    }

    @Override
    public long monotonicNanos() {
      return System.nanoTime();
    }

    @Override
    public int epoch() {
      return 1;
    }

    @Override
    public Quality quality() {
      return Quality.SYNCHRONISED;
    }
  }

  @Test
  void aMeterIsReadOverTcp() throws Exception {
    LinkedBlockingQueue<MeterRecord> records = new LinkedBlockingQueue<>();
    TestDriver driver =
        new TestDriver(
            "byte",
            context ->
                context.stream()
                    .exchange(new byte[] {1}, received -> 1, Duration.ofMillis(500))
                    .thenApply(
                        answer -> List.of(Measurement.of(Quantity.ACTIVE_POWER, answer[0], 0))));
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        NetworkTransport transport = new NetworkTransport();
        Scheduler scheduler =
            new Scheduler(
                new SystemClock(),
                // A busy machine may miss a due time; that is a gap and no frame.
                record -> record instanceof org.commonshub.measure.api.Gap || records.add(record),
                value -> value)) {
      Thread meter = new Thread(() -> serve(server), "meter");
      meter.setDaemon(true);
      meter.start();
      scheduler.add("byte", driver);
      scheduler.add("tcp", transport);
      DeviceId id = DeviceId.random();
      scheduler.start(
          id,
          new DeviceDefinition(
              "Meter",
              DeviceRole.GRID_METER,
              Optional.empty(),
              "byte",
              Endpoint.parse("tcp://127.0.0.1:" + server.getLocalPort()),
              Map.of(),
              Duration.ofMillis(100),
              false,
              true,
              true,
              0),
          Scheduler.NEW);
      for (long expected = 1; expected <= 5; expected++) {
        MeterRecord record = records.poll(5, TimeUnit.SECONDS);
        assertThat(record).isInstanceOf(ReadingFrame.class);
        ReadingFrame frame = (ReadingFrame) record;
        assertThat(frame.device()).isEqualTo(id);
        assertThat(frame.values()).extracting(Measurement::mantissa).containsExactly(expected);
      }
      assertThat(scheduler.health(id).orElseThrow().state()).isEqualTo(State.ONLINE);
      assertThat(scheduler.health(id).orElseThrow().identity()).containsEntry("maker", "Test");
    }
    assertThat(driver.open).hasValue(0);
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("metering-")) {
        thread.join(2_000); // A pool says it ended some microseconds before its last thread does.
        assertThat(thread.isAlive()).as("%s lives on", thread).isFalse();
      }
    }
  }

  private static void serve(ServerSocket server) {
    try (Socket socket = server.accept()) {
      for (byte count = 1; socket.getInputStream().read() >= 0; count++) {
        socket.getOutputStream().write(count);
      }
    } catch (IOException e) {
      // The test ends it.
    }
  }
}
