package org.commonshub.metering.http;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.web.HttpTransport;
import org.commonshub.metering.web.Network;
import org.commonshub.platform.api.HubClock;
import org.commonshub.testing.tck.DriverTck;
import org.commonshub.testing.tck.HttpDevice;
import org.junit.jupiter.api.AfterAll;

/** The driver against the compatibility kit, over the hub's own HTTP. */
class HttpTckTest extends DriverTck {
  /** Time-outs need a clock that runs. */
  private static final class Clock implements HubClock {
    @Override
    public Instant now() {
      return Instant.EPOCH;
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

  private final Network network = new Network(new Clock());
  private final HttpTransport transport = new HttpTransport(network);

  @AfterAll
  void close() {
    transport.close();
    network.close();
  }

  @Override
  protected MeterDriver driver() {
    return new HttpDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("shelly", "template");
  }

  @Override
  protected Device device(String link) throws IOException {
    return new HttpDevice(
        step ->
            request ->
                switch (Bench.method(request)) {
                  case "Shelly.GetStatus" -> Bench.result(request, status(step));
                  case "Shelly.GetDeviceInfo" ->
                      Bench.result(request, "{\"mac\":\"A8032ABE54DC\",\"ver\":\"1\"}");
                  default -> Bench.ok(status(step));
                });
  }

  private static String status(int step) {
    return "{\"sys\":{\"mac\":\"A8032ABE54DC\"},\"switch:0\":{\"id\":0,\"apower\":"
        + (100 + step)
        + ".5,\"voltage\":"
        + (step < 0 ? "null" : "23" + step % 10)
        + ",\"aenergy\":{\"total\":"
        + (5000 + step)
        + "}}}";
  }

  @Override
  protected Map<String, String> settings(String link) {
    return link.equals("shelly")
        ? Map.of("preset", "shelly", "timeout_ms", Integer.toString(TIMEOUT_MS))
        : Map.of(
            "preset",
            "template",
            "path",
            "/status",
            "values",
            "$.switch:0.apower = power.active W; $.switch:0.aenergy.total = energy.import Wh;"
                + " $.switch:0.voltage = voltage V",
            "timeout_ms",
            Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", (100 + step) + ".5", "energy.import", Integer.toString(5000 + step));
  }

  @Override
  protected Set<String> missing() {
    return Set.of("voltage");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("timeout_ms", "-1");
  }

  @Override
  protected TransportProvider transport(String link) {
    return transport;
  }
}
