package org.commonshub.benchmarks;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.DeviceException;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.HttpConnection;
import org.commonshub.metering.api.MqttConnection;
import org.commonshub.metering.api.StreamConnection;
import org.commonshub.metering.api.TransportProvider;

/**
 * A connection to a device of a bench without a socket, so that what is measured is the hub's:
 * answers come at once, messages when the bench says so.
 */
final class Wire
    implements StreamConnection,
        DatagramConnection,
        HttpConnection,
        MqttConnection,
        TransportProvider.Handle {
  private final Endpoint endpoint;
  private final UnaryOperator<byte[]> answers;
  private final List<Consumer<Message>> listeners = new CopyOnWriteArrayList<>();

  /**
   * @param answers what the device answers to a request; of HTTP, to its body or else its target
   */
  Wire(Endpoint endpoint, UnaryOperator<byte[]> answers) {
    this.endpoint = endpoint;
    this.answers = answers;
  }

  /** Whether the driver listens. */
  boolean listened() {
    return !listeners.isEmpty();
  }

  /** The device sends. */
  void send(String topic, byte[] message) {
    Message sent = new Message(topic, message, false);
    for (Consumer<Message> listener : listeners) {
      listener.accept(sent);
    }
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing framing, Duration timeout) {
    byte[] answer = answers.apply(request);
    try {
      int end = framing.complete(ByteBuffer.wrap(answer));
      if (end != answer.length) {
        throw new IllegalStateException("the bench's answer has no end");
      }
      return CompletableFuture.completedFuture(answer);
    } catch (DeviceException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, Predicate<byte[]> matches, Duration timeout) {
    return CompletableFuture.completedFuture(answers.apply(request));
  }

  @Override
  public CompletionStage<Response> send(
      Request request, Optional<Credentials> credentials, Duration timeout) {
    byte[] asked =
        request.body().length > 0
            ? request.body()
            : request.target().getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return CompletableFuture.completedFuture(
        new Response(
            200, java.util.Map.of("content-type", "application/json"), answers.apply(asked)));
  }

  @Override
  public AutoCloseable listen(StreamConnection.Listener to) {
    return listens(message -> to.received(message.payload()));
  }

  @Override
  public AutoCloseable listen(Consumer<byte[]> to) {
    return listens(message -> to.accept(message.payload()));
  }

  @Override
  public AutoCloseable subscribe(List<String> filters, MqttConnection.Listener to) {
    AutoCloseable subscription = listens(to::received);
    to.connected();
    return subscription;
  }

  private AutoCloseable listens(Consumer<Message> to) {
    listeners.add(to);
    return () -> listeners.remove(to);
  }

  @Override
  public CompletionStage<Void> publish(Message message) {
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void reset() {
    throw new IllegalStateException("the driver fell behind");
  }

  @Override
  public StreamConnection stream() {
    return this;
  }

  @Override
  public DatagramConnection datagrams() {
    return this;
  }

  @Override
  public HttpConnection http() {
    return this;
  }

  @Override
  public MqttConnection mqtt() {
    return this;
  }

  @Override
  public void close() {
    listeners.clear();
  }
}
