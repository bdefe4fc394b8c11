package org.commonshub.benchmarks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Quality;
import org.commonshub.measure.api.Quantity;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.DriverDescription;
import org.commonshub.metering.api.DriverSession;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.PushSession;

/** The baseline: ten values as one flat JSON object in a datagram, parsed by Jackson. */
final class JsonDriver implements MeterDriver {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** Ten values, each different. */
  static byte[] message(int n) {
    return ("{\"power.active\":"
            + (1200 + n)
            + ",\"power.active.l1\":400,\"power.active.l2\":400,\"power.active.l3\":400,"
            + "\"voltage.l1\":230.1,\"voltage.l2\":230.2,\"voltage.l3\":230.3,"
            + "\"frequency\":49.98,\"energy.import\":"
            + (1_234_567L + n)
            + ",\"energy.export\":7654321}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public DriverDescription description() {
    return new DriverDescription("json", "JSON", Set.of("udp"), -1, List.of(), List.of(), true);
  }

  @Override
  public DriverSession open(DriverContext context) {
    return new PushSession() {
      private AutoCloseable subscription = () -> {};

      @Override
      public void start(Receiver receiver) {
        subscription =
            context
                .datagrams()
                .listen(
                    bytes -> {
                      try {
                        receiver.values(Optional.empty(), parse(bytes));
                      } catch (IOException e) {
                        receiver.failed(
                            new DeviceException(DeviceException.Kind.INVALID_ANSWER, "no JSON", e));
                      }
                    });
      }

      @Override
      public void close() {
        try {
          subscription.close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private static List<Measurement> parse(byte[] bytes) throws IOException {
    List<Measurement> values = new ArrayList<>();
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        Quantity quantity = Quantity.byName(parser.currentName()).orElseThrow();
        parser.nextToken();
        values.add(Measurement.of(quantity, parser.getDecimalValue(), Quality.MEASURED));
      }
    }
    return values;
  }

  /** As a case of the bench. */
  static DriverCase device() {
    return DriverCase.push(
        "json", new JsonDriver(), "udp://meter%.example:2000", Map.of(), JsonDriver::message);
  }
}
