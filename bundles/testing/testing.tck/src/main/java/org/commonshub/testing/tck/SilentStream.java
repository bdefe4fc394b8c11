package org.commonshub.testing.tck;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.commonshub.metering.api.Endpoint;
import org.commonshub.metering.api.Framing;
import org.commonshub.metering.api.StreamConnection;

/** A stream on which nothing ever comes back. */
final class SilentStream implements StreamConnection {
  final AtomicInteger exchanges = new AtomicInteger();
  final AtomicInteger listeners = new AtomicInteger();

  @Override
  public Endpoint endpoint() {
    return Endpoint.parse("tcp://192.0.2.1:502");
  }

  @Override
  public CompletionStage<byte[]> exchange(byte[] request, Framing answer, Duration timeout) {
    exchanges.incrementAndGet();
    return new CompletableFuture<>();
  }

  @Override
  public AutoCloseable listen(Listener listener) {
    listeners.incrementAndGet();
    return listeners::decrementAndGet;
  }

  @Override
  public void reset() {
    // Nothing is open.
  }
}
