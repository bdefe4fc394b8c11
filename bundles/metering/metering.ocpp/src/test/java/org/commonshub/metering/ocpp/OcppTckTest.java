package org.commonshub.metering.ocpp;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.tck.Feeder;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit: a charge point that sends meter values. */
class OcppTckTest extends PushDriverTck {
  private FakeDeviceServer server = new FakeDeviceServer();
  private FakeDeviceServer.Socket socket;

  @Override
  protected MeterDriver driver() {
    if (!server.paths().isEmpty()) {
      server = new FakeDeviceServer();
    }
    return new OcppDriver(server, (driver, endpoint, candidate) -> {}, new FakeHubClock());
  }

  @Override
  protected List<String> links() {
    return List.of("ocpp1.6", "ocpp2.0.1");
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("sample-interval", "0");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("connector", "first");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(values(0), values(1), values(2), values(3));
  }

  /** Both versions understand it: a number in quotes is one, and Wh is the unit of either. */
  private static byte[] values(int step) {
    return ("[2,\"id-"
            + step
            + "\",\"MeterValues\",{\"connectorId\":1,\"evseId\":1,\"meterValue\":[{\"timestamp\":"
            + "\"2026-01-15T12:00:0"
            + step
            + "Z\",\"sampledValue\":[{\"value\":\""
            + (55_000 + step)
            + "\"},{\"value\":\""
            + (7_000 + step)
            + "\",\"measurand\":\"Power.Active.Import\"}]}]}]")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "energy.import", Integer.toString(55_000 + step),
        "power.active", Integer.toString(7_000 + step));
  }

  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected Feeder feeder(String link) {
    server = new FakeDeviceServer();
    socket = null;
    FakeDeviceServer mine = server;
    return Feeder.of(
        Endpoint.parse("inbound:CP1"),
        null,
        message -> {
          // A charge point whose connection was ended connects anew.
          if (socket == null || socket.closedWith() != 0) {
            socket = mine.connect("/ocpp/CP1", Map.of(), link);
          }
          if (socket != null) {
            socket.say(new String(message, StandardCharsets.UTF_8));
          }
        },
        () -> 0);
  }
}
