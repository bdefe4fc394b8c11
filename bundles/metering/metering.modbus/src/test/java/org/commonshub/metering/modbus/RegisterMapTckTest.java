package org.commonshub.metering.modbus;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.tck.DriverTck;
import org.commonshub.testing.tck.ModbusDevice;
import org.commonshub.testing.tck.Registers;
import org.junit.jupiter.api.AfterAll;

/**
 * The register-map driver against the compatibility kit, as an SDM630 over TCP and RTU over TCP.
 */
class RegisterMapTckTest extends DriverTck {
  private final NetworkTransport transport = new NetworkTransport();

  @AfterAll
  void close() {
    transport.close();
  }

  @Override
  protected MeterDriver driver() {
    return new RegisterMapDriver(new ModbusService());
  }

  @Override
  protected List<String> links() {
    return List.of("tcp", "rtu");
  }

  @Override
  protected Device device(String link) throws IOException {
    return new ModbusDevice(
        link.equals("rtu"),
        5,
        RegisterMapTckTest::sdm630,
        sdm630(0).inputFloat(0x46, Float.NaN).inputFloat(0x4E, Float.NEGATIVE_INFINITY));
  }

  private static Registers sdm630(int step) {
    Registers registers = new Registers().input(0, new int[0x50]);
    for (int address = 0; address < 0x50; address += 2) {
      registers.inputFloat(address, step + address / 100f);
    }
    return registers
        .inputFloat(0x34, -1000 - step)
        .inputFloat(0x3E, 0.5f)
        .inputFloat(0x48, 12_345.5f + step)
        .inputFloat(0x4A, 678 + step);
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of(
        "map", "sdm630", "unit", "5", "framing", link, "timeout_ms", Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(-1000 - step),
        "energy.import", Integer.toString(12_345_500 + 1000 * step),
        "energy.export", Integer.toString(678_000 + 1000 * step),
        "power.active.l1", step + ".1");
  }

  @Override
  protected Set<String> missing() {
    return Set.of("frequency", "energy.reactive.export");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("map", "sdm630", "unit", "999");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
