package org.commonshub.metering.mqtt;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer.Candidate;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.MqttConnection.Message;
import org.commonshub.metering.api.PushSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHubClock;
import org.commonshub.testing.fakes.FakeMqttConnection;

/** The driver, a broker in the test's hands, and what comes out. */
final class Bench implements PushSession.Receiver {
  final FakeHubClock clock = new FakeHubClock();
  final FakeMqttConnection broker = new FakeMqttConnection();
  final List<Candidate> announced = new ArrayList<>();
  final CompletableFuture<Void> searched = new CompletableFuture<>();
  final MqttDriver driver =
      new MqttDriver((id, endpoint, candidate) -> announced.add(candidate), clock, () -> searched);
  final List<String> frames = new ArrayList<>();
  final List<DeviceException> failures = new ArrayList<>();

  DriverContext context(Map<String, String> settings) {
    return FakeDriverContext.of(driver.description(), broker.endpoint(), broker, settings);
  }

  MqttSession session(Map<String, String> settings) throws DeviceException {
    MqttSession session = (MqttSession) driver.open(context(settings));
    session.start(this);
    return session;
  }

  void say(String topic, String payload) {
    broker.deliver(topic, payload.replace('\'', '"'));
  }

  void keep(String topic, String payload) {
    broker.deliver(
        new Message(topic, payload.replace('\'', '"').getBytes(StandardCharsets.UTF_8), true));
  }

  /** The frames since the last call. */
  List<String> frames() {
    List<String> all = List.copyOf(frames);
    frames.clear();
    return all;
  }

  @Override
  public void values(Optional<Instant> at, List<Measurement> values) {
    frames.add(at.map(instant -> instant + " ").orElse("") + show(values));
  }

  static String show(List<Measurement> values) {
    Map<String, String> shown = new TreeMap<>();
    for (Measurement value : values) {
      BigDecimal number = value.decimalValue();
      shown.put(
          value.quantity().toString(),
          (number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString())
              + (value.quality().has(Quality.ESTIMATED) ? "?" : ""));
    }
    return shown.toString();
  }

  @Override
  public void failed(DeviceException why) {
    failures.add(why);
  }
}
