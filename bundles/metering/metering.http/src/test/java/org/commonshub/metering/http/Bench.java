package org.commonshub.metering.http;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonshub.measure.api.Measurement;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.DriverContext;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection.Request;
import org.commonshub.metering.api.HttpConnection.Response;
import org.commonshub.metering.api.PollSession;
import org.commonshub.testing.fakes.FakeDriverContext;
import org.commonshub.testing.fakes.FakeHttpConnection;

/** The driver and a device written in the test. */
final class Bench {
  final FakeHttpConnection http;
  final HttpDriver driver = new HttpDriver();

  Bench(FakeHttpConnection.Device device) {
    http = new FakeHttpConnection(device);
  }

  static Response ok(String json) {
    return FakeHttpConnection.ok(json);
  }

  static Response status(int code) {
    return new Response(code, Map.of(), "<html>".getBytes(StandardCharsets.UTF_8));
  }

  /** Method of a call to a Shelly, or empty. */
  static String method(Request request) {
    return matched(request, "\"method\":\"([^\"]+)\"");
  }

  /** Answers a call to a Shelly. */
  static Response result(Request request, String result) {
    return ok(
        "{\"id\":"
            + matched(request, "\"id\":(\\d+)")
            + ",\"src\":\"s\",\"result\":"
            + result
            + "}");
  }

  /** Target, or method and parameters of a call. */
  static String shown(Request request) {
    return method(request).isEmpty()
        ? request.target()
        : method(request) + matched(request, "\"params\":(.*)}$");
  }

  private static String matched(Request request, String pattern) {
    Matcher matcher =
        Pattern.compile(pattern).matcher(new String(request.body(), StandardCharsets.UTF_8));
    return matcher.find() ? matcher.group(1) : "";
  }

  DriverContext context(Map<String, String> settings) {
    return FakeDriverContext.of(
        driver.description(), Endpoint.parse("http://192.0.2.1:80"), http, settings);
  }

  PollSession session(Map<String, String> settings) throws DeviceException {
    return (PollSession) driver.open(context(settings));
  }

  Map<String, String> poll(Map<String, String> settings) throws DeviceException {
    return poll(session(settings));
  }

  static Map<String, String> poll(PollSession session) throws DeviceException {
    Map<String, String> shown = new TreeMap<>();
    List<Measurement> values = get(session.poll(Duration.ofSeconds(5)));
    for (Measurement value : values) {
      BigDecimal number = value.decimalValue();
      shown.put(
          value.quantity().toString(),
          number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString());
    }
    return shown;
  }

  static <T> T get(CompletionStage<T> stage) throws DeviceException {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof DeviceException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
