package org.commonshub.metering.modbus;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.commonshub.metering.api.DeviceException.Kind;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Modbus;
import org.commonshub.metering.api.Modbus.Range;
import org.commonshub.metering.api.Modbus.Table;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.serial.SerialTransport;
import org.commonshub.metering.transport.NetworkTransport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Reads servers written by others: pymodbus, and libmodbus through Python's ctypes. Skipped, with
 * the reason printed, where they are not installed.
 */
class RealPeersTest {
  private static final String PYTHON = "/usr/bin/python3";
  private static final int UNIT = 9;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"pymodbus, TCP", "pymodbus, RTU", "libmodbus, TCP"})
  void readsEveryTable(String peer, Modbus.Framing framing) throws Exception {
    require(peer);
    int port = freePort();
    Process server =
        start(peer, framing.name().toLowerCase(java.util.Locale.ROOT), Integer.toString(port));
    try (NetworkTransport transport = new NetworkTransport();
        TransportProvider.Handle handle =
            transport.open(Endpoint.parse("tcp://127.0.0.1:" + port))) {
      awaitListening(server, port);
      checkAll(new ModbusService().unit(handle.stream(), framing, UNIT, Duration.ofSeconds(2)));
    } finally {
      server.destroyForcibly();
      server.waitFor(5, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pymodbus", "libmodbus"})
  void readsEveryTableOverASerialLine(String peer) throws Exception {
    require(peer);
    Pty.require();
    try (Pty pty = new Pty(folder);
        SerialTransport transport = new SerialTransport();
        TransportProvider.Handle handle =
            transport.open(Endpoint.parse("serial:" + pty.hub() + "?baud=19200"))) {
      Process server = start(peer, "serial", pty.device().toString());
      try {
        Modbus.Unit unit =
            new ModbusService()
                .unit(handle.stream(), Modbus.Framing.RTU, UNIT, Duration.ofSeconds(1));
        awaitAnswer(server, unit);
        checkAll(unit);
      } finally {
        server.destroyForcibly();
        server.waitFor(5, TimeUnit.SECONDS);
      }
    }
  }

  private static void awaitAnswer(Process server, Modbus.Unit unit) throws Exception {
    for (int attempt = 0; attempt < 20 && server.isAlive(); attempt++) {
      try {
        ModbusServiceTest.get(unit.read(new Range(Table.HOLDING_REGISTERS, 0, 3)));
        return;
      } catch (ExecutionException e) {
        // It is still starting.
      }
    }
    throw new AssertionError("the server does not answer");
  }

  private static void checkAll(Modbus.Unit unit) throws Exception {
    check(unit, Table.HOLDING_REGISTERS, 0, 125, i -> i * 3 + 1);
    check(unit, Table.HOLDING_REGISTERS, 199, 1, i -> i * 3 + 1);
    check(unit, Table.INPUT_REGISTERS, 40, 77, i -> i * 5 + 2);
    check(unit, Table.COILS, 3, 30, i -> i % 3 == 0 ? 1 : 0);
    check(unit, Table.DISCRETE_INPUTS, 1, 199, i -> i % 2 == 0 ? 1 : 0);
    assertThat(
            ModbusServiceTest.failure(unit.read(new Range(Table.HOLDING_REGISTERS, 195, 10)))
                .kind())
        .isEqualTo(Kind.REFUSED);
    List<Modbus.Words> all =
        ModbusServiceTest.get(
            unit.readAll(
                List.of(
                    new Range(Table.HOLDING_REGISTERS, 10, 2),
                    new Range(Table.HOLDING_REGISTERS, 100, 2),
                    new Range(Table.HOLDING_REGISTERS, 12, 2))));
    assertThat(all.get(0).words()).containsExactly(31, 34);
    assertThat(all.get(1).words()).containsExactly(301, 304);
    assertThat(all.get(2).words()).containsExactly(37, 40);
  }

  static void check(
      Modbus.Unit unit, Table table, int address, int count, IntUnaryOperator expected)
      throws Exception {
    assertThat(ModbusServiceTest.get(unit.read(new Range(table, address, count))).words())
        .isEqualTo(IntStream.range(address, address + count).map(expected).toArray());
  }

  private static void require(String peer) throws Exception {
    String need = peer.equals("pymodbus") ? "import pymodbus.server" : LIBMODBUS;
    boolean there = false;
    if (Files.isExecutable(Path.of(PYTHON))) {
      Process probe = new ProcessBuilder(PYTHON, "-c", need).redirectErrorStream(true).start();
      probe.getInputStream().readAllBytes();
      there = probe.waitFor() == 0;
    }
    if (!there) {
      System.out.println(
          "SKIPPED: "
              + peer
              + " is not installed (Debian: python3-pymodbus, python3-serial, libmodbus5)");
    }
    Assumptions.assumeTrue(there, peer + " is not installed");
  }

  private static final String LIBMODBUS = "import ctypes; ctypes.CDLL('libmodbus.so.5')";

  private Process start(String peer, String... arguments) throws IOException {
    Path script = folder.resolve(peer + "_server.py");
    try (InputStream source = RealPeersTest.class.getResourceAsStream("/" + script.getFileName())) {
      Files.copy(source, script, StandardCopyOption.REPLACE_EXISTING);
    }
    List<String> command = new java.util.ArrayList<>(List.of(PYTHON, script.toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve(peer + ".log").toFile())
        .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitListening(Process server, int port) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < end) {
      try (Socket probe = new Socket()) {
        probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 500);
        return;
      } catch (IOException e) {
        if (!server.isAlive()) {
          throw new AssertionError("the server ended with " + server.exitValue());
        }
        Thread.sleep(50);
      }
    }
    throw new AssertionError("the server does not listen");
  }
}
