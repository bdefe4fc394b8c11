package org.commonshub.testing.fakes;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.commonshub.metering.api.DatagramConnection;
import org.commonshub.metering.api.Endpoint;

/** Datagrams in the test's hands. Exchanges are never answered. */
public final class FakeDatagramConnection implements DatagramConnection {
  private final Endpoint endpoint;
  private final List<Consumer<byte[]>> listeners = new CopyOnWriteArrayList<>();

  /** Datagrams of {@code endpoint}. */
  public FakeDatagramConnection(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /** Pushes a datagram to every listener. */
  public void push(byte[] datagram) {
    listeners.forEach(listener -> listener.accept(datagram.clone()));
  }

  /** Open subscriptions. */
  public int listeners() {
    return listeners.size();
  }

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public CompletionStage<byte[]> exchange(
      byte[] request, Predicate<byte[]> matches, Duration timeout) {
    return new CompletableFuture<>();
  }

  @Override
  public AutoCloseable listen(Consumer<byte[]> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }
}
