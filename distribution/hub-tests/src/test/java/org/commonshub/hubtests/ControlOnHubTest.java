package org.commonshub.hubtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.commonshub.benchmarks.HubProcess;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A wallbox on a real hub is told something by a person: it reaches the device, ends with its lease
 * and with the hub, and after {@code kill -9} the device gets its own default back.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class ControlOnHubTest {
  private static final String ID = "7f0c5a52-55a2-4f0e-9f7e-5f3a7b9a1c11";
  private static final String LIMIT = "/api/v1/control/" + ID + "/current-limit";

  /** Register of the map bender-cc612; 32 A hands it back. */
  private static final int REGISTER = 1000;

  /** A Modbus TCP charge point that keeps what it is told. */
  private static final class ChargePoint implements AutoCloseable {
    final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    final List<String> told = new CopyOnWriteArrayList<>();

    ChargePoint() throws IOException {
      Thread thread = new Thread(this::accept, "charge point");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      while (!server.isClosed()) {
        try {
          Socket socket = server.accept();
          Thread thread = new Thread(() -> serve(socket), "charge point connection");
          thread.setDaemon(true);
          thread.start();
        } catch (IOException e) {
          return; // Closed.
        }
      }
    }

    private void serve(Socket socket) {
      try (socket) {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        while (true) {
          int transaction = in.readUnsignedShort();
          in.readUnsignedShort();
          byte[] body = in.readNBytes(in.readUnsignedShort());
          int address = (body[2] & 0xFF) << 8 | body[3] & 0xFF;
          int word = (body[4] & 0xFF) << 8 | body[5] & 0xFF;
          byte[] answer;
          switch (body[1]) {
            case 3, 4 -> {
              answer = new byte[3 + 2 * word];
              answer[2] = (byte) (2 * word);
            }
            case 6 -> {
              answer = body.clone();
              told.add(address + "=" + word);
            }
            case 16 -> {
              answer = java.util.Arrays.copyOf(body, 6);
              for (int i = 0; i < word; i++) {
                told.add(
                    (address + i) + "=" + ((body[7 + 2 * i] & 0xFF) << 8 | body[8 + 2 * i] & 0xFF));
              }
            }
            default -> answer = new byte[] {0, (byte) (body[1] | 0x80), 1};
          }
          answer[0] = body[0];
          if (answer.length > 3 || answer[1] > 0) {
            answer[1] = body[1];
          }
          out.writeShort(transaction);
          out.writeShort(0);
          out.writeShort(answer.length);
          out.write(answer);
          out.flush();
        }
      } catch (IOException e) {
        // The hub hung up.
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }

  @TempDir Path folder;

  @BeforeEach
  void image() {
    assumeTrue(!Boolean.getBoolean("hub.quick"), "skipped: --quick leaves the fault tests out");
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + FaultyHub.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static String set(FaultyHub hub, int value, int seconds) throws Exception {
    return hub.hub()
        .send(
            "POST",
            LIMIT,
            "{\"value\":" + value + ",\"seconds\":" + seconds + ",\"reason\":\"guests\"}");
  }

  @Test
  void whatAPersonSetsEndsWithItsLeaseTheHubAndAnyAccident() throws Exception {
    try (ChargePoint wallbox = new ChargePoint();
        FaultyHub hub = new FaultyHub(folder.resolve("hub"))) {
      Files.writeString(
          hub.config.resolve("org.commonshub.metering.device~wallbox.json"),
          """
          {"id": "%s", "name": "Wallbox", "role": "EV_CHARGER", "driver": "modbus",
           "endpoint": "tcp://127.0.0.1:%d", "settings": ["map=bender-cc612"],
           "interval_ms": 1000, "readOnly": false}
          """
              .formatted(ID, wallbox.server.getLocalPort()));
      hub.launch(HubProcess.freePort(), Map.of(), "--no-simulation");
      hub.hub().awaitGreeting(FaultyHub.PATIENCE);
      hub.hub().claim();
      assertThat(hub.hub().send("PUT", "/api/v1/features/metering-modbus", "{\"enabled\":true}"))
          .contains("metering-modbus");
      assertThat(hub.hub().send("PUT", "/api/v1/features/control", "{\"enabled\":true}"))
          .contains("\"control\"");
      hub.await("/control", control -> control.contains("\"current-limit\""));
      assertThat(wallbox.told).as("at start nothing is held").isEmpty();

      assertThat(set(hub, 99, 60)).contains("0 to 32 A");
      assertThat(set(hub, 16, 600)).contains("APPLIED");
      assertThat(wallbox.told).containsExactly(REGISTER + "=16");
      assertThat(hub.get("/control"))
          .contains("\"holder\":\"user:bench\"", "\"reason\":\"guests\"", "\"value\":16");

      // Power fails. The device is handed back when both are there again.
      hub.hub().process().destroyForcibly().waitFor(20, TimeUnit.SECONDS);
      assertThat(hub.data.resolve("control.arbiter/held")).content().contains(ID);
      hub.launch(HubProcess.freePort(), Map.of(), "--no-simulation");
      hub.hub().awaitGreeting(FaultyHub.PATIENCE);
      await("handed back after the kill", () -> wallbox.told.size() == 2);
      assertThat(wallbox.told).endsWith(REGISTER + "=32");
      hub.hub().login();
      hub.await("/control", control -> control.contains("\"holding\":null"));

      // A lease ends by itself.
      assertThat(set(hub, 10, 2)).contains("APPLIED");
      await("the lease ended", () -> wallbox.told.size() == 4);
      assertThat(wallbox.told).endsWith(REGISTER + "=10", REGISTER + "=32");

      // The hub stops in good order.
      assertThat(set(hub, 8, 600)).contains("APPLIED");
      assertThat(hub.get("/audit?limit=20"))
          .contains("control.write", "control.expire", "control.release", "control.refuse");
      HubProcess.end(hub.hub().process());
      await("handed back at the stop", () -> wallbox.told.size() == 6);
      assertThat(wallbox.told).endsWith(REGISTER + "=8", REGISTER + "=32");
      assertThat(hub.data.resolve("control.arbiter/held")).content().isEmpty();
    }
  }
}
