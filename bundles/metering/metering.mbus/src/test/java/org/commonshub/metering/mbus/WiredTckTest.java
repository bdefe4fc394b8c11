package org.commonshub.metering.mbus;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.tck.AskedDevice;
import org.commonshub.testing.tck.DriverTck;
import org.commonshub.testing.tck.Fault;
import org.junit.jupiter.api.AfterAll;

/**
 * The wired driver against the compatibility kit: a heat meter by primary and secondary address.
 */
class WiredTckTest extends DriverTck {
  private final NetworkTransport transport = new NetworkTransport();

  @AfterAll
  void close() {
    transport.close();
  }

  @Override
  protected MeterDriver driver() {
    return new WiredDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("primary", "secondary");
  }

  /** Energy in kWh, volume in litres, power in W, flow temperature, of two telegrams. */
  private static Slave slave(int step, boolean sparse) {
    String power = sparse ? "0B 2B AA AA AA" : String.format("0B 2B %02d 15 00", step);
    return new Slave(5, "78 56 34 12 2D 2C 01 04")
        .says(
            String.format("0C 06 %02d 34 12 00 0C 13 %02d 00 50 00 1F", step, step),
            power + String.format(" 0A 5A %02d 06 2F", step));
  }

  private static AskedDevice.Answers answers(Slave slave, Slave other) {
    return new AskedDevice.Answers() {
      @Override
      public Optional<byte[]> answer(byte[] received) {
        return slave.answer(received);
      }

      @Override
      public byte[] wrong(Fault fault, byte[] received) {
        if (fault == Fault.WRONG_FUNCTION) {
          return Slave.frame(0x53, 5, Slave.hex("51 01 13 05"));
        }
        return other.telegram(6, Slave.hex("0C 06 99 99 99 00 0B 2B 99 99 00 0A 5A 99 09"));
      }
    };
  }

  @Override
  protected Device device(String link) throws IOException {
    Slave other = new Slave(6, "79 56 34 12 2D 2C 01 04");
    return new AskedDevice(
        step -> answers(slave(step, false), other), answers(slave(0, true), other));
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of(
        "address",
        link.equals("primary") ? "5" : "12345678",
        "timeout_ms",
        Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "heat.energy",
        Integer.toString(123_400_000 + 1_000 * step),
        "heat.volume",
        step == 0 ? "500" : "500.00" + step,
        "heat.power",
        Integer.toString(1_500 + step),
        "heat.temperature.flow",
        step == 0 ? "60" : "60." + step);
  }

  @Override
  protected Set<String> missing() {
    return Set.of("heat.power");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("address", "251");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
