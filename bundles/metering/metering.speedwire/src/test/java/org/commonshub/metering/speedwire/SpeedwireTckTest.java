package org.commonshub.metering.speedwire;

import java.util.List;
import java.util.Map;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.testing.fakes.FakeDatagramConnection;
import org.commonshub.testing.tck.Feeder;
import org.commonshub.testing.tck.PushDriverTck;

/** The driver against the compatibility kit. The protocol has no check of a message's inside. */
class SpeedwireTckTest extends PushDriverTck {
  private static final int STEPS = 4;

  @Override
  protected MeterDriver driver() {
    return new SpeedwireDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("multicast");
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("serial", "1900000001");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("serial", "-4");
  }

  @Override
  protected List<byte[]> messages() {
    return List.of(message(0, 0), message(1, 0), message(2, 0), message(3, 0));
  }

  @Override
  protected byte[] message(int step, int round) {
    return Frames.full(1_900_000_001L, 1_000L * (round * STEPS + step), step);
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active",
        "-1234." + (5 + step),
        "energy.import",
        step == 0 ? "1000000" : "1000000.0" + step,
        "voltage.l1",
        "230.02");
  }

  @Override
  protected boolean checksum() {
    return false;
  }

  @Override
  protected Feeder feeder(String link) {
    FakeDatagramConnection group =
        new FakeDatagramConnection(Endpoint.parse("udp-multicast://239.12.255.254:9522"));
    return Feeder.of(group.endpoint(), group, group::push, group::listeners);
  }
}
