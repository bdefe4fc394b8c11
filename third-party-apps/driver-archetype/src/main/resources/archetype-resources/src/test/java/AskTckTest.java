package ${package};

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.commonshub.testing.tck.AskedDevice;
import org.commonshub.testing.tck.DriverTck;
import org.junit.jupiter.api.AfterAll;

/** A meter that is asked, against the compatibility kit. */
class AskTckTest extends DriverTck {
  private final NetworkTransport transport = new NetworkTransport();

  @AfterAll
  void close() {
    transport.close();
  }

  @Override
  protected MeterDriver driver() {
    return new ${driverClass}Driver();
  }

  @Override
  protected List<String> links() {
    return List.of("tcp");
  }

  @Override
  protected Device device(String link) throws IOException {
    return new AskedDevice(step -> request -> answer(request, step));
  }

  private static Optional<byte[]> answer(byte[] request, int step) {
    if (!new String(request, StandardCharsets.US_ASCII).equals("READ\n")) {
      return Optional.empty();
    }
    String line = "P=" + (100 - 60 * step) + ";E=" + (5000 + step) + "\n";
    return Optional.of(line.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("mode", "ask", "timeout_ms", Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(100 - 60 * step),
        "energy.import", Integer.toString(5000 + step));
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("timeout_ms", "soon");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
