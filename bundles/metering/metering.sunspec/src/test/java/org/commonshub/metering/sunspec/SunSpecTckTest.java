package org.commonshub.metering.sunspec;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.modbus.ModbusService;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.tck.DriverTck;
import org.commonshub.testing.tck.ModbusDevice;
import org.commonshub.testing.tck.Registers;
import org.junit.jupiter.api.AfterAll;

/** The SunSpec driver against the compatibility kit, as an inverter with two trackers. */
class SunSpecTckTest extends DriverTck {
  private final NetworkTransport transport = new NetworkTransport();

  @AfterAll
  void close() {
    transport.close();
  }

  @Override
  protected MeterDriver driver() {
    return new SunSpecDriver(new ModbusService());
  }

  @Override
  protected List<String> links() {
    return List.of("tcp", "rtu");
  }

  @Override
  protected Device device(String link) throws IOException {
    return new ModbusDevice(
        link.equals("rtu"),
        3,
        SunSpecTckTest::inverter,
        new Registers()
            .holding(40000, image(0).set(8, 0xFFFF).set(14, 0xFFFF).set32(22, 0).words()));
  }

  private static Registers inverter(int step) {
    return new Registers()
        .holding(
            40000,
            image(step)
                .model(160, 48, 0)
                .set(0, -1, -1, 0, 0)
                .set(6, 2)
                .set(17, 40 + step, 4000 + step, 1600 + step)
                .set(37, 41 + step, 4100 + step, 1700 + step)
                .words());
  }

  private static Image image(int step) {
    return new Image()
        .common("Maker", "Inverter", "S1")
        .model(103, 50, 0)
        .set(0, 100 + step, 30 + step, 30, 31, -1)
        .set(8, 2300 + step, 2310, 2320, -1)
        .set(12, 3000 + step, 0)
        .set(14, 5000 + step, -2)
        .set32(22, 100_000 + step)
        .set(24, 1)
        .set(36, 4);
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("unit", "3", "framing", link, "timeout_ms", Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(-3000 - step),
        "energy.export", Integer.toString(1_000_000 + 10 * step),
        "dc.power[1]", Integer.toString(1600 + step),
        "dc.power[2]", Integer.toString(1700 + step));
  }

  @Override
  protected Set<String> missing() {
    return Set.of("voltage.l1", "frequency", "energy.export");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("model", "toaster");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
