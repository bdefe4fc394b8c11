package org.commonshub.testing.tck;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MeterDriver;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;
import org.commonshub.metering.transport.NetworkTransport;
import org.junit.jupiter.api.AfterAll;

/** A polled driver over a stream and over HTTP. */
class AskedDriverTckTest extends DriverTck {
  private final NetworkTransport network = new NetworkTransport();

  @AfterAll
  void close() {
    network.close();
  }

  /** The JDK's client, as simple as can be: a connection for each request. */
  private record Http(Endpoint endpoint) implements HttpConnection {
    @Override
    public CompletionStage<Response> send(
        Request request, Optional<Credentials> credentials, Duration timeout) {
      HttpRequest get =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + endpoint.port() + request.target()))
              .build();
      return HttpClient.newHttpClient()
          .sendAsync(get, HttpResponse.BodyHandlers.ofByteArray())
          .orTimeout(timeout.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS)
          .handle(
              (answer, failure) ->
                  failure == null
                      ? CompletableFuture.completedFuture(
                          new Response(answer.statusCode(), Map.of(), answer.body()))
                      : CompletableFuture.<Response>failedFuture(
                          new DeviceException(
                              failure instanceof java.util.concurrent.TimeoutException
                                  ? DeviceException.Kind.TIMEOUT
                                  : DeviceException.Kind.UNREACHABLE,
                              "No answer. Check the address.")))
          .thenCompose(answer -> answer);
    }
  }

  private record HttpHandle(HttpConnection http) implements TransportProvider.Handle {
    @Override
    public StreamConnection stream() {
      throw new IllegalStateException();
    }

    @Override
    public DatagramConnection datagrams() {
      throw new IllegalStateException();
    }

    @Override
    public void close() {
      // Every request has its own connection.
    }
  }

  @Override
  protected MeterDriver driver() {
    return new AskedDriver();
  }

  @Override
  protected List<String> links() {
    return List.of("tcp", "http");
  }

  private static byte[] line(int step) {
    return LineDriver.line(step < 0 ? "P=7" : "P=" + (70 - step) + ";E=" + (1000 + step), true);
  }

  @Override
  protected Device device(String link) throws IOException {
    if (link.equals("tcp")) {
      return new AskedDevice(AskedDriverTckTest::answers, answers(-1));
    }
    return new HttpDevice(
        step -> request -> new HttpConnection.Response(200, Map.of(), line(step)));
  }

  private static AskedDevice.Answers answers(int step) {
    return received ->
        received[received.length - 1] == '\n' ? Optional.of(line(step)) : Optional.empty();
  }

  @Override
  protected boolean checksum(String link) {
    return true;
  }

  @Override
  protected Map<String, String> settings(String link) {
    return Map.of("timeout_ms", Integer.toString(TIMEOUT_MS));
  }

  @Override
  protected Map<String, String> expected(int step) {
    return Map.of(
        "power.active",
        Integer.toString(70 - step),
        "energy.import",
        Integer.toString(1000 + step));
  }

  @Override
  protected Set<String> missing() {
    return Set.of("energy.import");
  }

  @Override
  protected Map<String, String> wrongSettings() {
    return Map.of("timeout_ms", "soon");
  }

  @Override
  protected TransportProvider transport(String link) {
    return link.equals("tcp") ? network : endpoint -> new HttpHandle(new Http(endpoint));
  }
}
