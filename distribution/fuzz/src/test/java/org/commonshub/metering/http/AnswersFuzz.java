package org.commonshub.metering.http;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.commonshub.measure.api.Measurement;
import org.commonshub.measure.api.Nature;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Discoverer;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHttpConnection;

/**
 * What devices answer over HTTP, to polls and to a search: the first byte chooses the kind of
 * device, each further line is an answer.
 */
public final class AnswersFuzz {
  private static final HttpDriver DRIVER = new HttpDriver();

  private static final List<String> PRESETS =
      List.copyOf(
          new TreeSet<>(
              DRIVER.description().options().stream()
                  .filter(option -> option.key().equals(HttpSettings.PRESET))
                  .findFirst()
                  .orElseThrow()
                  .choices()
                  .keySet()));

  private AnswersFuzz() {}

  public static void fuzzerTestOneInput(byte[] data) throws DeviceException {
    if (data.length == 0) {
      return;
    }
    String preset = PRESETS.get((data[0] & 0xFF) % PRESETS.size());
    String[] lines =
        new String(Arrays.copyOfRange(data, 1, data.length), StandardCharsets.UTF_8)
            .split("\n", 16);
    Map<String, String> settings =
        Map.of(
            HttpSettings.PRESET,
            preset,
            "values",
            "$.a = power.active W; /b $.c[0] = energy.import kWh");
    try (PollSession session = (PollSession) DRIVER.open(context(lines, settings))) {
      for (int poll = 0; poll < 2; poll++) {
        List<Measurement> values = taken(session.poll(Duration.ofSeconds(5)));
        if (values.stream().map(Measurement::quantity).distinct().count() < values.size()) {
          throw new AssertionError(preset + " gives two values for one quantity: " + values);
        }
        for (Measurement value : values) {
          if (value.quantity().nature() == Nature.REGISTER && value.mantissa() < 0) {
            throw new AssertionError(preset + " gives a negative register: " + value);
          }
        }
        session.identity();
      }
    }
    for (Discoverer.Candidate candidate : taken(DRIVER.probe(context(lines, Map.of())))) {
      DRIVER.open(context(lines, candidate.settings())).close();
    }
  }

  /** A device that gives one line after the other, and then the last one for ever. */
  private static DriverContext context(String[] lines, Map<String, String> settings) {
    int[] asked = {0};
    FakeHttpConnection http =
        new FakeHttpConnection(
            request -> {
              String line = lines[Math.min(asked[0]++, lines.length - 1)];
              // Calls of a Shelly are numbered; what answers another one is not looked at.
              return request.target().equals("/rpc")
                  ? FakeHttpConnection.ok(
                      "{\"id\":" + number(request) + ",\"result\":" + line + "}")
                  : FakeHttpConnection.ok(line);
            });
    return FakeDriverContext.of(
        DRIVER.description(), Endpoint.parse("http://192.0.2.1:80"), http, settings);
  }

  private static String number(HttpConnection.Request request) {
    String body = new String(request.body(), StandardCharsets.UTF_8);
    return body.substring("{\"id\":".length(), body.indexOf(','));
  }

  /** What a stage gives, nothing if it fails as declared. */
  private static <T> List<T> taken(CompletionStage<List<T>> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DeviceException) {
        return List.of();
      }
      throw e;
    }
  }
}
