package org.commonshub.metering.modbus;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.serial.SerialTransport;
import org.commonshub.testing.tck.DriverTck;
import org.commonshub.testing.tck.Fault;
import org.commonshub.testing.tck.FaultyModbusServer;
import org.commonshub.testing.tck.Registers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The register-map driver against the compatibility kit over a serial line (a pseudo-terminal). */
class SerialTckTest extends DriverTck {
  @TempDir static Path folder;

  private final SerialTransport transport = new SerialTransport();

  @BeforeAll
  void socat() throws Exception {
    Pty.require();
  }

  @AfterAll
  void close() {
    transport.close();
  }

  /** An SDM120 on a line that can be pulled out. */
  private static final class Line implements Device {
    private Pty pty;
    private FaultyModbusServer server;
    private Registers registers = sdm120(0);

    Line() throws Exception {
      plug();
    }

    private void plug() throws Exception {
      pty = new Pty(folder);
      server =
          FaultyModbusServer.serial(
              7,
              new FileInputStream(pty.device().toFile()),
              new FileOutputStream(pty.device().toFile()));
      server.registers(registers);
    }

    @Override
    public Endpoint endpoint() {
      return Endpoint.parse("serial:" + folder.resolve("hub") + "?baud=19200");
    }

    @Override
    public void serve(int step) {
      registers = sdm120(step);
      server.registers(registers);
    }

    @Override
    public void fault(Fault fault) throws Exception {
      if (fault == Fault.REFUSE) {
        pty.close();
        return;
      }
      if (!pty.plugged()) {
        plug();
      }
      server.fault(fault);
    }

    @Override
    public void close() throws Exception {
      pty.close();
    }
  }

  private static Registers sdm120(int step) {
    Registers registers = new Registers().input(0, new int[0x50]);
    return registers
        .inputFloat(0, 230 + step)
        .inputFloat(0x0C, -500 - step)
        .inputFloat(0x46, 50)
        .inputFloat(0x48, 100 + step);
  }

  @Override
  protected MeterDriver driver() {
    return new RegisterMapDriver(new ModbusService());
  }

  @Override
  protected List<String> links() {
    return List.of("serial");
  }

  @Override
  protected Device device(String link) throws Exception {
    return new Line();
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("map", "sdm120", "unit", "7", "timeout_ms", Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(-500 - step),
        "energy.import", Integer.toString(100_000 + 1000 * step));
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("map", "sdm120", "timeout_ms", "-1");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
