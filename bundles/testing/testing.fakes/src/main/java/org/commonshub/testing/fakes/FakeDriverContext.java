package org.commonshub.testing.fakes;

import java.util.HashMap;
import java.util.Map;
import org.commonshub.measure.api.DeviceId;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.StreamConnection;

/**
 * A driver's context around one stream.
 *
 * @param device the device
 * @param endpoint where it is
 * @param settings as the driver sees them, defaults filled in
 * @param stream stream to it
 */
public record FakeDriverContext(
    DeviceId device, Endpoint endpoint, Map<String, String> settings, StreamConnection stream)
    implements DriverContext {

  public FakeDriverContext {
    settings = Map.copyOf(settings);
  }

  /** A new device on {@code stream}; the description's defaults fill in what settings lack. */
  public static FakeDriverContext of(
      DriverDescription driver, StreamConnection stream, Map<String, String> settings) {
    Map<String, String> filled = new HashMap<>();
    driver.options().stream()
        .filter(option -> !option.defaultValue().isEmpty())
        .forEach(option -> filled.put(option.key(), option.defaultValue()));
    filled.putAll(settings);
    return new FakeDriverContext(DeviceId.random(), stream.endpoint(), filled, stream);
  }

  @Override
  public DatagramConnection datagrams() {
    throw new IllegalStateException(endpoint + " is a stream");
  }
}
