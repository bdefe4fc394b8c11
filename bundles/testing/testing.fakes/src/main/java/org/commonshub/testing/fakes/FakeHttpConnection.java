package org.commonshub.testing.fakes;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.HttpConnection;

/** A device on HTTP, written in the test: a function from request to answer. No time passes. */
public final class FakeHttpConnection implements HttpConnection {
  /** What the device answers. */
  @FunctionalInterface
  public interface Device {
    /** Answers, or fails as a transport would. */
    Response answer(Request request) throws DeviceException;
  }

  private final Endpoint endpoint = Endpoint.parse("http://192.0.2.1:80");
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private volatile Device device;

  /** A device that answers so. */
  public FakeHttpConnection(Device device) {
    this.device = device;
  }

  /** An answer with status 200. */
  public static Response ok(String body) {
    return new Response(200, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  /** Replaces the device. */
  public void device(Device other) {
    device = other;
  }

  /** Requests so far. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<Response> send(
      Request request, Optional<Credentials> credentials, Duration timeout) {
    requests.add(request);
    try {
      return CompletableFuture.completedFuture(device.answer(request));
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
