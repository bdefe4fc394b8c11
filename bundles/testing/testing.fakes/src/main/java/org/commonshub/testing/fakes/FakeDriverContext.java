package org.commonshub.testing.fakes;

import java.util.HashMap;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverMemory;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;

/**
 * A context as the scheduler gives it to a driver, over one connection of the test's choice.
 *
 * @param connection a stream, datagrams, HTTP or a broker; null for {@code inbound}
 * @param memory what the driver keeps; give it to a second context to play a restart
 */
public record FakeDriverContext(
    DeviceId device,
    Endpoint endpoint,
    Map<String, String> settings,
    Object connection,
    DriverMemory memory)
    implements DriverContext {

  public FakeDriverContext {
    settings = Map.copyOf(settings);
  }

  /** A new device on {@code stream}; the description's defaults fill in what settings lack. */
  public static FakeDriverContext of(
      DriverDescription driver, StreamConnection stream, Map<String, String> settings) {
    return of(driver, stream.endpoint(), stream, settings);
  }

  /** A new device on a connection; the description's defaults fill in what settings lack. */
  public static FakeDriverContext of(
      DriverDescription driver,
      Endpoint endpoint,
      Object connection,
      Map<String, String> settings) {
    Map<String, String> filled = new HashMap<>();
    driver.options().stream()
        .filter(option -> !option.defaultValue().isEmpty())
        .forEach(option -> filled.put(option.key(), option.defaultValue()));
    filled.putAll(settings);
    return new FakeDriverContext(
        DeviceId.random(), endpoint, filled, connection, new FakeDriverMemory());
  }

  @Override
  public StreamConnection stream() {
    return as(StreamConnection.class);
  }

  @Override
  public DatagramConnection datagrams() {
    return as(DatagramConnection.class);
  }

  @Override
  public HttpConnection http() {
    return as(HttpConnection.class);
  }

  @Override
  public MqttConnection mqtt() {
    return as(MqttConnection.class);
  }

  private <T> T as(Class<T> kind) {
    if (!kind.isInstance(connection)) {
      throw new IllegalStateException(endpoint + " is no " + kind.getSimpleName());
    }
    return kind.cast(connection);
  }
}
