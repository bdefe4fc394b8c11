package org.commonshub.metering.ecp;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.testing.fakes.FakeDeviceServer;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeMqttConnection;
import org.commonshub.testing.tck.Feeder;
import org.commonshub.testing.tck.PushDriverTck;

/** The kit over a broker, where anybody may publish anything on the meter's topic. */
class EcpTckTest extends PushDriverTck {
  private final TestMeter meter = new TestMeter();

  @Override
  protected MeterDriver driver() {
    return new EcpDriver(
        new FakeHubClock(), new FakeDeviceServer(), (id, endpoint, candidate) -> {}, 0);
  }

  @Override
  protected List<String> links() {
    return List.of("mqtt");
  }

  @Override
  protected Feeder feeder(String link) {
    FakeMqttConnection broker = new FakeMqttConnection();
    return Feeder.of(
        broker.endpoint(),
        broker,
        bytes -> broker.deliver(new MqttConnection.Message("ecp/" + meter.id(), bytes, false)),
        () -> broker.filters().size());
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("public_key", meter.hex());
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("oldest_h", "0");
  }

  @Override
  protected List<byte[]> messages() {
    return IntStream.range(0, 4).mapToObj(step -> message(step, 0)).toList();
  }

  @Override
  protected byte[] message(int step, int round) {
    return meter.message(
        meter.frame(
            0,
            1,
            100L * round + step,
            Measurement.of(Quantity.ACTIVE_POWER, -1001 - step, -1),
            Measurement.of(Quantity.ENERGY_IMPORT, 5000 + step, 0)));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active", "-100." + (step + 1), "energy.import", Integer.toString(5000 + step));
  }
}
