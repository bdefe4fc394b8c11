package org.commonshub.testing.tck;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;

/** A connection of any kind on which nothing ever comes back. */
final class Silent implements StreamConnection, DatagramConnection, HttpConnection, MqttConnection {
  final AtomicInteger exchanges = new AtomicInteger();
  final AtomicInteger listeners = new AtomicInteger();
  private final Endpoint endpoint;

  Silent(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    return asked();
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, Predicate<byte[]> matches, Duration timeout) {
    return asked();
  }

  @Override
  public CompletionStage<Response> send(
      Request request, Optional<Credentials> credentials, Duration timeout) {
    return asked();
  }

  @Override
  public CompletionStage<Void> publish(Message message) {
    return asked();
  }

  private <T> CompletionStage<T> asked() {
    exchanges.incrementAndGet();
    return new CompletableFuture<>();
  }

  @Override
  public AutoCloseable listen(StreamConnection.Listener listener) {
    return listened();
  }

  @Override
  public AutoCloseable listen(Consumer<byte[]> listener) {
    return listened();
  }

  @Override
  public AutoCloseable subscribe(List<String> filters, MqttConnection.Listener listener) {
    return listened();
  }

  private AutoCloseable listened() {
    listeners.incrementAndGet();
    return listeners::decrementAndGet;
  }

  @Override
  public void reset() {
    // Nothing is open.
  }
}
