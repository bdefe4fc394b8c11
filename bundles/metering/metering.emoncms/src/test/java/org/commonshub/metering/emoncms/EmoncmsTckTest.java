package org.commonshub.metering.emoncms;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.DeviceServer.HttpRequest;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.tck.Feeder;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit, as a node that posts forms. */
class EmoncmsTckTest extends PushDriverTck {
  private static final String KEY = "0123456789abcdef0123456789abcdef";

  private FakeDeviceServer server = new FakeDeviceServer();

  @Override
  protected MeterDriver driver() {
    return new EmoncmsDriver(server, (driver, endpoint, candidate) -> {}, new FakeHubClock(), "");
  }

  @Override
  protected List<String> links() {
    return List.of("post");
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("apikey", KEY, "channel", "1");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("channel", "first");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(post(0), post(1), post(2), post(3));
  }

  private static byte[] post(int step) {
    return ("node=emontx&fulljson={\"P1\":"
            + (1200 + step)
            + ",\"E1\":"
            + (55_000 + step)
            + ",\"Vrms\":230."
            + step
            + ",\"P2\":7}")
        .getBytes(StandardCharsets.UTF_8);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", Integer.toString(1200 + step),
        "energy.import", Integer.toString(55_000 + step));
  }

  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected Feeder feeder(String link) {
    server = new FakeDeviceServer();
    FakeDeviceServer mine = server;
    return Feeder.of(
        Endpoint.parse("inbound:emontx"),
        null,
        body ->
            mine.request(
                new HttpRequest(
                    "POST",
                    "/input/post.json",
                    Map.of(),
                    Map.of("authorization", "Bearer " + KEY),
                    body,
                    FakeDeviceServer.PEER)),
        () -> mine.paths().size());
  }
}
